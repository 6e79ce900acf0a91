package kintsugi.metric;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import kintsugi.metric.RocCurve.Point;

/**
 * How a threshold follows from known scores. Written by its name, with a value after a colon where
 * it has one: {@code youden}, {@code max-f1}, {@code corner}, {@code max-fpr:0.01}, {@code
 * max-fnr:0.05}, {@code quantile:0.99}, {@code margin:0.1}.
 *
 * @param kind which rule
 * @param value its rate, share or margin; 0 where it has none
 */
public record ThresholdRule(Kind kind, double value) {

  /** The rules. */
  public enum Kind {
    /** The largest {@code J = TPR − FPR}. */
    YOUDEN,

    /** The largest {@code F1}. */
    MAX_F1,

    /** Nearest to the corner of the ROC where nothing is wrong: {@code FPR² + (1 − TPR)²}. */
    CORNER,

    /** The most anomalies found with at most this false-positive rate. */
    MAX_FPR,

    /** The fewest false alarms with at most this false-negative rate. */
    MAX_FNR,

    /** Just above this quantile of the normal scores. */
    QUANTILE,

    /** Above the largest normal score by this share of the normal scores' range. */
    MARGIN;

    private boolean hasValue() {
      return ordinal() >= MAX_FPR.ordinal();
    }

    private String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** Youden's. */
  public static final ThresholdRule YOUDEN = new ThresholdRule(Kind.YOUDEN, 0);

  /** The largest F1. */
  public static final ThresholdRule MAX_F1 = new ThresholdRule(Kind.MAX_F1, 0);

  /** Just above the largest normal score. */
  public static final ThresholdRule LARGEST_NORMAL = new ThresholdRule(Kind.QUANTILE, 1);

  /**
   * Checks the value.
   *
   * @throws IllegalArgumentException if the value is no share, or no margin
   */
  public ThresholdRule {
    boolean fits = kind == Kind.MARGIN ? value >= 0 : value >= 0 && value <= 1;
    if (!fits || kind == Kind.QUANTILE && value == 0) {
      throw new IllegalArgumentException(kind.text() + " cannot have the value " + value);
    }
  }

  /** {@return whether the rule asks for anomalous scores too} */
  public boolean needsAnomalous() {
    return kind.ordinal() < Kind.QUANTILE.ordinal();
  }

  /**
   * {@return the score from which on a sample counts as anomalous; where two serve the rule alike,
   * the higher}
   *
   * @param scores one a sample
   * @param anomalous which samples are
   * @throws IllegalArgumentException if a kind that is needed is missing, or a score is no number
   */
  public double threshold(double[] scores, boolean[] anomalous) {
    return switch (kind) {
      case YOUDEN ->
          best(scores, anomalous, (p, roc) -> p.truePositiveRate() - p.falsePositiveRate());
      case MAX_F1 -> best(scores, anomalous, (p, roc) -> roc.f1(p));
      case CORNER ->
          best(
              scores,
              anomalous,
              (p, roc) ->
                  -Math.pow(p.falsePositiveRate(), 2) - Math.pow(1 - p.truePositiveRate(), 2));
      case MAX_FPR ->
          best(
              scores,
              anomalous,
              (p, roc) -> p.falsePositiveRate() <= value ? p.truePositiveRate() : -1);
      case MAX_FNR ->
          best(
              scores,
              anomalous,
              (p, roc) -> 1 - p.truePositiveRate() <= value ? -p.falsePositiveRate() : -2);
      case QUANTILE -> quantile(normal(scores, anomalous));
      case MARGIN -> margin(normal(scores, anomalous));
    };
  }

  private interface Merit {
    double of(Point point, RocCurve roc);
  }

  private static double best(double[] scores, boolean[] anomalous, Merit merit) {
    RocCurve roc = RocCurve.of(scores, anomalous);
    Point best =
        roc.points().stream()
            .max(
                Comparator.comparingDouble((Point p) -> merit.of(p, roc))
                    .thenComparing(Point::threshold))
            .orElseThrow();
    // Where nothing should be found, a number that can be stored and drawn is better than infinity.
    return Double.isInfinite(best.threshold())
        ? Math.nextUp(Arrays.stream(scores).max().orElseThrow())
        : best.threshold();
  }

  private static double[] normal(double[] scores, boolean[] anomalous) {
    double[] normal = new double[scores.length];
    int count = 0;
    for (int i = 0; i < scores.length; i++) {
      if (Double.isNaN(scores[i])) {
        throw new IllegalArgumentException("the score of sample " + i + " is no number");
      }
      if (!anomalous[i]) {
        normal[count++] = scores[i];
      }
    }
    if (count == 0) {
      throw new IllegalArgumentException("a threshold needs normal samples");
    }
    double[] sorted = Arrays.copyOf(normal, count);
    Arrays.sort(sorted);
    return sorted;
  }

  private double quantile(double[] sorted) {
    int at = (int) Math.ceil(value * sorted.length) - 1;
    return Math.nextUp(sorted[Math.max(0, at)]);
  }

  private double margin(double[] sorted) {
    double largest = sorted[sorted.length - 1];
    return Math.nextUp(largest + value * (largest - sorted[0]));
  }

  /**
   * Reads what {@code toString} wrote.
   *
   * @param text the text
   * @return the rule
   * @throws IllegalArgumentException if the text is no rule
   */
  public static ThresholdRule parse(String text) {
    String[] parts = text.split(":", 2);
    for (Kind kind : Kind.values()) {
      if (kind.text().equals(parts[0]) && kind.hasValue() == (parts.length == 2)) {
        return new ThresholdRule(kind, kind.hasValue() ? number(parts[1]) : 0);
      }
    }
    throw new IllegalArgumentException(
        text
            + " is no threshold; write youden, max-f1, corner, max-fpr:0.01, max-fnr:0.05,"
            + " quantile:0.99 or margin:0.1");
  }

  private static double number(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(text + " is no number", e);
    }
  }

  @Override
  public String toString() {
    return kind.hasValue() ? kind.text() + ":" + value : kind.text();
  }
}
