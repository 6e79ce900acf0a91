package kintsugi.engine;

/** How the vector engine does 3x3 convolutions of stride 1. */
public enum Convolutions {
  /** In the specification's order of additions: the scalar engine's bits. */
  DIRECT,

  /** By Winograd's F(2x2, 3x3): 2.25 times fewer products, other bits. */
  WINOGRAD2,

  /**
   * By Winograd's F(4x4, 3x3), 4 times fewer products, other bits; on small pictures by F(2x2,
   * 3x3), whose weights are less to read.
   */
  WINOGRAD4;

  /** Squares of 4x4 results from which on F(4x4) pays for its larger weights. */
  private static final int ENOUGH_SQUARES = 32;

  /**
   * The transform for one step, or null for none.
   *
   * @param height rows of its result
   * @param width columns of its result
   */
  Winograd choose(Step.Convolution step, int height, int width) {
    if (this == DIRECT || !WinogradConvolution.fits(step)) {
      return null;
    }
    int squares = Math.ceilDiv(height, 4) * Math.ceilDiv(width, 4);
    return this == WINOGRAD4 && squares >= ENOUGH_SQUARES ? Winograd.F4 : Winograd.F2;
  }
}
