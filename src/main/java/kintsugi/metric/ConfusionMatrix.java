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

  /** Counts; a score at or above the threshold is a verdict of anomalous. */
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

  /** Each count as a share of its true class. */
  public Normalised normalised() {
    return new Normalised(specificity(), falsePositiveRate(), falseNegativeRate(), recall());
  }

  /** {@code (tp + tn) / all}. */
  public double accuracy() {
    return ratio(tp + tn, tp + tn + fp + fn);
  }

  /** The mean of recall and specificity. */
  public double meanAccuracy() {
    return (recall() + specificity()) / 2;
  }

  /** {@code tp / (tp + fp)}. */
  public double precision() {
    return ratio(tp, tp + fp);
  }

  /** {@code tp / (tp + fn)}, the true-positive rate. */
  public double recall() {
    return ratio(tp, tp + fn);
  }

  /** {@code tn / (tn + fp)}, the true-negative rate. */
  public double specificity() {
    return ratio(tn, tn + fp);
  }

  /** {@code 2·tp / (2·tp + fp + fn)}. */
  public double f1() {
    return ratio(2 * tp, 2 * tp + fp + fn);
  }

  /** {@code fp / (fp + tn)}. */
  public double falsePositiveRate() {
    return ratio(fp, fp + tn);
  }

  /** {@code fn / (fn + tp)}. */
  public double falseNegativeRate() {
    return ratio(fn, fn + tp);
  }

  private static double ratio(int part, int whole) {
    return whole == 0 ? Double.NaN : (double) part / whole;
  }
}
