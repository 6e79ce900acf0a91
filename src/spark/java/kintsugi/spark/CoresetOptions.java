package kintsugi.spark;

import java.util.function.IntUnaryOperator;
import kintsugi.detector.Recipe;
import kintsugi.patchcore.ChosenPatches;
import kintsugi.patchcore.CoresetSearch;
import kintsugi.patchcore.PatchCoreRecipe;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of the choice of PatchCore's memory bank. */
final class CoresetOptions {
  /** Images of a part, for the usual number of parts. */
  private static final int IMAGES_PER_PART = 250;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--parts",
      paramLabel = "N",
      order = 14,
      description =
          "PatchCore: parts that the patches are chosen from, each of them in one worker's memory or"
              + " its temporary files. The bank depends on their number, but with --exact"
              + " (default: of 250 images, but so few that all parts together keep at most half of"
              + " the patches).")
  private Integer parts;

  @Option(
      names = "--exact",
      order = 15,
      description =
          "PatchCore: the choices of one search of all patches, in some dozens of rounds over the"
              + " workers: the model of one machine.")
  private boolean exact;

  /**
   * Checks that the options are a method's and in range.
   *
   * @throws ParameterException unless they are
   */
  void check(Recipe recipe) {
    if (parts != null && parts < 1) {
      throw new ParameterException(spec.commandLine(), "--parts: 1 or more, not " + parts);
    }
    if ((parts != null || exact) && !(recipe instanceof PatchCoreRecipe)) {
      throw new ParameterException(
          spec.commandLine(),
          (exact ? "--exact" : "--parts")
              + " is PatchCore's; the model of "
              + recipe.method()
              + " is that of one machine however it is divided (--partitions)");
    }
  }

  /** How many parts a number of images has. */
  IntUnaryOperator parts(PatchCoreRecipe.Coreset choices) {
    boolean byRatio = !exact && choices.bankSize().isEmpty();
    int most = byRatio ? Math.max(1, (int) (0.5 / choices.ratio())) : Integer.MAX_VALUE;
    return images ->
        Math.min(
            images,
            parts != null ? parts : Math.clamp(Math.ceilDiv(images, IMAGES_PER_PART), 1, most));
  }

  boolean exact() {
    return exact;
  }

  ChosenPatches chosen(CoresetSearch search) {
    return exact ? search.exact() : search.composable();
  }
}
