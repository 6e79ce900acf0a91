package kintsugi.metric;

import java.util.Arrays;

/**
 * Verdicts against the truth; "positive" is anomalous. A rate whose denominator is empty is NaN.
 *
 * @param tn normal and found normal
 * @param fp normal but found anomalous
 * @param fn anomalous but found normal
 * @param tp anomalous and found anomalous
 */
public record ConfusionMatrix(int tn, int fp, int fn, int tp) {

  /**
   * Counts; a score at or above the threshold is a verdict of anomalous.
   *
   * @param scores one a sample
   * @param anomalous which samples are
   * @param threshold from this score on a sample is anomalous
   * @return the four counts
   */
  public static ConfusionMatrix of(double[] scores, boolean[] anomalous, double threshold) {
    int[] once = new int[scores.length];
    Arrays.fill(once, 1);
    return of(scores, anomalous, once, threshold);
  }

  /** Counts each sample so many times. */
  static ConfusionMatrix of(double[] scores, boolean[] anomalous, int[] times, double threshold) {
    int[] counts = new int[4];
    for (int i = 0; i < scores.length; i++) {
      counts[(anomalous[i] ? 2 : 0) + (scores[i] >= threshold ? 1 : 0)] += times[i];
    }
    return new ConfusionMatrix(counts[0], counts[1], counts[2], counts[3]);
  }

  /**
   * The matrix by true class: each of its rows sums to 1.
   *
   * @param tn specificity
   * @param fp false-positive rate
   * @param fn false-negative rate
   * @param tp recall
   */
  public record Normalised(double tn, double fp, double fn, double tp) {}

  /** {@return each count as a share of its true class} */
  public Normalised normalised() {
    return new Normalised(specificity(), falsePositiveRate(), falseNegativeRate(), recall());
  }

  /**
   * {@code (tp + tn) / all}.
   *
   * @return the share of right verdicts
   */
  public double accuracy() {
    return ratio(tp + tn, tp + tn + fp + fn);
  }

  /** {@return the mean of recall and specificity} */
  public double meanAccuracy() {
    return (recall() + specificity()) / 2;
  }

  /**
   * {@code tp / (tp + fp)}.
   *
   * @return the share of those found anomalous that are
   */
  public double precision() {
    return ratio(tp, tp + fp);
  }

  /**
   * {@code tp / (tp + fn)}, the true-positive rate.
   *
   * @return the share of anomalous samples found anomalous
   */
  public double recall() {
    return ratio(tp, tp + fn);
  }

  /**
   * {@code tn / (tn + fp)}, the true-negative rate.
   *
   * @return the share of normal samples found normal
   */
  public double specificity() {
    return ratio(tn, tn + fp);
  }

  /**
   * {@code 2·tp / (2·tp + fp + fn)}.
   *
   * @return the harmonic mean of precision and recall
   */
  public double f1() {
    return ratio(2 * tp, 2 * tp + fp + fn);
  }

  /**
   * {@code fp / (fp + tn)}.
   *
   * @return the share of normal samples found anomalous
   */
  public double falsePositiveRate() {
    return ratio(fp, fp + tn);
  }

  /**
   * {@code fn / (fn + tp)}.
   *
   * @return the share of anomalous samples found normal
   */
  public double falseNegativeRate() {
    return ratio(fn, fn + tp);
  }

  private static double ratio(int part, int whole) {
    return whole == 0 ? Double.NaN : (double) part / whole;
  }
}
