package kintsugi.detector;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import kintsugi.engine.Border;
import kintsugi.engine.Upsampling;
import kintsugi.image.Interpolation;
import kintsugi.image.TargetSize;
import kintsugi.metric.ThresholdRule;
import kintsugi.scoremap.ImageScore;

/**
 * The choices of PaDiM beside those that every recipe has.
 *
 * @param name its name
 * @param resize the size before the crop
 * @param interpolation the filter of the resize
 * @param crop the centre crop
 * @param taps the layers, finest first
 * @param channels how many of the layers' channels are kept; 0 for all
 * @param replacement whether the channels are drawn with replacement
 * @param epsilon what is added to the covariance's diagonal
 * @param mapInterpolation how distances become a map
 * @param blurSigma standard deviation of the map's blur, in pixels
 * @param border what the blur sees beyond the edge
 * @param score what makes one number of a map
 * @param threshold how calibration finds it
 */
public record PadimRecipe(
    String name,
    TargetSize resize,
    Interpolation interpolation,
    TargetSize crop,
    List<String> taps,
    int channels,
    boolean replacement,
    double epsilon,
    Upsampling mapInterpolation,
    double blurSigma,
    Border border,
    ImageScore score,
    ThresholdRule threshold)
    implements Recipe {

  private static final List<String> LAYERS = List.of("layer1", "layer2", "layer3");

  /** The published MATLAB example on concrete cracks: taps before the residual is added. */
  public static final PadimRecipe MATLAB =
      new PadimRecipe(
          "padim/matlab",
          new TargetSize.Exact(256, 256),
          Interpolation.BILINEAR,
          new TargetSize.Exact(224, 224),
          List.of("layer1.1.bn2", "layer2.1.bn2", "layer3.1.bn2"),
          100,
          true,
          0.01,
          Upsampling.BILINEAR,
          4,
          Border.REPLICATE,
          ImageScore.MEAN,
          ThresholdRule.YOUDEN);

  /** anomalib's version: it adds 0.01 to the covariance and 1e-5 more where it inverts. */
  public static final PadimRecipe ANOMALIB =
      new PadimRecipe(
          "padim/anomalib",
          new TargetSize.Exact(256, 256),
          Interpolation.BILINEAR,
          new TargetSize.Same(),
          LAYERS,
          100,
          false,
          0.01 + 1e-5,
          Upsampling.BILINEAR,
          4,
          Border.REFLECT,
          ImageScore.MAX,
          ThresholdRule.MAX_F1);

  /** The paper's section IV-A; its blur is taken to be SciPy's. */
  public static final PadimRecipe PAPER =
      new PadimRecipe(
          "padim/paper",
          new TargetSize.ShorterSide(256),
          Interpolation.BILINEAR,
          new TargetSize.Exact(224, 224),
          LAYERS,
          100,
          false,
          0.01,
          Upsampling.BICUBIC,
          4,
          Border.SYMMETRIC,
          ImageScore.MAX,
          ThresholdRule.MAX_F1);

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if a number is out of range
   */
  public PadimRecipe {
    Recipe.require(!taps.isEmpty(), "taps: at least one");
    Recipe.require(channels >= 0, "channels: above 0, or all");
    Recipe.require(epsilon >= 0, "epsilon: 0 or above");
    Recipe.require(blurSigma >= 0 && blurSigma < 1000, "blur_sigma: 0 or above, below 1000");
    taps = List.copyOf(taps);
  }

  /**
   * Draws this recipe's channels out of {@code available} ones; a seed fixes the draw.
   *
   * @param available how many the layers have
   * @param seed fixes every draw
   * @return indices of channels
   * @throws IllegalArgumentException if more are wanted than there are, without replacement
   */
  public int[] drawChannels(int available, long seed) {
    if (channels == 0) {
      return IntStream.range(0, available).toArray();
    }
    if (!replacement && channels > available) {
      throw new IllegalArgumentException(
          "of " + available + " channels " + channels + " cannot be drawn without replacement");
    }
    Random random = new Random(seed);
    if (replacement) {
      return random.ints(channels, 0, available).toArray();
    }
    return random.ints(0, available).distinct().limit(channels).sorted().toArray();
  }
}
