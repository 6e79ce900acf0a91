package kintsugi.examples.meanpatch;

import java.util.List;
import kintsugi.detector.DisplayRange;
import kintsugi.detector.Recipe;
import kintsugi.engine.Border;
import kintsugi.engine.Upsampling;
import kintsugi.image.Interpolation;
import kintsugi.image.Preprocessing;
import kintsugi.image.TargetSize;
import kintsugi.metric.ThresholdRule;
import kintsugi.scoremap.ScoreMaps;

/**
 * The choices of the mean patch.
 *
 * @param name {@code meanpatch/version}
 * @param preprocessing how an image becomes the network's input
 * @param taps the feature layer, a single one
 * @param power of the distance that is a patch's score
 * @param map how patch distances become a score map
 * @param threshold how calibration finds the threshold
 */
public record MeanPatchRecipe(
    String name,
    Preprocessing preprocessing,
    List<String> taps,
    double power,
    ScoreMaps map,
    ThresholdRule threshold)
    implements Recipe {

  /** The only version. */
  static final MeanPatchRecipe PLAIN =
      new MeanPatchRecipe(
          "meanpatch/plain",
          new Preprocessing(
              new TargetSize.Exact(224, 224), Interpolation.BILINEAR, new TargetSize.Same()),
          List.of("layer2"),
          2,
          new ScoreMaps(Upsampling.BILINEAR, 4, Border.REPLICATE),
          ThresholdRule.MAX_F1);

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public MeanPatchRecipe {
    Recipe.require(taps.size() == 1, "taps: a single layer");
    Recipe.require(power > 0 && power <= 4, "power: above 0 and at most 4");
    taps = List.copyOf(taps);
  }

  @Override
  public DisplayRange display() {
    return DisplayRange.FROM_ZERO;
  }
}
