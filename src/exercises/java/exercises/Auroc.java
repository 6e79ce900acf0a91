package exercises;

/** Exercise 7: the area under the receiver operating characteristic. */
public final class Auroc {
  private Auroc() {}

  /**
   * The probability that an anomalous sample scores higher than a normal one:
   *
   * <pre>{@code
   * (pairs in the right order + ½·pairs of equal score) / (anomalous samples · normal samples)
   * }</pre>
   *
   * <p>or, the same, the area by trapezoids under the curve of the true-positive rate over the
   * false-positive rate, into which samples of equal score enter together.
   *
   * @param scores one per sample, higher for what looks anomalous
   * @param anomalous the truth, one per sample; both kinds occur
   * @return the area, from 0 to 1
   */
  public static double auroc(double[] scores, boolean[] anomalous) {
    throw new UnsupportedOperationException("write Auroc");
  }
}
