package kintsugi.metric;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import kintsugi.metric.RocCurve.Point;

/**
 * The rule that derives a threshold from the scores of labelled samples. Written as its name, with
 * a value after a colon if it has one: {@code youden}, {@code max-f1}, {@code corner}, {@code
 * max-fpr:0.01}, {@code max-fnr:0.05}, {@code quantile:0.99}, {@code margin:0.1}, {@code
 * conformal:0.01}, {@code value:0.3}.
 *
 * @param kind the kind of rule
 * @param value its rate, quantile, margin or threshold; 0 if it has none
 */
public record ThresholdRule(Kind kind, double value) {

  /** The kinds of rules. */
  public enum Kind {
    /** The maximum of {@code J = TPR − FPR}. */
    YOUDEN,

    /** The maximum of {@code F1}. */
    MAX_F1,

    /** The minimum distance to the ROC's ideal corner: {@code FPR² + (1 − TPR)²}. */
    CORNER,

    /** The maximum true-positive rate with at most this false-positive rate. */
    MAX_FPR,

    /** The minimum false-positive rate with at most this false-negative rate. */
    MAX_FNR,

    /** Just above this quantile of the normal scores. */
    QUANTILE,

    /** Above the maximum normal score by this fraction of the normal scores' range. */
    MARGIN,

    /**
     * The minimum threshold at which the expected rate of normal samples predicted anomalous is at
     * most this one, for any distribution of the scores, by {@link Conformal split conformal
     * prediction}: a score whose p-value equals the rate is rejected.
     */
    CONFORMAL,

    /** The value itself, whatever the scores are. */
    VALUE;

    private int maximum() {
      return this == MARGIN ? MAXIMUM_MARGIN : hasValue() ? 1 : 0;
    }

    private String range() {
      return switch (this) {
        case VALUE -> "that is finite";
        case QUANTILE -> "above 0 and at most " + maximum();
        case CONFORMAL -> "above 0 and below 1";
        default -> "from 0 to " + maximum();
      };
    }

    private boolean fits(double value) {
      return switch (this) {
        case VALUE -> Double.isFinite(value);
        case QUANTILE -> value > 0 && value <= maximum();
        case CONFORMAL -> value > 0 && value < 1;
        default -> value >= 0 && value <= maximum();
      };
    }

    private boolean hasValue() {
      return ordinal() >= MAX_FPR.ordinal();
    }

    private String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * The maximum margin, in ranges of the normal scores: far above every score, so that a larger one
   * is a slip.
   */
  private static final int MAXIMUM_MARGIN = 1000;

  /** Youden's rule. */
  public static final ThresholdRule YOUDEN = new ThresholdRule(Kind.YOUDEN, 0);

  /** The rule of the maximum F1. */
  public static final ThresholdRule MAX_F1 = new ThresholdRule(Kind.MAX_F1, 0);

  /** The threshold just above the maximum normal score. */
  public static final ThresholdRule MAX_NORMAL = new ThresholdRule(Kind.QUANTILE, 1);

  /** The written form of a rule that is the threshold itself, up to the value. */
  public static final String VALUE = Kind.VALUE.text() + ":";

  /**
   * Checks the value.
   *
   * @throws IllegalArgumentException if a rate is not from 0 to 1, the quantile not above 0 and at
   *     most 1, the conformal rate not between them, the margin not from 0 to 1000, the threshold
   *     not finite, or the value of a rule without one not 0
   */
  public ThresholdRule {
    if (!kind.fits(value)) {
      throw new IllegalArgumentException(
          kind.text() + " takes a value " + kind.range() + ", not " + value);
    }
  }

  /** {@return whether the rule needs anomalous scores too} */
  public boolean needsAnomalous() {
    return kind.ordinal() < Kind.QUANTILE.ordinal();
  }

  /** {@return whether the rule needs scores at all} */
  public boolean needsScores() {
    return kind != Kind.VALUE;
  }

  /**
   * {@return whether the threshold may lie farther above a normal score than just above it, so that
   * {@code (k + 1)/(n + 1)} of the normal samples is an upper figure; a quantile does not, and of
   * an optimised threshold that figure is not one}
   */
  public boolean mayLieAboveScores() {
    return kind == Kind.VALUE || kind == Kind.MARGIN && value > 0;
  }

  /**
   * {@return how many samples must be known, normal ones or for {@code max-fnr} anomalous ones, so
   * that they can show the rate that the rule states: with no error among {@code n} the rate may
   * still be {@code 1/(n + 1)}; 0 if it states none, or that nothing is wrong}
   */
  public long samplesForItsRate() {
    double rate =
        switch (kind) {
          case MAX_FPR, MAX_FNR -> value;
          case QUANTILE -> 1 - value;
          default -> 0;
        };
    // 1 − 0.9 is a little less than 0.1.
    return rate > 0 ? (long) Math.ceil(1 / rate - 1 - 1e-9) : 0;
  }

  /**
   * {@return what a promise of this rule lacks, with the way out, in one line: a conformal rate
   * needs {@code 1/R − 1} normal samples; empty if there are enough, or the rule promises nothing}
   *
   * @param normals how many normal samples there are
   */
  public Optional<String> shortage(int normals) {
    return kind == Kind.CONFORMAL ? Conformal.shortage(value, normals) : Optional.empty();
  }

  /**
   * {@return the threshold: the minimum score predicted anomalous; of two equally good ones the
   * higher}
   *
   * @param scores one per sample
   * @param anomalous whether each sample is anomalous
   * @throws IllegalArgumentException if a class that is needed is missing, a score is NaN, or there
   *     are too few normal samples for a conformal rate
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
      case CONFORMAL -> conformal(normal(scores, anomalous));
      case VALUE -> value;
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
    // If nothing should be predicted anomalous, a finite threshold can be stored and drawn.
    return Double.isInfinite(best.threshold())
        ? Math.nextUp(Arrays.stream(scores).max().orElseThrow())
        : best.threshold();
  }

  private static double[] normal(double[] scores, boolean[] anomalous) {
    double[] normal = new double[scores.length];
    int count = 0;
    for (int i = 0; i < scores.length; i++) {
      if (Double.isNaN(scores[i])) {
        throw new IllegalArgumentException("the score of sample " + i + " is NaN");
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

  private double conformal(double[] sorted) {
    shortage(sorted.length)
        .ifPresent(
            missing -> {
              throw new IllegalArgumentException(missing);
            });
    return Conformal.threshold(sorted, value);
  }

  private double margin(double[] sorted) {
    double maximum = sorted[sorted.length - 1];
    return Math.nextUp(maximum + value * (maximum - sorted[0]));
  }

  /**
   * Parses the written form, as {@code toString} returns it.
   *
   * @param text the text
   * @return the rule
   * @throws IllegalArgumentException if the text is not a rule
   */
  public static ThresholdRule parse(String text) {
    String[] parts = text.split(":", 2);
    for (Kind kind : Kind.values()) {
      if (kind.text().equals(parts[0]) && kind.hasValue() == (parts.length == 2)) {
        return new ThresholdRule(kind, kind.hasValue() ? parseValue(parts[1]) : 0);
      }
    }
    throw new IllegalArgumentException(
        text
            + " is not a threshold rule; write youden, max-f1, corner, max-fpr:0.01, max-fnr:0.05,"
            + " quantile:0.99, margin:0.1, conformal:0.01 or value:0.3");
  }

  private static double parseValue(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(text + " is not a number", e);
    }
  }

  @Override
  public String toString() {
    return kind.hasValue() ? kind.text() + ":" + value : kind.text();
  }
}
