package exercises;

/** Exercise 1: the covariance of one position of the patch grid (PaDiM, equation (1)). */
public final class Covariance {
  private Covariance() {}

  /**
   * With the mean {@code μ = (1/N)·Σ_n x(n)} of N patch embeddings of D elements:
   *
   * <pre>{@code
   * Σ = 1/(N−1) · Σ_n (x(n) − μ)·(x(n) − μ)ᵀ + ε·I
   * }</pre>
   *
   * <p>Source: Defard et al., <i>PaDiM</i>, 2020, equation (1).
   *
   * @param patches {@code [N, D]}: one position in N images, N at least 2
   * @param epsilon ε, added to the diagonal so that the matrix can be factored
   * @return {@code [D, D]}, symmetric
   */
  public static double[][] covariance(float[][] patches, double epsilon) {
    throw new UnsupportedOperationException("write Covariance");
  }
}
