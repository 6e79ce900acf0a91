package kintsugi.image;

import java.util.function.DoubleUnaryOperator;

/**
 * The filter of a resize: the weights of the source pixels in a resized pixel, and whether the
 * resized values are rounded to 8 bits, as those of an image file are, or stay fp32.
 */
public enum Interpolation {
  /** The triangle {@code 1 - |x|} on {@code |x| < 1}, stretched by the scale: Pillow's. */
  BILINEAR(1, Interpolation::triangle, true, true),

  /** Keys' cubic with {@code a = -1/2} on {@code |x| < 2}, stretched by the scale: Pillow's. */
  BICUBIC(2, Interpolation::keys, true, true),

  /**
   * The triangle stretched by the scale, not rounded: torchvision's resize of a tensor with {@code
   * antialias=True}.
   */
  BILINEAR_FLOAT(1, Interpolation::triangle, true, false),

  /**
   * The triangle between the nearest pixels, however much the image shrinks, not rounded:
   * torchvision's resize of a tensor with {@code antialias=False}, and ONNX's.
   */
  BILINEAR_ALIASED(1, Interpolation::triangle, false, false);

  private static final double A = -0.5;

  private final int support;
  private final DoubleUnaryOperator filter;
  private final boolean stretched;
  private final boolean rounded;

  Interpolation(int support, DoubleUnaryOperator filter, boolean stretched, boolean rounded) {
    this.support = support;
    this.filter = filter;
    this.stretched = stretched;
    this.rounded = rounded;
  }

  private static double triangle(double x) {
    return x < 1 ? 1 - x : 0;
  }

  private static double keys(double x) {
    if (x < 1) {
      return ((A + 2) * x - (A + 3)) * x * x + 1;
    }
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0;
  }

  /** {@return whether the filter is stretched by the scale where an image shrinks} */
  public boolean isAntialiased() {
    return stretched;
  }

  /** {@return whether resized values are rounded to 8 bits} */
  public boolean isRounded() {
    return rounded;
  }

  /** The distance, in source pixels at scale 1, beyond which the weight is zero. */
  int support() {
    return support;
  }

  /** The weight of a source pixel {@code x} pixels away, before normalisation. */
  double weight(double x) {
    return filter.applyAsDouble(Math.abs(x));
  }
}
