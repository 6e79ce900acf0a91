package kintsugi.metric;

import org.apache.commons.math3.distribution.BetaDistribution;

/**
 * The false-positive rate that a threshold will have on new normal samples, estimated from {@code
 * n} known ones.
 *
 * @param normals the count of known normal samples, {@code n}
 * @param found the count of them predicted anomalous, {@code k}
 * @param expected {@code (k + 1)/(n + 1)}, the mean over all draws of the known samples and one new
 *     sample, for a threshold just above one of the known scores
 * @param low lower end of the 95 % confidence interval (Clopper and Pearson, exact)
 * @param high upper end of that interval
 */
public record FalsePositiveRate(int normals, int found, double expected, double low, double high) {
  private static final double CONFIDENCE = 0.95;

  /**
   * Checks the counts and the rates.
   *
   * @throws IllegalArgumentException if more samples are found than there are, or a rate is not
   *     from 0 to 1
   */
  public FalsePositiveRate {
    if (found < 0 || found > normals || !isRate(expected) || !isRate(low) || !isRate(high)) {
      throw new IllegalArgumentException(
          "a false-positive rate of "
              + found
              + " in "
              + normals
              + ", "
              + expected
              + " from "
              + low
              + " to "
              + high
              + ", is impossible");
    }
  }

  private static boolean isRate(double value) {
    return value >= 0 && value <= 1;
  }

  /**
   * {@return the rate at a threshold}
   *
   * @param threshold the minimum score predicted anomalous
   * @param scores one per sample
   * @param anomalous whether each sample is anomalous
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
