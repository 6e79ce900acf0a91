package kintsugi.metric;

import org.apache.commons.math3.distribution.BetaDistribution;

/**
 * How often a threshold will call a normal sample anomalous, as far as {@code normals} known ones
 * tell.
 *
 * @param normals known normal samples
 * @param found how many of them, {@code k}, lie at or above the threshold
 * @param expected {@code (k + 1)/(n + 1)}, the mean over all draws of a new sample beside the known
 *     ones, for a threshold just above one of their scores
 * @param low lower end of the 95 % confidence interval (Clopper and Pearson, exact)
 * @param high its upper end
 */
public record FalsePositiveRate(int normals, int found, double expected, double low, double high) {
  private static final double CONFIDENCE = 0.95;

  /**
   * {@return the rate at a threshold}
   *
   * @param threshold from this score on a sample is anomalous
   * @param scores one a sample
   * @param anomalous which samples are
   */
  public static FalsePositiveRate at(double threshold, double[] scores, boolean[] anomalous) {
    ConfusionMatrix confusion = ConfusionMatrix.of(scores, anomalous, threshold);
    int k = confusion.fp();
    int n = confusion.fp() + confusion.tn();
    double tail = (1 - CONFIDENCE) / 2;
    double low = k == 0 ? 0 : new BetaDistribution(k, n - k + 1).inverseCumulativeProbability(tail);
    double high =
        k == n ? 1 : new BetaDistribution(k + 1, n - k).inverseCumulativeProbability(1 - tail);
    return new FalsePositiveRate(n, k, (k + 1.0) / (n + 1), low, high);
  }
}
