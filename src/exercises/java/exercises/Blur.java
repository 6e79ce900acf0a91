package exercises;

/** Exercise 6: the blur of a score map by a Gaussian kernel (PaDiM, III-C). */
public final class Blur {
  private Blur() {}

  /**
   * Along the rows, then along the columns, with the kernel
   *
   * <pre>{@code
   * kernel(x) = exp(−x²/2σ²) / Σ_k exp(−k²/2σ²)     x, k = −r … r,  r = ⌊4σ + ½⌋
   * out(i) = Σ_x kernel(x)·in(i + x)
   * }</pre>
   *
   * <p>Beyond the edge of the map the value of the edge is repeated.
   *
   * @param map {@code [H, W]}: a score map
   * @param sigma σ in pixels
   * @return {@code [H, W]}
   */
  public static float[][] blur(float[][] map, double sigma) {
    throw new UnsupportedOperationException("write Blur");
  }
}
