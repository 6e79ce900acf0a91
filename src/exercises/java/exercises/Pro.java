package exercises;

/** Exercise 8: the area under the per-region overlap (PRO) up to a limit. */
public final class Pro {
  private Pro() {}

  /**
   * For each threshold {@code t}, pixels with a score of at least {@code t} are predicted
   * anomalous; x is the fraction of the normal pixels among them, and y the mean over the regions
   * of the fraction of each region that is predicted anomalous, so that a small defect counts as
   * much as a large one:
   *
   * <pre>{@code
   * x(t) = |normal pixels ≥ t| / |normal pixels|
   * y(t) = 1/R · Σ_r |pixels of region r ≥ t| / |pixels of region r|
   * }</pre>
   *
   * <p>The result is the area under y over x by trapezoids, from (0, 0) to {@code x = limit}, where
   * the curve is interpolated, divided by the limit.
   *
   * <p>Source: Bergmann et al., <i>The MVTec Anomaly Detection Dataset</i>, 2021, section 5.2.
   *
   * @param scores one per pixel, no two the same
   * @param regions per pixel 0 if it is normal, else the index of its region, from 1 to R
   * @param limit the maximum false-positive rate, usually 0.3
   * @return the area as a fraction of the limit, from 0 to 1
   */
  public static double aupro(float[] scores, int[] regions, double limit) {
    throw new UnsupportedOperationException("write Pro");
  }
}
