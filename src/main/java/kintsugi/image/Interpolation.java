package kintsugi.image;

import java.util.function.DoubleUnaryOperator;

/** The filter of a resize: the weights of the source pixels in a resized pixel. */
public enum Interpolation {
  /** The triangle {@code 1 - |x|} on {@code |x| < 1}. */
  BILINEAR(1, x -> x < 1 ? 1 - x : 0),

  /** Keys' cubic with {@code a = -1/2} on {@code |x| < 2}. */
  BICUBIC(2, Interpolation::keys);

  private static final double A = -0.5;

  private final int support;
  private final DoubleUnaryOperator filter;

  Interpolation(int support, DoubleUnaryOperator filter) {
    this.support = support;
    this.filter = filter;
  }

  private static double keys(double x) {
    if (x < 1) {
      return ((A + 2) * x - (A + 3)) * x * x + 1;
    }
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0;
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
