package exercises;

/** Exercise 3: the Mahalanobis distance by forward substitution (PaDiM, equation (2)). */
public final class ForwardSubstitution {
  private ForwardSubstitution() {}

  /**
   * {@code √((x−μ)ᵀ Σ⁻¹ (x−μ))} with {@code Σ = L·Lᵀ}, without an inverse: {@code L·y = x − μ} is
   * solved from the first element on, and the distance is the length of {@code y}.
   *
   * <pre>{@code
   * y(i) = (x(i) − μ(i) − Σ_{j<i} L(i,j)·y(j)) / L(i,i)
   * distance = √(Σ_i y(i)²)
   * }</pre>
   *
   * <p>Source: Defard et al., <i>PaDiM</i>, 2020, equation (2).
   *
   * @param x {@code [D]}: a patch embedding
   * @param mean {@code [D]}: μ
   * @param l {@code [D, D]}: the lower Cholesky factor of Σ
   * @return the distance, without a unit: 1 is one standard deviation
   */
  public static double distance(double[] x, double[] mean, double[][] l) {
    throw new UnsupportedOperationException("write ForwardSubstitution");
  }
}
