package kintsugi.engine;

/** How the vector engine does 3x3 convolutions of stride 1. */
public enum Convolutions {
  /** In the specification's order of additions: the scalar engine's bits. */
  DIRECT(null),

  /** By Winograd's F(2x2, 3x3): 2.25 times fewer products, other bits. */
  WINOGRAD2(Winograd.F2),

  /** By Winograd's F(4x4, 3x3): 4 times fewer products, and larger errors. */
  WINOGRAD4(Winograd.F4);

  private final Winograd winograd;

  Convolutions(Winograd winograd) {
    this.winograd = winograd;
  }

  /** The transform, or null for none. */
  Winograd winograd() {
    return winograd;
  }
}
