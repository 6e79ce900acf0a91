package kintsugi.patchcore;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import kintsugi.InputException;
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
 * The choices of PatchCore. Its three published versions and ours are constants of this class.
 *
 * @param name {@code patchcore/version}
 * @param preprocessing how an image becomes the network's input
 * @param taps the feature layers, finest first
 * @param neighbourhood how a patch embedding sees its surroundings
 * @param coreset which patches the memory bank keeps
 * @param scoring how distances to the bank become scores
 * @param map how patch distances become a score map
 * @param threshold how calibration finds the threshold
 */
public record PatchCoreRecipe(
    String name,
    Preprocessing preprocessing,
    List<String> taps,
    Neighbourhood neighbourhood,
    Coreset coreset,
    Scoring scoring,
    ScoreMaps map,
    ThresholdRule threshold)
    implements Recipe {

  /**
   * The neighbourhood of a patch (section 3.1).
   *
   * @param side rows and columns of the neighbourhood, odd
   * @param dimension elements of a patch embedding; empty for the layers' channels side by side
   * @param scale how the layers come to one scale
   */
  public record Neighbourhood(int side, OptionalInt dimension, LayerScale scale) {
    /** The patches along the side of a large image. */
    private static final int MAXIMUM_SIDE = 99;

    /** More than the layers of the widest network here have together. */
    private static final int MAXIMUM_DIMENSION = 8192;

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public Neighbourhood {
      Recipe.require(
          side > 0 && side <= MAXIMUM_SIDE && side % 2 == 1,
          "neighbourhood: odd, from 1 to " + MAXIMUM_SIDE);
      Recipe.require(
          dimension.orElse(1) > 0 && dimension.orElse(1) <= MAXIMUM_DIMENSION,
          "width: from 1 to " + MAXIMUM_DIMENSION + ", or channels");
    }

    /**
     * A neighbourhood of layers as they are.
     *
     * @param side rows and columns of the neighbourhood, odd
     * @param dimension elements of a patch embedding; empty for the layers' channels side by side
     */
    public Neighbourhood(int side, OptionalInt dimension) {
      this(side, dimension, LayerScale.NONE);
    }
  }

  /**
   * The choice of the patches that the memory bank keeps (section 3.2).
   *
   * @param projection the space in which patches are compared
   * @param firstCentre where the search starts
   * @param ratio the fraction of patches that is kept, unless {@code bankSize} is there
   * @param bankSize how many patches are kept
   * @param radius the covering radius at which the search stops earlier
   * @param candidates of each image how many patches, drawn at random, the search chooses from;
   *     empty for all of them
   */
  public record Coreset(
      RandomProjection projection,
      FirstCentre firstCentre,
      double ratio,
      OptionalInt bankSize,
      OptionalDouble radius,
      OptionalInt candidates) {
    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public Coreset {
      Recipe.require(ratio > 0 && ratio <= 1, "ratio: above 0 and at most 1");
      Recipe.require(bankSize.orElse(1) > 0, "bank_size: above 0, or none");
      Recipe.require(
          radius.orElse(1) > 0 && Double.isFinite(radius.orElse(1)),
          "radius: a finite value above 0, or none");
      Recipe.require(candidates.orElse(1) > 0, "candidates: above 0, or all");
    }

    /**
     * {@return a coreset of a fraction of the patches}
     *
     * @param ratio the fraction
     * @param projection the space in which patches are compared
     * @param firstCentre where the search starts
     */
    public static Coreset of(double ratio, RandomProjection projection, FirstCentre firstCentre) {
      return new Coreset(
          projection,
          firstCentre,
          ratio,
          OptionalInt.empty(),
          OptionalDouble.empty(),
          OptionalInt.empty());
    }

    /**
     * How many patches are chosen.
     *
     * @param patches how many there are
     * @param own how many a bank has already
     * @throws InputException if it is none and the bank has none
     */
    int wanted(long patches, int own) {
      // The product's rounding error should not cost a patch.
      long byRatio = (long) (ratio * patches + 1e-6);
      long wanted = bankSize.isPresent() ? bankSize.getAsInt() - own : byRatio;
      if (wanted < 1 && own == 0) {
        throw new InputException(
            "a ratio of " + ratio + " keeps none of " + patches + " patches; raise it (ratio)");
      }
      return (int) Math.clamp(wanted, 0, Math.min(patches, Integer.MAX_VALUE));
    }

    /**
     * Requires a search to have ended for another reason than that all patches equal a chosen one.
     *
     * @throws InputException if fewer patches differ than are wanted
     */
    void requireDifferent(int chosen, double coveringRadius, int wanted, long patches) {
      if (chosen < wanted && coveringRadius == 0 && radius.isEmpty()) {
        throw new InputException(
            "only "
                + chosen
                + " of "
                + patches
                + " patches differ where "
                + wanted
                + " are wanted; lower the ratio (ratio) or the bank's size (bank-size), or leave"
                + " out images that are the same");
      }
    }
  }

  /** The start of a coreset's search. */
  public enum FirstCentre {
    /** The row of the seed's first draw, which counts. */
    RANDOM,

    /**
     * The row whose mean distance to ten drawn rows is the maximum; those means remain as if they
     * were distances to a centre.
     */
    FARTHEST
  }

  /**
   * The scores of patches and images (section 3.3).
   *
   * @param k nearest neighbours whose mean distance a patch's score is
   * @param squared whether distances are squared
   * @param reweighting neighbours that re-weight the image score (equation 7); empty for none
   * @param image how the patches' scores become an image score
   */
  public record Scoring(int k, boolean squared, OptionalInt reweighting, ImageScore image) {
    /** Neighbours of every patch that a search holds at once; all of a smaller bank's are fewer. */
    private static final int MAXIMUM = 1000;

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public Scoring {
      Recipe.require(k >= 1 && k <= MAXIMUM, "k: from 1 to " + MAXIMUM);
      Recipe.require(
          reweighting.orElse(1) >= 1 && reweighting.orElse(1) <= MAXIMUM,
          "reweighting: from 1 to " + MAXIMUM + ", or none");
    }
  }

  private static final List<String> LAYERS = List.of("layer2", "layer3");
  private static final TargetSize SAME = new TargetSize.Same();
  private static final Neighbourhood MEAN_3X3 = new Neighbourhood(3, OptionalInt.empty());
  private static final Neighbourhood SCALED_MEAN_3X3 =
      new Neighbourhood(3, OptionalInt.empty(), LayerScale.IMAGE);
  private static final Scoring REWEIGHTED =
      new Scoring(1, false, OptionalInt.of(9), ImageScore.MAX);

  /**
   * Ours, the default: for images of which nothing is known but that they are good. The input keeps
   * the images' aspect and all of their area, its size follows from theirs ({@link
   * TargetSize.Auto}), and their order changes nothing.
   */
  public static final PatchCoreRecipe KINTSUGI =
      new PatchCoreRecipe(
          "patchcore/kintsugi",
          new Preprocessing(TargetSize.Auto.USUAL, Interpolation.BILINEAR, SAME),
          LAYERS,
          SCALED_MEAN_3X3,
          Coreset.of(0.02, RandomProjection.NONE, FirstCentre.RANDOM),
          new Scoring(1, false, OptionalInt.empty(), ImageScore.parse("top-1%")),
          new ScoreMaps(Upsampling.BILINEAR, 4, Border.REPLICATE),
          ThresholdRule.MAX_F1);

  /** The published MATLAB example on circuit boards. */
  public static final PatchCoreRecipe MATLAB =
      new PatchCoreRecipe(
          "patchcore/matlab",
          new Preprocessing(new TargetSize.Scaled(0.4), Interpolation.BILINEAR, SAME),
          LAYERS,
          MEAN_3X3,
          Coreset.of(0.1, RandomProjection.NONE, FirstCentre.RANDOM),
          REWEIGHTED,
          new ScoreMaps(Upsampling.BILINEAR, 4, Border.REPLICATE),
          ThresholdRule.MAX_F1);

  /** anomalib's version. */
  public static final PatchCoreRecipe ANOMALIB =
      new PatchCoreRecipe(
          "patchcore/anomalib",
          new Preprocessing(new TargetSize.Exact(256, 256), Interpolation.BILINEAR, SAME),
          LAYERS,
          MEAN_3X3,
          Coreset.of(0.1, RandomProjection.sparse(0.9), FirstCentre.RANDOM),
          REWEIGHTED,
          new ScoreMaps(Upsampling.NEAREST, 4, Border.REFLECT),
          ThresholdRule.MAX_F1);

  /** The authors' own code. */
  public static final PatchCoreRecipe AMAZON =
      new PatchCoreRecipe(
          "patchcore/amazon",
          new Preprocessing(
              new TargetSize.ShorterSide(256),
              Interpolation.BILINEAR,
              new TargetSize.Exact(224, 224)),
          LAYERS,
          new Neighbourhood(3, OptionalInt.of(1024)),
          Coreset.of(0.1, RandomProjection.dense(128), FirstCentre.FARTHEST),
          new Scoring(1, true, OptionalInt.empty(), ImageScore.MAX),
          new ScoreMaps(Upsampling.BILINEAR, 4, Border.SYMMETRIC),
          ThresholdRule.MAX_F1);

  /** The choices in addition to those that every recipe has. */
  static final List<Choice> CHOICES =
      List.of(
          Choice.of(
              "neighbourhood", "neighbourhood.side", "N", "Side of a patch's neighbourhood, odd."),
          Choice.of(
                  "width",
                  "neighbourhood.dimension",
                  "N|channels",
                  "Elements of a patch embedding; channels for the layers' own.")
              .orAbsent("channels"),
          LayerScale.choice("neighbourhood.scale"),
          Choice.of(
              "projection",
              "coreset.projection",
              "HOW",
              "Space of the coreset's search: none, sparse:EPS or dense:N."),
          Choice.of(
              "first_centre",
              "coreset.first_centre",
              "HOW",
              "Start of the coreset's search: random or farthest."),
          Choice.of("ratio", "coreset.ratio", "X", "Fraction of the patches that is kept."),
          Choice.of(
                  "bank_size",
                  "coreset.bank_size",
                  "N|none",
                  "Number of patches that is kept, in place of a ratio.")
              .orAbsent("none"),
          Choice.of(
                  "radius",
                  "coreset.radius",
                  "X|none",
                  "Covering radius at which the coreset's search stops earlier.")
              .orAbsent("none"),
          Choice.of(
                  "candidates",
                  "coreset.candidates",
                  "N|all",
                  "Patches of each image, drawn at random, that the bank's are chosen from.")
              .orAbsent("all"),
          Choice.of("k", "scoring.k", "N", "Nearest neighbours per patch."),
          Choice.of("squared", "scoring.squared", "", "Square the distances, or not."),
          Choice.of(
                  "reweighting",
                  "scoring.reweighting",
                  "N|none",
                  "Neighbours that re-weight the image score.")
              .orAbsent("none"),
          Choice.of(
              "score",
              "scoring.image",
              "HOW",
              "Image score of the patches: max, mean, top-K or top-P%."));

  /**
   * Checks the layers.
   *
   * @throws IllegalArgumentException if there is none, or one twice
   */
  public PatchCoreRecipe {
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
    return DisplayRange.FROM_MINIMUM;
  }
}
