package kintsugi.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The likely causes of differences between an image score and its verdict, by the scores of all
 * images: from two on, range and threshold follow from the scores where a side does not show them.
 */
final class ScoreCauses {
  /** As a fraction of the range. */
  private static final double BOUND = 1e-3;

  private final List<Decision> mine = new ArrayList<>();
  private final List<Decision> theirs = new ArrayList<>();

  /** Score, normalised score and verdict of an image; NaN for what is not known. */
  private record Decision(double score, double normalised, double verdict) {
    static Decision of(Dump values) {
      return new Decision(
          number(values, "score"), number(values, "normalised"), number(values, "verdict"));
    }

    private static double number(Dump values, String name) {
      return values.has(name) ? values.get(name, 1).data()[0] : Double.NaN;
    }
  }

  /** Adds an image's values. */
  void add(Dump a, Dump b) {
    mine.add(Decision.of(a));
    theirs.add(Decision.of(b));
  }

  /** Another range, where both normalise by one. */
  List<String> range(Dump a, Dump b) {
    Optional<double[]> ours = range(a, mine);
    Optional<double[]> others = range(b, theirs);
    if (ours.isEmpty() || others.isEmpty()) {
      return List.of();
    }
    double[] x = ours.get();
    double[] y = others.get();
    double apart = Math.max(Math.abs(x[0] - y[0]), Math.abs(x[1] - y[1]));
    return apart <= BOUND * (x[1] - x[0])
        ? List.of()
        : List.of(
            "another range: A's is "
                + shown(x)
                + ", B's is "
                + shown(y)
                + "; calibrated with other images");
  }

  private static String shown(double[] range) {
    return String.format(Locale.ROOT, "[%.5g, %.5g]", range[0], range[1]);
  }

  /** The range that a side shows, or by which its scores were normalised. */
  private static Optional<double[]> range(Dump values, List<Decision> images) {
    if (values.has("range")) {
      float[] range = values.get("range", 1).data();
      return range.length == 2 ? Optional.of(new double[] {range[0], range[1]}) : Optional.empty();
    }
    double[] scores = images.stream().mapToDouble(Decision::score).toArray();
    double[] normalised = images.stream().mapToDouble(Decision::normalised).toArray();
    double minimum = Arrays.stream(scores).min().orElse(0);
    double maximum = Arrays.stream(scores).max().orElse(0);
    double[] line = Relations.line(scores, normalised);
    // Scores that are nearly the same determine no line.
    boolean determined = maximum - minimum > BOUND * Math.abs(maximum) && line[0] > 0;
    for (int i = 0; i < scores.length; i++) {
      determined &= Math.abs(line[0] * scores[i] + line[1] - normalised[i]) <= BOUND;
    }
    double low = -line[1] / line[0];
    return determined ? Optional.of(new double[] {low, low + 1 / line[0]}) : Optional.empty();
  }

  /**
   * Another threshold, by a side whose verdicts are not those of the only one that is shown.
   *
   * @param values of the side that shows its threshold
   * @param owner its name, A or B
   */
  List<String> threshold(Dump values, String owner) {
    if (!values.has("threshold")) {
      return List.of();
    }
    double threshold = values.get("threshold", 1).data()[0];
    return verdicts(theirs, "B", threshold, owner)
        .or(() -> verdicts(mine, "A", threshold, owner))
        .map(List::of)
        .orElse(List.of());
  }

  /** The verdicts of one side, where they are those of a threshold, but not of a known one. */
  private static Optional<String> verdicts(
      List<Decision> images, String side, double threshold, String owner) {
    double above =
        images.stream()
            .filter(image -> image.verdict == 0)
            .mapToDouble(Decision::normalised)
            .max()
            .orElse(Double.NEGATIVE_INFINITY);
    double atMost =
        images.stream()
            .filter(image -> image.verdict == 1)
            .mapToDouble(Decision::normalised)
            .min()
            .orElse(Double.POSITIVE_INFINITY);
    if (!(above < atMost) || threshold > above && threshold <= atMost) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "another threshold: %s's verdicts are those of one %s, where %.5g is %s",
            side,
            threshold <= above
                ? String.format(Locale.ROOT, "above %.5g", above)
                : String.format(Locale.ROOT, "of at most %.5g", atMost),
            threshold,
            side.equals(owner) ? "its own" : owner + "'s"));
  }

  /** The threshold of one by the range of the other. */
  static List<String> threshold(Dump a, Dump b) {
    return CalibrationVariants.threshold(a, "A", b, "B")
        .or(() -> CalibrationVariants.threshold(b, "B", a, "A"))
        .map(List::of)
        .orElse(List.of());
  }
}
