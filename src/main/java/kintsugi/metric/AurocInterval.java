package kintsugi.metric;

/**
 * The 95 % confidence interval of an AUROC from the figure and the counts alone, by method 5 of R.
 * G. Newcombe (<i>Confidence intervals for an effect size measure based on the Mann–Whitney
 * statistic. Part 2</i>, 2006): the values {@code θ} that are consistent with the estimate under
 * Hanley and McNeil's variance at {@code θ}. Unlike a bootstrap's it is not empty at an AUROC of 1.
 */
public final class AurocInterval {
  private static final double Z = 1.959963984540054;
  private static final int HALVINGS = 60;

  private AurocInterval() {}

  /**
   * {@return the interval}
   *
   * @param auroc the estimate
   * @param normals how many normal samples it is from
   * @param anomalies how many anomalous samples it is from
   * @throws IllegalArgumentException if the estimate is not from 0 to 1, or a kind is missing
   */
  public static Bootstrap.Interval of(double auroc, int normals, int anomalies) {
    if (!(auroc >= 0 && auroc <= 1) || normals < 1 || anomalies < 1) {
      throw new IllegalArgumentException(
          "an AUROC of "
              + auroc
              + " from "
              + normals
              + " normal and "
              + anomalies
              + " anomalous samples has no interval");
    }
    return new Bootstrap.Interval(
        end(auroc, 0, normals, anomalies), end(auroc, 1, normals, anomalies));
  }

  /** The value between the estimate and a limit whose distance is as many standard errors. */
  private static double end(double auroc, double limit, int normals, int anomalies) {
    double inside = auroc;
    double outside = limit;
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (inside + outside) / 2;
      double reach = Z * Math.sqrt(variance(middle, normals, anomalies));
      if (Math.abs(auroc - middle) <= reach) {
        inside = middle;
      } else {
        outside = middle;
      }
    }
    return inside;
  }

  private static double variance(double theta, int normals, int anomalies) {
    double both = (normals + anomalies) / 2.0 - 1;
    double factor = 1 + both * ((1 - theta) / (2 - theta) + theta / (1 + theta));
    return theta * (1 - theta) * factor / ((double) normals * anomalies);
  }
}
