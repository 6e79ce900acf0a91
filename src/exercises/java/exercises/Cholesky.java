package exercises;

/** Exercise 2: the Cholesky factor of a covariance. */
public final class Cholesky {
  private Cholesky() {}

  /**
   * The lower triangle {@code L} with {@code A = L·Lᵀ}, row by row:
   *
   * <pre>{@code
   * L(i,j) = (A(i,j) − Σ_{k<j} L(i,k)·L(j,k)) / L(j,j)     j < i
   * L(i,i) = √(A(i,i) − Σ_{k<i} L(i,k)²)
   * L(i,j) = 0                                              j > i
   * }</pre>
   *
   * @param a {@code [D, D]}, symmetric and positive definite; to be left as it is
   * @return {@code [D, D]}
   */
  public static double[][] factor(double[][] a) {
    throw new UnsupportedOperationException("write Cholesky");
  }
}
