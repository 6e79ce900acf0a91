package kintsugi.audit;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import kintsugi.audit.Against.Stage;
import kintsugi.audit.Against.Variant;

/** The ways from an image score to a normalised one and to a verdict. */
final class CalibrationVariants {
  private static final String FROM = "score, range, threshold";
  private final Dump dump;

  CalibrationVariants(Dump dump) {
    this.dump = dump;
  }

  private double value(String name, int index) {
    float[] values = dump.get(name, 1).data();
    if (index >= values.length) {
      throw dump.refused("its tensor " + name + " has " + values.length + " values");
    }
    return values[index];
  }

  Optional<Stage> normalised() {
    if (!dump.has("score", "normalised")) {
      return Optional.empty();
    }
    double score = value("score", 0);
    List<Variant> variants = new ArrayList<>();
    variants.add(normalised("not normalised, the score itself", score));
    if (dump.has("range")) {
      double low = value("range", 0);
      double high = value("range", 1);
      double normalised = (score - low) / (high - low);
      variants.add(normalised("(score − low)/(high − low)", normalised));
      variants.add(
          normalised("(score − low)/(high − low), cut to 0 … 1", Math.clamp(normalised, 0, 1)));
      variants.add(normalised("score/high", score / high));
      if (dump.has("threshold")) {
        double around = normalised - value("threshold", 0) + 0.5;
        variants.add(normalised("(score − threshold)/(high − low) + 0.5, as anomalib", around));
        variants.add(
            normalised(
                "(score − threshold)/(high − low) + 0.5, cut to 0 … 1, as anomalib",
                Math.clamp(around, 0, 1)));
      }
    }
    return Optional.of(Variants.stage("normalised", FROM, variants));
  }

  private Variant normalised(String how, double value) {
    double wanted = value("normalised", 0);
    double scale = Math.max(1, Math.abs(wanted));
    double error = Math.abs(value - wanted) / scale;
    List<String> recipes = how.endsWith("low)") ? Variants.recipes(recipe -> true) : List.of();
    return Variants.of(how, recipes, Double.isNaN(error) ? Double.POSITIVE_INFINITY : error);
  }

  /**
   * The threshold of {@code b} by those of {@code a}; empty where it is another one.
   *
   * @param mine the name of {@code a}
   * @param others the name of {@code b}
   */
  static Optional<String> threshold(Dump a, String mine, Dump b, String others) {
    CalibrationVariants first = new CalibrationVariants(a);
    double other = new CalibrationVariants(b).value("threshold", 0);
    if (!a.has("range")) {
      return Optional.empty();
    }
    double low = first.value("range", 0);
    double high = first.value("range", 1);
    double raw = low + first.value("threshold", 0) * (high - low);
    if (Math.abs(other - raw) <= 1e-3 * Math.abs(raw)) {
      return Optional.of(
          others
              + "'s threshold "
              + (float) other
              + " is on the scale of scores that are not normalised, "
              + mine
              + "'s "
              + (float) first.value("threshold", 0)
              + " on that of normalised ones");
    }
    return other == 0.5
        ? Optional.of(others + "'s threshold is 0.5, where anomalib's normalised scores have it")
        : Optional.empty();
  }

  Optional<Stage> verdict() {
    if (!dump.has("verdict", "threshold") || !dump.has("normalised") && !dump.has("score")) {
      return Optional.empty();
    }
    double threshold = value("threshold", 0);
    List<Variant> variants = new ArrayList<>();
    for (String name : List.of("normalised", "score")) {
      if (dump.has(name)) {
        double score = value(name, 0);
        List<String> recipes =
            name.equals("normalised") ? Variants.recipes(recipe -> true) : List.of();
        variants.add(verdict(name + " ≥ threshold", recipes, score >= threshold));
        variants.add(verdict(name + " > threshold", List.of(), score > threshold));
        variants.add(verdict(name + " < threshold", List.of(), score < threshold));
      }
    }
    return Optional.of(Variants.stage("verdict", FROM, variants));
  }

  private Variant verdict(String how, List<String> recipes, boolean anomalous) {
    return Variants.of(how, recipes, Math.abs((anomalous ? 1 : 0) - value("verdict", 0)));
  }
}
