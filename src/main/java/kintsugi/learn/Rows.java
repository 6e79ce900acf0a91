package kintsugi.learn;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import kintsugi.detector.Choices;
import kintsugi.detector.Recipe;
import kintsugi.metric.AurocInterval;
import kintsugi.metric.Bootstrap;
import kintsugi.metric.ThresholdRule;

/** The rows of the table of candidates. */
final class Rows {
  /** The choices by which candidates differ. */
  private static final List<String> TOLD =
      List.of(
          "resize", "tile", "taps", "layer_scale", "ratio", "bank_size", "score", "reweighting");

  private Rows() {}

  static Learnt.Row of(Evidence evidence, List<Item> items, Choosing choosing, ThresholdRule rule) {
    Errors errors = Errors.NONE;
    for (int fold = 0; fold < Judge.FOLDS; fold++) {
      errors = errors.and(Errors.of(evidence, items, rule, fold));
    }
    double auroc = choosing.merit(evidence, OptionalInt.empty());
    int good = (int) items.stream().filter(i -> i.truth() == Item.Truth.GOOD).count();
    int bad = (int) items.stream().filter(i -> i.truth() == Item.Truth.BAD).count();
    return new Learnt.Row(
        evidence.recipe().name(),
        choices(evidence.recipe()),
        auroc,
        Double.isNaN(auroc)
            ? new Bootstrap.Interval(Double.NaN, Double.NaN)
            : AurocInterval.of(auroc, good, effective(bad, items.size() - good - bad)),
        evidence.aupro(),
        (int) Math.round((double) errors.falseAlarms() / (Judge.FOLDS - 1)),
        errors.good() / (Judge.FOLDS - 1),
        evidence.cost().perImage(),
        Costs.isFixed(evidence.recipe())
            ? evidence.cost().modelBytes()
            : evidence.cost().modelBytes() * Judge.FOLDS,
        "");
  }

  /**
   * How many images of equal weight tell as much as bad ones and synthetic ones together, whose
   * weights differ: {@code (Σ w)² / Σ w²} (L. Kish, <i>Survey Sampling</i>, 1965).
   */
  private static int effective(int bad, int synthetic) {
    double sum = Choosing.BAD_WEIGHT * bad + synthetic;
    double squares = Choosing.BAD_WEIGHT * Choosing.BAD_WEIGHT * bad + synthetic;
    return (int) Math.round(sum * sum / squares);
  }

  static Learnt.Row untried(Recipe recipe, String why) {
    return new Learnt.Row(
        recipe.name(),
        choices(recipe),
        Double.NaN,
        new Bootstrap.Interval(Double.NaN, Double.NaN),
        Double.NaN,
        0,
        0,
        Double.NaN,
        0,
        why);
  }

  /** The choices that tell candidates apart. */
  static Map<String, String> choices(Recipe recipe) {
    Map<String, Object> all = Choices.of(recipe);
    Map<String, String> told = new LinkedHashMap<>();
    for (String name : TOLD) {
      Object value = all.get(name);
      if (value != null && !value.equals("none")) {
        told.put(name, value instanceof List<?> list ? joined(list) : value.toString());
      }
    }
    if (told.containsKey("bank_size")) {
      told.remove("ratio");
    }
    return told;
  }

  private static String joined(List<?> values) {
    return String.join(",", values.stream().map(Object::toString).toList());
  }

  /** A candidate in a few words. */
  static String name(Recipe recipe) {
    StringBuilder name = new StringBuilder(recipe.name().replace("*", ""));
    choices(recipe)
        .forEach((choice, value) -> name.append(", ").append(choice).append(' ').append(value));
    return name.toString();
  }

  static String milliseconds(double value) {
    return String.format(Locale.ROOT, "%.0f ms", value);
  }
}
