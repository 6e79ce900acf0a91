package kintsugi.engine;

/**
 * Cholesky's factorisation of a symmetric positive definite matrix, in fp64.
 *
 * <p>A matrix is its lower triangle row by row: element {@code (i, j)}, {@code j ≤ i}, lies at
 * {@code i·(i+1)/2 + j}.
 */
public final class Cholesky {
  private Cholesky() {}

  /**
   * Replaces {@code A} by {@code L} with {@code A = L·Lᵀ}, row by row:
   *
   * <pre>{@code
   * L(i,j) = (A(i,j) − Σ_{k<j} L(i,k)·L(j,k)) / L(j,j)     j < i
   * L(i,i) = √(A(i,i) − Σ_{k<i} L(i,k)²)
   * }</pre>
   *
   * Costs {@code n³/3} operations.
   *
   * @return the first row whose pivot is not positive (or no number), which leaves that row and the
   *     ones after it unfinished; or {@code n} where the matrix is positive definite
   */
  public static int factor(double[] a, int n) {
    for (int i = 0; i < n; i++) {
      int row = Gaussians.triangle(i);
      for (int j = 0; j < i; j++) {
        int other = Gaussians.triangle(j);
        a[row + j] = (a[row + j] - dot(a, row, other, j)) / a[other + j];
      }
      double pivot = a[row + i] - dot(a, row, row, i);
      if (!(pivot > 0)) {
        return i;
      }
      a[row + i] = Math.sqrt(pivot);
    }
    return n;
  }

  private static double dot(double[] a, int from, int other, int length) {
    double sum = 0;
    for (int k = 0; k < length; k++) {
      sum += a[from + k] * a[other + k];
    }
    return sum;
  }
}
