package kintsugi.metric;

import java.util.Arrays;

/**
 * The confusion matrix: predictions against the truth; "positive" is anomalous. A rate whose
 * denominator is 0 is NaN.
 *
 * @param tn normal, predicted normal
 * @param fp normal, predicted anomalous
 * @param fn anomalous, predicted normal
 * @param tp anomalous, predicted anomalous
 */
public record ConfusionMatrix(int tn, int fp, int fn, int tp) {

  /**
   * Counts the predictions; a score at or above the threshold is predicted anomalous.
   *
   * @param scores one per sample
   * @param anomalous whether each sample is anomalous
   * @param threshold the minimum score predicted anomalous
   * @return the four counts
   */
  public static ConfusionMatrix of(double[] scores, boolean[] anomalous, double threshold) {
    int[] once = new int[scores.length];
    Arrays.fill(once, 1);
    return of(scores, anomalous, once, threshold);
  }

  /** Counts each sample with its multiplicity. */
  static ConfusionMatrix of(
      double[] scores, boolean[] anomalous, int[] multiplicity, double threshold) {
    int[] counts = new int[4];
    for (int i = 0; i < scores.length; i++) {
      counts[(anomalous[i] ? 2 : 0) + (scores[i] >= threshold ? 1 : 0)] += multiplicity[i];
    }
    return new ConfusionMatrix(counts[0], counts[1], counts[2], counts[3]);
  }

  /**
   * The matrix normalised by true class: each row sums to 1.
   *
   * @param tn specificity
   * @param fp false-positive rate
   * @param fn false-negative rate
   * @param tp recall
   */
  public record Normalised(double tn, double fp, double fn, double tp) {}

  /** {@return each count as a fraction of its true class} */
  public Normalised normalised() {
    return new Normalised(specificity(), falsePositiveRate(), falseNegativeRate(), recall());
  }

  /**
   * {@code (tp + tn) / all}.
   *
   * @return the fraction of correct predictions
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
   * @return the fraction of anomalous samples among those predicted anomalous
   */
  public double precision() {
    return ratio(tp, tp + fp);
  }

  /**
   * {@code tp / (tp + fn)}, the true-positive rate.
   *
   * @return the fraction of anomalous samples predicted anomalous
   */
  public double recall() {
    return ratio(tp, tp + fn);
  }

  /**
   * {@code tn / (tn + fp)}, the true-negative rate.
   *
   * @return the fraction of normal samples predicted normal
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
   * @return the fraction of normal samples predicted anomalous
   */
  public double falsePositiveRate() {
    return ratio(fp, fp + tn);
  }

  /**
   * {@code fn / (fn + tp)}.
   *
   * @return the fraction of anomalous samples predicted normal
   */
  public double falseNegativeRate() {
    return ratio(fn, fn + tp);
  }

  private static double ratio(int part, int whole) {
    return whole == 0 ? Double.NaN : (double) part / whole;
  }
}
