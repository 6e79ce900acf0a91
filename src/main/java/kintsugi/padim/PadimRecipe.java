package kintsugi.padim;

import java.util.List;
import kintsugi.detector.Choice;
import kintsugi.detector.DisplayRange;
import kintsugi.detector.LayerScale;
import kintsugi.detector.Recipe;
import kintsugi.engine.Border;
import kintsugi.engine.Upsampling;
import kintsugi.image.Interpolation;
import kintsugi.image.Preprocessing;
import kintsugi.image.TargetSize;
import kintsugi.metric.ThresholdRule;
import kintsugi.scoremap.ImageScore;
import kintsugi.scoremap.ScoreMaps;

/**
 * The choices of PaDiM. Its three published versions and ours are constants of this class.
 *
 * @param name {@code padim/version}
 * @param preprocessing how an image becomes the network's input
 * @param taps the feature layers, finest first
 * @param layers what becomes of each layer before its channels are drawn
 * @param draw which of the layers' channels are kept
 * @param covariance how covariances are regularised
 * @param map how patch distances become a score map
 * @param score how the map becomes an image score
 * @param threshold how calibration finds the threshold
 */
public record PadimRecipe(
    String name,
    Preprocessing preprocessing,
    List<String> taps,
    Layers layers,
    ChannelDraw draw,
    Covariance covariance,
    ScoreMaps map,
    ImageScore score,
    ThresholdRule threshold)
    implements Recipe {

  /**
   * The way from a layer to what a patch takes of it. The published versions take its vectors as
   * they are: a neighbourhood of 1, no scale.
   *
   * @param neighbourhood rows and columns whose mean a patch takes, odd
   * @param scale how the layers come to one scale
   */
  public record Layers(int neighbourhood, LayerScale scale) {
    /** The vectors as they are. */
    public static final Layers AS_THEY_ARE = new Layers(1, LayerScale.NONE);

    /**
     * Checks the side.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Layers {
      Recipe.require(
          neighbourhood > 0 && neighbourhood <= MAXIMUM_SIDE && neighbourhood % 2 == 1,
          "neighbourhood: odd, from 1 to " + MAXIMUM_SIDE);
    }
  }

  /**
   * The covariances: the patches that they are those of, and their regularisation, {@code Σ + ε·I}.
   *
   * @param epsilon the value added to the diagonal
   * @param window rows and columns of the window of positions whose patches a position's Gaussian
   *     is that of, odd; 1, as published, for its own alone. A larger one learns from more patches
   *     than there are images, and forgives a shift of the part
   */
  public record Covariance(double epsilon, int window) {
    /** Far above every variance, where the distance has long become Euclidean. */
    private static final double MAXIMUM = 1e9;

    /**
     * The covariances of every position's own patches.
     *
     * @param epsilon the value added to the diagonal
     */
    public Covariance(double epsilon) {
      this(epsilon, 1);
    }

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if epsilon is not from 0 to 1e9, or the window not odd and
     *     from 1 to 99
     */
    public Covariance {
      Recipe.require(epsilon >= 0 && epsilon <= MAXIMUM, "epsilon: from 0 to 1e9");
      Recipe.require(
          window > 0 && window <= MAXIMUM_SIDE && window % 2 == 1,
          "window: odd, from 1 to " + MAXIMUM_SIDE);
    }
  }

  /** The patches along the side of a large image. */
  private static final int MAXIMUM_SIDE = 99;

  private static final TargetSize SQUARE_256 = new TargetSize.Exact(256, 256);
  private static final TargetSize SQUARE_224 = new TargetSize.Exact(224, 224);
  private static final List<String> LAYERS = List.of("layer1", "layer2", "layer3");

  /**
   * Ours, the default: for images of which nothing is known but that they are good. The input keeps
   * the images' aspect and all of their area, its size follows from theirs ({@link
   * TargetSize.Auto}) up to 384x384, beyond which the covariances need much memory, and their order
   * changes nothing.
   */
  public static final PadimRecipe KINTSUGI =
      new PadimRecipe(
          "padim/kintsugi",
          new Preprocessing(
              new TargetSize.Auto(256, 384), Interpolation.BILINEAR, new TargetSize.Same()),
          LAYERS,
          new Layers(3, LayerScale.IMAGE),
          ChannelDraw.withoutReplacement(100),
          new Covariance(1e-4, 3),
          new ScoreMaps(Upsampling.BILINEAR, 4, Border.REPLICATE),
          ImageScore.parse("top-1%"),
          ThresholdRule.MAX_F1);

  /** The published MATLAB example on concrete cracks: taps before the residual is added. */
  public static final PadimRecipe MATLAB =
      new PadimRecipe(
          "padim/matlab",
          new Preprocessing(SQUARE_256, Interpolation.BILINEAR, SQUARE_224),
          List.of("layer1.1.bn2", "layer2.1.bn2", "layer3.1.bn2"),
          Layers.AS_THEY_ARE,
          ChannelDraw.withReplacement(100),
          new Covariance(0.01),
          new ScoreMaps(Upsampling.BILINEAR, 4, Border.REPLICATE),
          ImageScore.MEAN,
          ThresholdRule.YOUDEN);

  /** anomalib's version: it adds 0.01 to the covariance and 1e-5 more where it inverts. */
  public static final PadimRecipe ANOMALIB =
      new PadimRecipe(
          "padim/anomalib",
          new Preprocessing(SQUARE_256, Interpolation.BILINEAR, new TargetSize.Same()),
          LAYERS,
          Layers.AS_THEY_ARE,
          ChannelDraw.withoutReplacement(100),
          new Covariance(0.01 + 1e-5),
          new ScoreMaps(Upsampling.BILINEAR, 4, Border.REFLECT),
          ImageScore.MAX,
          ThresholdRule.MAX_F1);

  /** The paper's section IV-A; its blur is taken to be SciPy's. */
  public static final PadimRecipe PAPER =
      new PadimRecipe(
          "padim/paper",
          new Preprocessing(new TargetSize.ShorterSide(256), Interpolation.BILINEAR, SQUARE_224),
          LAYERS,
          Layers.AS_THEY_ARE,
          ChannelDraw.withoutReplacement(100),
          new Covariance(0.01),
          new ScoreMaps(Upsampling.BICUBIC, 4, Border.SYMMETRIC),
          ImageScore.MAX,
          ThresholdRule.MAX_F1);

  /** The choices in addition to those that every recipe has. */
  static final List<Choice> CHOICES =
      List.of(
          Choice.of(
              "neighbourhood",
              "layers.neighbourhood",
              "N",
              "Side of a patch's neighbourhood, odd."),
          LayerScale.choice("layers.scale"),
          Choice.of(
                  "channels", "draw.count", "N|all", "How many of the layers' channels are drawn.")
              .orAbsent("all"),
          Choice.of(
              "replacement", "draw.replacement", "", "Draw channels with replacement, or without."),
          Choice.of(
              "epsilon", "covariance.epsilon", "X", "Value added to the covariance's diagonal."),
          Choice.of(
              "window",
              "covariance.window",
              "N",
              "Side of the window of positions that share their patches, odd; 1 for none."),
          Choice.of(
              "score", "score", "HOW", "Image score of the map: max, mean, top-K or top-P%."));

  /**
   * Checks the layers.
   *
   * @throws IllegalArgumentException if there is none, or one twice
   */
  public PadimRecipe {
    taps = List.copyOf(taps);
    Recipe.require(!taps.isEmpty(), "taps: at least one");
    Recipe.require(taps.stream().distinct().count() == taps.size(), "taps: each at most once");
  }

  @Override
  public boolean ordersImages() {
    return name.startsWith(KINTSUGI.name);
  }

  @Override
  public DisplayRange display() {
    return DisplayRange.FROM_ZERO;
  }
}
