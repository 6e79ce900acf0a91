package kintsugi.audit;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import kintsugi.InputException;
import kintsugi.detector.Session;

/**
 * Another implementation's numbers, stage by stage. Every stage is computed from what the dump
 * itself has of the stage before, in each of the published variants, so that a difference shows
 * where it arises and not everywhere behind.
 */
public final class Against {
  static final List<String> PADIM = List.of("padim/matlab", "padim/anomalib", "padim/paper");
  static final List<String> PATCHCORE =
      List.of("patchcore/matlab", "patchcore/anomalib", "patchcore/amazon");

  private Against() {}

  /**
   * One way to compute a stage.
   *
   * @param how what is chosen
   * @param recipes the published versions that choose so
   * @param error the largest difference, as a share of the stage's largest value
   * @param agrees whether that is no more than rounding
   */
  public record Variant(String how, List<String> recipes, double error, boolean agrees) {}

  /**
   * One stage.
   *
   * @param name what comes out of it
   * @param from what it was computed from
   * @param variants the ways to compute it, the nearest first
   */
  public record Stage(String name, String from, List<Variant> variants) {

    /**
     * The verdict.
     *
     * @return whether some published variant gives the dump's numbers
     */
    public boolean agrees() {
      return variants.getFirst().agrees;
    }

    private Set<String> recipes() {
      Set<String> recipes = new LinkedHashSet<>();
      variants.stream().filter(Variant::agrees).forEach(v -> recipes.addAll(v.recipes));
      return recipes;
    }
  }

  /**
   * What the comparison says.
   *
   * @param stages in the order of the data
   * @param recipes the published versions that agree with every stage
   * @param first the first stage that no variant gives, or that none of the recipes of the stages
   *     before has; null where there is none
   * @param causes what may be behind it
   */
  public record Verdict(
      List<Stage> stages, List<String> recipes, String first, List<String> causes) {}

  /**
   * Compares.
   *
   * @param session the weights and the engine
   * @param place the dump: a folder or a file
   * @return the verdict
   * @throws InputException if the dump cannot be read, or holds nothing that can be computed from
   *     something else in it
   */
  public static Verdict compare(Session session, Path place) {
    List<Stage> stages = new DumpStages(session, Dump.read(place)).all();
    if (stages.isEmpty()) {
      throw new InputException(
          place + ": no stage can be computed from another one in it; see docs/audit.md");
    }
    return verdict(stages);
  }

  private static Verdict verdict(List<Stage> stages) {
    Set<String> left = new LinkedHashSet<>(PADIM);
    left.addAll(PATCHCORE);
    for (Stage stage : stages) {
      Set<String> both = new LinkedHashSet<>(left);
      both.retainAll(stage.recipes());
      if (both.isEmpty()) {
        return new Verdict(stages, List.of(), stage.name, causes(stage, left));
      }
      left = both;
    }
    return new Verdict(stages, List.copyOf(left), null, List.of());
  }

  private static List<String> causes(Stage stage, Set<String> recipes) {
    Variant nearest = stage.variants.getFirst();
    if (nearest.agrees) {
      return List.of(
          "its "
              + stage.name
              + " is that of "
              + nearest.how
              + ", while the stages before are those of "
              + String.join(", ", recipes));
    }
    return switch (stage.name) {
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
      case "mean" -> List.of("other pictures than those in train_embedding");
      case "covariance" ->
          List.of(
              "another epsilon, or none", "divided by N where N − 1 is published, or not centred");
      case "picks" ->
          List.of(
              "a search in a projected space, or in lower precision",
              "an approximate search, or another row to start with");
      case "distances" ->
          List.of(
              "squared or not, or the mean over several neighbours",
              "a covariance that is regularised once more where it is inverted");
      case "map" ->
          List.of(
              "another interpolation, or corners that are aligned",
              "another sigma, another reach of the kernel, or another border rule");
      default ->
          List.of("another rule: the mean, the largest values, or re-weighted by neighbours");
    };
  }
}
