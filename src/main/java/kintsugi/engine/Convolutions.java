package kintsugi.engine;

import java.util.Locale;

/**
 * The algorithm for 3x3 convolutions of stride 1. An engine without a faster one convolves
 * directly, whatever the choice.
 */
public enum Convolutions {
  /** In the specification's order of additions, so with the scalar engine's bits. */
  DIRECT,

  /** Winograd's F(2x2, 3x3): 2.25 times fewer products; close to the specification, other bits. */
  WINOGRAD2,

  /**
   * Winograd's F(4x4, 3x3): 4 times fewer products, other bits. Small feature maps use F(2x2, 3x3)
   * instead, whose weights are less to read.
   */
  WINOGRAD4;

  /** {@return the name as it is typed} */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
