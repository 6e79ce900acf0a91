package kintsugi.book;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import kintsugi.Kintsugi;
import kintsugi.detector.Model;
import kintsugi.detector.Recipe;
import kintsugi.detector.Scored;
import kintsugi.engine.Convolutions;
import kintsugi.image.ColourScale;
import kintsugi.image.Interpolation;
import kintsugi.image.Preprocessing;
import kintsugi.image.TargetSize;
import kintsugi.padim.PadimRecipe;
import kintsugi.patchcore.PatchCoreRecipe;
import kintsugi.patchcore.RandomProjection;
import kintsugi.tensor.Tensor;
import kintsugi.weights.WeightsLocator;

/**
 * The book's running example, with the bits of the scalar engine: 60 normal images to learn from,
 * 30 + 30 for the threshold, 30 + 30 to test.
 */
final class Example {
  static final int LEARNT = 60;
  static final List<Concrete> TRAIN = Concrete.draw("train", LEARNT, false, 1);
  static final List<Concrete> CALIBRATE = both("calibrate", 2);
  static final List<Concrete> TEST = both("test", 4);

  /** The drawn images as they are, without resizing or a crop. */
  static final Preprocessing PLAIN =
      new Preprocessing(
          new TargetSize.Exact(Concrete.SIDE, Concrete.SIDE),
          Interpolation.BILINEAR,
          new TargetSize.Same());

  /** The paper's PaDiM on the whole image. */
  static final PadimRecipe PADIM = padim(PadimRecipe.PAPER.taps(), 0.01);

  /** The paper's PatchCore on the whole image, with a hundredth of the patches. */
  static final PatchCoreRecipe PATCHCORE = patchCore(0.01, false, OptionalInt.of(9));

  static final IntFunction<String> GREYS =
      shade -> {
        int grey = (int) (255 * Plot.fraction(shade));
        return hex(grey << 16 | grey << 8 | grey);
      };
  static final IntFunction<String> HEAT = shade -> hex(ColourScale.colour(Plot.fraction(shade)));
  static final IntFunction<String> SIGNED =
      shade -> hex(ColourScale.diverging(2 * Plot.fraction(shade) - 1));

  private static final Map<List<Concrete>, List<Scored>> SCORED = new IdentityHashMap<>();
  private static Kintsugi kintsugi;
  private static Model padim;
  private static Model patchCore;

  private Example() {}

  /** {@return ImageNet's weights and the machine's engine; without weights the test is skipped} */
  static Kintsugi kintsugi() {
    if (kintsugi == null) {
      Optional<Path> weights = WeightsLocator.find(null, Path.of(""));
      assumeTrue(weights.isPresent(), "the figures need ImageNet's weights");
      kintsugi = Kintsugi.builder().weights(weights.get()).convolutions(Convolutions.DIRECT).open();
    }
    return kintsugi;
  }

  static Model padim() {
    padim = padim == null ? fit(PADIM) : padim;
    return padim;
  }

  static Model patchCore() {
    patchCore = patchCore == null ? fit(PATCHCORE) : patchCore;
    return patchCore;
  }

  static PadimRecipe padim(List<String> taps, double epsilon) {
    PadimRecipe paper = PadimRecipe.PAPER;
    return new PadimRecipe(
        "padim/book",
        PLAIN,
        taps,
        paper.layers(),
        paper.draw(),
        new PadimRecipe.Covariance(epsilon),
        paper.map(),
        paper.score(),
        paper.threshold());
  }

  static PatchCoreRecipe patchCore(double ratio, boolean squared, OptionalInt reweighting) {
    PatchCoreRecipe matlab = PatchCoreRecipe.MATLAB;
    return new PatchCoreRecipe(
        "patchcore/book",
        PLAIN,
        matlab.taps(),
        matlab.neighbourhood(),
        PatchCoreRecipe.Coreset.of(
            ratio, RandomProjection.NONE, PatchCoreRecipe.FirstCentre.RANDOM),
        new PatchCoreRecipe.Scoring(1, squared, reweighting, matlab.scoring().image()),
        matlab.map(),
        matlab.threshold());
  }

  /** Lets go of the models and the scores. */
  static void release() {
    SCORED.clear();
    padim = null;
    patchCore = null;
    if (kintsugi != null) {
      kintsugi.close();
      kintsugi = null;
    }
  }

  static Model fit(Recipe recipe) {
    return kintsugi().fit(recipe, 1, TRAIN.stream().map(Concrete::source).toList());
  }

  /** {@return the images' scores, in their order} */
  static List<Scored> score(Model model, List<Concrete> images) {
    try (Stream<Scored> scored =
        model.detector().score(images.stream().map(Concrete::source).toList(), "book")) {
      return scored.toList();
    }
  }

  /** {@return the scores of {@link #padim}, computed once} */
  static List<Scored> padimOf(List<Concrete> images) {
    return SCORED.computeIfAbsent(images, some -> score(padim(), some));
  }

  static double[] scores(List<Scored> scored) {
    return scored.stream().mapToDouble(Scored::score).toArray();
  }

  static boolean[] truth(List<Concrete> images) {
    boolean[] truth = new boolean[images.size()];
    for (int i = 0; i < truth.length; i++) {
      truth[i] = images.get(i).isAnomalous();
    }
    return truth;
  }

  /** {@return a backbone's result at the taps, for one image after a recipe's preprocessing} */
  static Map<String, Tensor> features(
      Concrete image, Preprocessing preprocessing, List<String> taps) {
    Tensor input = preprocessing.apply(image.pixels());
    int[] shape = input.shape();
    Tensor batch = shape.length == 4 ? input : input.reshape(1, shape[0], shape[1], shape[2]);
    return kintsugi().session().backbone(taps).run(batch);
  }

  static String hex(int rgb) {
    return String.format("#%06x", rgb);
  }

  private static List<Concrete> both(String name, long seed) {
    List<Concrete> images = new ArrayList<>(Concrete.draw(name + "-normal", 30, false, seed));
    images.addAll(Concrete.draw(name + "-anomalous", 30, true, seed + 1));
    return images;
  }
}
