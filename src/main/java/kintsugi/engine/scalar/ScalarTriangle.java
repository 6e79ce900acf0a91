package kintsugi.engine.scalar;

import kintsugi.engine.FixedPoint;
import kintsugi.engine.Gaussians;

/** The specification of the work on symmetric matrices, each its lower triangle row by row. */
final class ScalarTriangle {
  private ScalarTriangle() {}

  /** Cholesky's factorization ({@link kintsugi.engine.Engine#factor}). */
  static int factor(double[] a, int n) {
    for (int i = 0; i < n; i++) {
      int row = Gaussians.triangle(i);
      for (int j = 0; j <= i; j++) {
        int other = Gaussians.triangle(j);
        double sum = 0;
        for (int k = 0; k < j; k++) {
          sum += a[row + k] * a[other + k];
        }
        double rest = a[row + j] - sum;
        if (i == j && !(rest > 0)) {
          return i;
        }
        a[row + j] = i == j ? Math.sqrt(rest) : rest / a[other + j];
      }
    }
    return n;
  }

  /** The sums of products of {@link kintsugi.engine.Engine#addProducts}. */
  static void addProducts(long[] s, int n, double[] x) {
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        for (int p = 0; p < x.length; p += n) {
          s[Gaussians.triangle(i) + j] += FixedPoint.round(x[p + i] * x[p + j]);
        }
      }
    }
  }
}
