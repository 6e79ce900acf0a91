package kintsugi.audit;

import java.util.Arrays;

/**
 * The expected values of a kernel, in fp64, and how far rounding alone can take each value from
 * them. Bounds follow Higham, <i>Accuracy and Stability of Numerical Algorithms</i>, 2002: a sum of
 * {@code n} products in a precision of unit roundoff {@code u} is off by at most {@code
 * γ(n)·Σ|aᵢbᵢ|} with {@code γ(n) = n·u/(1 − n·u)} (equation 3.5), whatever the order of the
 * additions.
 *
 * @param value by the textbook's formula
 * @param bound on the error of each value
 */
record Expected(double[] value, double[] bound) {
  /** The unit roundoff of fp32, {@code 2⁻²⁴}. */
  static final double FLOAT = 0x1p-24;

  /** The unit roundoff of fp64, {@code 2⁻⁵³}. */
  static final double DOUBLE = 0x1p-53;

  /** {@code γ(n)}. */
  static double gamma(int n, double unit) {
    return n * unit / (1 - n * unit);
  }

  /** Values that must be met to the bit. */
  static Expected exactly(double[] value) {
    return new Expected(value, new double[value.length]);
  }

  /** Values that may be off by the same amount each. */
  static Expected within(double[] value, double bound) {
    double[] bounds = new double[value.length];
    Arrays.fill(bounds, bound);
    return new Expected(value, bounds);
  }

  /** Values that may be off by this fraction of the maximum of their magnitudes. */
  static Expected withinFractionOfMaximum(double[] value, double fraction) {
    return within(value, fraction * maximum(value));
  }

  /** {@code max|x|}. */
  static double maximum(double[] values) {
    double maximum = 0;
    for (double v : values) {
      maximum = Math.max(maximum, Math.abs(v));
    }
    return maximum;
  }
}
