package kintsugi.detector;

import java.util.List;
import java.util.Map;
import kintsugi.engine.Border;
import kintsugi.engine.Upsampling;
import kintsugi.image.Interpolation;
import kintsugi.image.Preprocessing;
import kintsugi.image.TargetSize;
import kintsugi.metric.ThresholdRule;
import kintsugi.scoremap.ImageScore;
import kintsugi.scoremap.ScoreMaps;

/**
 * The choices in which published versions of a method differ. Each has a name, under which the
 * command line sets it and the model file keeps it.
 */
public sealed interface Recipe permits PadimRecipe, PatchCoreRecipe {

  /**
   * {@code algorithm/version}; a star at its end where a choice was set otherwise.
   *
   * @return the name
   */
  String name();

  /** {@return the size of a picture before the crop} */
  TargetSize resize();

  /** {@return the filter of the resize} */
  Interpolation interpolation();

  /** {@return the centre crop} */
  TargetSize crop();

  /** {@return the layers, finest first} */
  List<String> taps();

  /** {@return how the grid of distances becomes a map} */
  Upsampling mapInterpolation();

  /**
   * Standard deviation of the score map's blur, in pixels.
   *
   * @return sigma; 0 for no blur
   */
  double blurSigma();

  /** {@return what the blur sees beyond the edge} */
  Border border();

  /** {@return what makes one number of a map} */
  ImageScore score();

  /** {@return how calibration finds the threshold} */
  ThresholdRule threshold();

  /**
   * From picture to input.
   *
   * @return the two steps
   */
  default Preprocessing preprocessing() {
    return new Preprocessing(resize(), interpolation(), crop());
  }

  /**
   * From distances to maps.
   *
   * @return the two steps
   */
  default ScoreMaps scoreMaps() {
    return new ScoreMaps(mapInterpolation(), blurSigma(), border());
  }

  /** {@return the part of the name before the slash} */
  default String algorithm() {
    return name().substring(0, name().indexOf('/'));
  }

  /**
   * {@return a recipe by its name, or an algorithm's default by the algorithm's}
   *
   * @param name the name
   * @throws IllegalArgumentException if there is none
   */
  static Recipe named(String name) {
    return switch (name) {
      case "padim", "padim/matlab" -> PadimRecipe.MATLAB;
      case "padim/anomalib" -> PadimRecipe.ANOMALIB;
      case "padim/paper" -> PadimRecipe.PAPER;
      case "patchcore", "patchcore/matlab" -> PatchCoreRecipe.MATLAB;
      case "patchcore/anomalib" -> PatchCoreRecipe.ANOMALIB;
      case "patchcore/amazon" -> PatchCoreRecipe.AMAZON;
      default ->
          throw new IllegalArgumentException(
              name
                  + " is no recipe; there are padim/matlab, padim/anomalib, padim/paper, patchcore/matlab,"
                  + " patchcore/anomalib and patchcore/amazon");
    };
  }

  /**
   * Throws, with the rule as message, where a choice breaks it.
   *
   * @param fits whether the rule is kept
   * @param rule the rule
   */
  static void require(boolean fits, String rule) {
    if (!fits) {
      throw new IllegalArgumentException(rule);
    }
  }

  /** {@return all choices by their names, as they are written} */
  default Map<String, Object> choices() {
    return RecipeFormat.choices(this);
  }

  /**
   * {@return the recipe with some choices set otherwise}
   *
   * @param choices values by the choices' names
   * @throws IllegalArgumentException if the recipe has no such choice, or the value is none
   */
  default Recipe with(Map<String, ?> choices) {
    return RecipeFormat.with(this, choices);
  }
}
