package kintsugi.detector;

import java.util.List;
import kintsugi.engine.Border;
import kintsugi.engine.Upsampling;
import kintsugi.image.Interpolation;
import kintsugi.image.TargetSize;
import kintsugi.metric.ThresholdRule;
import kintsugi.patchcore.RandomProjection;
import kintsugi.scoremap.ImageScore;

/**
 * The choices of PatchCore beside those that every recipe has. The image score is taken of the
 * patches' distances, not of the map.
 *
 * @param name its name
 * @param resize the size before the crop
 * @param interpolation the filter of the resize
 * @param crop the centre crop
 * @param taps the layers, finest first
 * @param neighbourhood the side of a patch's neighbourhood, odd
 * @param width numbers of a patch embedding; 0 for the layers' channels side by side
 * @param projection in which space the coreset is chosen
 * @param firstCentre where the coreset starts
 * @param ratio the share of patches that is kept; counts unless {@code bankSize} does
 * @param bankSize how many patches are kept; 0 leaves it to the ratio
 * @param radius the covering radius at which to stop earlier; 0 never does
 * @param k how many nearest neighbours a patch's score is the mean of
 * @param squared whether that is of squared distances
 * @param reweighting how many neighbours re-weight the image score; 0 leaves it as it is
 * @param mapInterpolation how distances become a map
 * @param blurSigma standard deviation of the map's blur, in pixels
 * @param border what the blur sees beyond the edge
 * @param score what makes one number of the distances
 * @param threshold how calibration finds it
 */
public record PatchCoreRecipe(
    String name,
    TargetSize resize,
    Interpolation interpolation,
    TargetSize crop,
    List<String> taps,
    int neighbourhood,
    int width,
    RandomProjection projection,
    FirstCentre firstCentre,
    double ratio,
    int bankSize,
    double radius,
    int k,
    boolean squared,
    int reweighting,
    Upsampling mapInterpolation,
    double blurSigma,
    Border border,
    ImageScore score,
    ThresholdRule threshold)
    implements Recipe {

  /** Where a coreset starts. */
  public enum FirstCentre {
    /** The row of the seed's first draw, which counts. */
    RANDOM,

    /** The row that is on the mean farthest from ten drawn rows; those means stay as limits. */
    FARTHEST
  }

  private static final List<String> LAYERS = List.of("layer2", "layer3");

  /** The published MATLAB example on circuit boards. */
  public static final PatchCoreRecipe MATLAB =
      new PatchCoreRecipe(
          "patchcore/matlab",
          new TargetSize.Scaled(0.4),
          Interpolation.BILINEAR,
          new TargetSize.Same(),
          LAYERS,
          3,
          0,
          RandomProjection.NONE,
          FirstCentre.RANDOM,
          0.1,
          0,
          0,
          1,
          false,
          9,
          Upsampling.BILINEAR,
          4,
          Border.REPLICATE,
          ImageScore.MAX,
          ThresholdRule.MAX_F1);

  /** anomalib's version. */
  public static final PatchCoreRecipe ANOMALIB =
      new PatchCoreRecipe(
          "patchcore/anomalib",
          new TargetSize.Exact(256, 256),
          Interpolation.BILINEAR,
          new TargetSize.Same(),
          LAYERS,
          3,
          0,
          new RandomProjection(RandomProjection.Kind.SPARSE, 0.9),
          FirstCentre.RANDOM,
          0.1,
          0,
          0,
          1,
          false,
          9,
          Upsampling.NEAREST,
          4,
          Border.REFLECT,
          ImageScore.MAX,
          ThresholdRule.MAX_F1);

  /** The authors' own code. */
  public static final PatchCoreRecipe AMAZON =
      new PatchCoreRecipe(
          "patchcore/amazon",
          new TargetSize.ShorterSide(256),
          Interpolation.BILINEAR,
          new TargetSize.Exact(224, 224),
          LAYERS,
          3,
          1024,
          new RandomProjection(RandomProjection.Kind.DENSE, 128),
          FirstCentre.FARTHEST,
          0.1,
          0,
          0,
          1,
          true,
          0,
          Upsampling.BILINEAR,
          4,
          Border.SYMMETRIC,
          ImageScore.MAX,
          ThresholdRule.MAX_F1);

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if a number is out of range
   */
  public PatchCoreRecipe {
    Recipe.require(!taps.isEmpty(), "taps: at least one");
    Recipe.require(neighbourhood > 0 && neighbourhood % 2 == 1, "neighbourhood: odd and above 0");
    Recipe.require(width >= 0, "width: 0 or above");
    Recipe.require(ratio > 0 && ratio <= 1, "ratio: above 0 and at most 1");
    Recipe.require(bankSize >= 0 && radius >= 0, "bank_size and radius: 0 or above");
    Recipe.require(k >= 1 && reweighting >= 0, "k: at least 1; reweighting: 0 or above");
    Recipe.require(blurSigma >= 0 && blurSigma < 1000, "blur_sigma: 0 or above, below 1000");
    taps = List.copyOf(taps);
  }
}
