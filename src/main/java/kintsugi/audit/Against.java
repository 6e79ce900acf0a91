package kintsugi.audit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import kintsugi.InputException;
import kintsugi.detector.Methods;
import kintsugi.detector.Session;

/**
 * The comparison with another implementation's intermediate results, stage by stage. Every stage is
 * computed from the dump's own values of the stage before, in each of the published variants, so
 * that a difference shows where it arises and not in every later stage too.
 */
public final class Against {
  private Against() {}

  /**
   * One way to compute a stage.
   *
   * @param how the choice in words
   * @param recipes the published versions with this choice
   * @param error the maximum difference, as a fraction of the stage's maximum
   * @param agrees whether rounding explains it
   */
  public record Variant(String how, List<String> recipes, double error, boolean agrees) {}

  /**
   * One stage.
   *
   * @param name the name of its result
   * @param from the tensors it was computed from
   * @param variants the ways to compute it, the nearest first
   */
  public record Stage(String name, String from, List<Variant> variants) {

    /** {@return whether a variant has the dump's values} */
    public boolean agrees() {
      return variants.getFirst().agrees;
    }

    /** The same stage with more ways to compute it. */
    Stage with(List<Variant> more) {
      List<Variant> all = new ArrayList<>(variants);
      all.addAll(more);
      return Variants.stage(name, from, all);
    }

    private Set<String> recipes() {
      Set<String> recipes = new LinkedHashSet<>();
      variants.stream().filter(Variant::agrees).forEach(v -> recipes.addAll(v.recipes));
      return recipes;
    }
  }

  /**
   * The result of a comparison.
   *
   * @param stages in the order of the data
   * @param recipes the published versions that agree with every stage
   * @param first the first stage whose values no variant has, or none of the recipes that agree
   *     with the stages before; null where every stage agrees
   * @param causes possible causes of a difference
   */
  public record Verdict(
      List<Stage> stages, List<String> recipes, String first, List<String> causes) {}

  /**
   * Compares.
   *
   * @param session the weights and the engine
   * @param place the dump: a folder or a file
   * @return the verdict
   * @throws InputException if the dump cannot be read, its tensors do not fit one another, or it
   *     holds nothing that can be computed from something else in it
   */
  public static Verdict compare(Session session, Path place) {
    List<Stage> stages = stages(session, place);
    if (stages.isEmpty()) {
      throw new InputException(
          place + ": no stage can be computed from another one in it; see docs/audit.md");
    }
    return verdict(stages);
  }

  private static List<Stage> stages(Session session, Path place) {
    Dump dump = Dump.read(place);
    return fitting("" + place, () -> new DumpStages(session, dump).all());
  }

  /**
   * {@return the result of work on tensors that were read}
   *
   * @param place that they were read from
   * @throws InputException if they do not fit one another
   */
  static <T> T fitting(String place, Supplier<T> work) {
    try {
      return work.get();
    } catch (IllegalArgumentException
        | ArithmeticException
        | IndexOutOfBoundsException
        | NegativeArraySizeException e) {
      throw new InputException(
          place
              + ": its tensors do not fit one another ("
              + e.getMessage()
              + "); see docs/audit.md for their shapes",
          e);
    }
  }

  private static Verdict verdict(List<Stage> stages) {
    Set<String> left = new LinkedHashSet<>();
    Methods.recipes().forEach(recipe -> left.add(recipe.name()));
    for (Stage stage : stages) {
      Set<String> before = new LinkedHashSet<>(left);
      left.retainAll(stage.recipes());
      if (left.isEmpty()) {
        return new Verdict(stages, List.of(), stage.name, causes(stage, before));
      }
    }
    return new Verdict(stages, List.copyOf(left), null, List.of());
  }

  private static List<String> causes(Stage stage, Set<String> recipes) {
    Variant nearest = stage.variants.getFirst();
    if (nearest.agrees) {
      return List.of(
          "its "
              + stage.name
              + " is that of: "
              + nearest.how
              + "; the stages before are those of "
              + String.join(", ", recipes));
    }
    return possible(stage.name);
  }

  /** What a difference in a stage comes from where no variant has its values. */
  static List<String> possible(String stage) {
    return switch (stage) {
      case "pixels" ->
          List.of(
              "another decoder, a colour profile that is applied or not, or another bit depth",
              "an orientation in the file that is followed or not");
      case "input" ->
          List.of(
              "another resize filter, with or without antialias, or another rounding",
              "another size or crop, or pixels in the order BGR",
              "pixels normalised otherwise");
      case "features" ->
          List.of(
              "other weights, or batch norms that were not in evaluation mode",
              "a tap after or before the sum with the residual, or after another block",
              "channels in another order (BGR), or pixels normalised otherwise");
      case "embedding" ->
          List.of(
              "layers in another order, or bilinear where nearest is published",
              "a neighbourhood of another size, or padding that does not count",
              "other channels than those in the dump");
      case "mean" -> List.of("other images than those learnt from");
      case "covariance" ->
          List.of(
              "another epsilon, or no epsilon",
              "divided by N where N − 1 is published, or not centred");
      case "picks" ->
          List.of(
              "a search in a projected space, or in lower precision",
              "an approximate search, or another row to start with");
      case "distances" ->
          List.of(
              "other Gaussians or another memory bank, which one side does not show",
              "squared or not, or the mean over several neighbours",
              "a covariance that is regularised once more where it is inverted");
      case "map" ->
          List.of(
              "another interpolation, or corners that are aligned",
              "another sigma, another kernel length, or another border rule");
      case "normalised", "threshold" ->
          List.of(
              "calibrated with other images, or by another rule",
              "a score that is not normalised, or a threshold on another scale");
      case "verdict" ->
          List.of("a score at the threshold is normal in one, anomalous in the other");
      default ->
          List.of("another rule: the mean, the highest values, or re-weighted by neighbours");
    };
  }
}
