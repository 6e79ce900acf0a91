package kintsugi.engine.scalar;

import kintsugi.engine.Gaussians;

/** The specification of the update of a Cholesky factor. */
final class ScalarFactor {
  private ScalarFactor() {}

  /**
   * {@code L'} with {@code L'·L'ᵀ = A = a·L·Lᵀ + Σ_k v(k)·v(k)ᵀ + c·I}:
   *
   * <pre>{@code
   * L'(i,j) = (A(i,j) − Σ_{k<j} L'(i,k)·L'(j,k)) / L'(j,j)     j < i
   * L'(i,i) = √(A(i,i) − Σ_{k<i} L'(i,k)²)
   * }</pre>
   *
   * @param l the packed lower triangle
   * @param vectors {@code [k, D]}
   * @throws ArithmeticException if {@code A} is not positive definite
   */
  static float[] updated(float[] l, int d, double a, double[] vectors, double c) {
    double root = Math.sqrt(a);
    double[] made = new double[l.length];
    float[] rounded = new float[l.length];
    for (int i = 0; i < d; i++) {
      int row = Gaussians.triangle(i);
      for (int j = 0; j <= i; j++) {
        int other = Gaussians.triangle(j);
        double sum = i == j ? c : 0;
        for (int v = 0; v < vectors.length; v += d) {
          sum = Math.fma(vectors[v + i], vectors[v + j], sum);
        }
        for (int k = 0; k <= j; k++) {
          sum = Math.fma(root * l[row + k], root * l[other + k], sum);
        }
        for (int k = 0; k < j; k++) {
          sum = Math.fma(-made[row + k], made[other + k], sum);
        }
        made[row + j] = i == j ? Math.sqrt(sum) : sum / made[other + j];
        rounded[row + j] = (float) made[row + j];
      }
      if (!(made[row + i] > 0)) {
        throw new ArithmeticException("the covariance is not positive definite, pivot " + i);
      }
    }
    return rounded;
  }
}
