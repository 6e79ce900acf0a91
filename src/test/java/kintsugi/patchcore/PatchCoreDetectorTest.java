package kintsugi.patchcore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import kintsugi.InputException;
import kintsugi.backbone.ResNet;
import kintsugi.dataset.ImageFolder;
import kintsugi.dataset.Sample;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.Calibration;
import kintsugi.detector.Choices;
import kintsugi.detector.Explanation;
import kintsugi.detector.Fit;
import kintsugi.detector.InputSize;
import kintsugi.detector.Model;
import kintsugi.detector.Progress;
import kintsugi.detector.Recipe;
import kintsugi.detector.Scored;
import kintsugi.detector.Session;
import kintsugi.detector.TrainingImages;
import kintsugi.engine.Parallel;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.experiment.Evaluation;
import kintsugi.experiment.EvaluationRun;
import kintsugi.image.Decoding;
import kintsugi.image.ImageSource;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The whole path on drawn images with random weights: needs nothing but the clone. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PatchCoreDetectorTest {
  @TempDir static Path folder;

  /** Small, so that the scalar engine can keep up. */
  private static final Recipe RECIPE = Choices.with(PatchCoreRecipe.MATLAB, Map.of("ratio", 0.2));

  private final Parallel parallel = new Parallel(2);
  private final Weights weights = ResNet.randomWeights(1);
  private Session session;
  private List<ImageSource> normal;
  private List<ImageSource> anomalous;

  @BeforeAll
  void draw() {
    SyntheticConcrete.write(folder, 10, 4, 2);
    normal = images(SyntheticConcrete.NORMAL);
    anomalous = images(SyntheticConcrete.ANOMALOUS);
    session = Session.strict(new VectorEngine(parallel), parallel, weights);
  }

  private static List<ImageSource> images(String name) {
    return ImageFolder.list(folder.resolve(name)).stream().map(ImageSource::of).toList();
  }

  @AfterAll
  void close() {
    parallel.close();
  }

  private Model fit(Session session, Recipe recipe, int from, int to) {
    return fitted(session, recipe, normal.subList(from, to)).finish();
  }

  private static Fit fitted(Session session, Recipe recipe, List<ImageSource> images) {
    Fit fit = new PatchCoreMethod().fit(session, recipe, 1);
    fit.add(images);
    return fit;
  }

  private static List<Scored> scored(Model model, List<ImageSource> images) {
    return model.detector().score(images, "test").toList();
  }

  private static MemoryBankSummary summary(Model model) {
    return (MemoryBankSummary) model.detector().summary();
  }

  @Test
  void cracksScoreHigherThanConcreteAndAModelFileHasTheSameBits() {
    Model model = fit(session, RECIPE, 0, 6);
    // Images of 227 become 91, which layer 2 sees as 12x12 patches.
    assertThat(model.detector().inputSize()).isEqualTo(new InputSize(91, 91));
    assertThat(summary(model))
        .extracting(MemoryBankSummary::patches, MemoryBankSummary::bankSize)
        .containsExactly(864L, 172);
    List<Sample> samples = new ArrayList<>();
    List<ImageSource> good = normal.subList(6, 10);
    good.forEach(image -> samples.add(Sample.normal(image.file().orElseThrow())));
    anomalous.forEach(
        image -> samples.add(new Sample(image.file().orElseThrow(), true, "cracked", null)));
    Calibration calibration = Calibration.of(model, good, anomalous, Optional.empty());
    assertThat(calibration.rule()).isEqualTo(RECIPE.threshold());
    assertThat(calibration.displayLow()).isEqualTo(calibration.low());
    assertThat(calibration.displayHigh()).isCloseTo(0.7 * calibration.high(), within(1e-12));
    Evaluation evaluation;
    try (EvaluationRun run =
        new EvaluationRun(model.with(calibration), samples, Evaluation.PixelOptions.USUAL)) {
      run.forEachRemaining(judged -> assertThat(judged.mask()).isEmpty());
      evaluation = run.evaluation();
    }
    assertThat(evaluation.roc().area()).isGreaterThan(0.9);
    assertThat(evaluation.pixels()).isEmpty();
    Path file = folder.resolve("model.safetensors");
    model.with(calibration).save(file);
    Model loaded = Model.load(file, session);
    assertThat(loaded.detector().recipe()).isEqualTo(RECIPE);
    assertThat(loaded.detector().summary()).isEqualTo(model.detector().summary());
    assertThat(scored(loaded, anomalous).get(1).map().data())
        .isEqualTo(scored(model, anomalous).get(1).map().data());
  }

  @Test
  void engineThreadsAndBatchChangeNoBit() {
    Scored expected = scored(fit(session, RECIPE, 0, 4), anomalous).get(2);
    try (Parallel one = new Parallel(1)) {
      Session single = Session.strict(new ScalarEngine(one), one, weights);
      Scored alone = scored(fit(single, RECIPE, 0, 4), anomalous.subList(2, 3)).getFirst();
      assertThat(alone.distances().data()).isEqualTo(expected.distances().data());
      assertThat(alone.score()).isEqualTo(expected.score());
    }
  }

  private Session session(Session.Options options) {
    return new Session(session.engine(), parallel, weights, options);
  }

  @Test
  void patchesInAFileMakeTheSameBank() throws IOException {
    Session poor =
        session(
            new Session.Options(
                Progress.SILENT,
                false,
                1000,
                Decoding.DEFAULT_MAX_PIXELS,
                () -> false,
                line -> {}));
    assertThat(fit(poor, RECIPE, 0, 4).detector().tensors().get("memory_bank").bytes())
        .isEqualTo(fit(session, RECIPE, 0, 4).detector().tensors().get("memory_bank").bytes());
    try (var left = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      assertThat(left.filter(f -> f.getFileName().toString().startsWith("kintsugi-rows")))
          .isEmpty();
    }
  }

  @Test
  void aFitThatIsGivenUpReleasesItsFile() throws IOException {
    Path maps = Path.of("/proc/self/maps");
    assumeThat(maps).exists();
    Session poor =
        session(
            new Session.Options(
                Progress.SILENT,
                false,
                1000,
                Decoding.DEFAULT_MAX_PIXELS,
                () -> false,
                line -> {}));
    try (Fit fit = fitted(poor, RECIPE, normal.subList(0, 4))) {
      assertThat(fit.count()).isEqualTo(4);
      assertThat(Files.readString(maps)).contains("kintsugi-rows");
    }
    assertThat(Files.readString(maps)).doesNotContain("kintsugi-rows");
  }

  @Test
  void partialFitsMergeToTheSameBank() {
    Path[] files = {folder.resolve("a.safetensors"), folder.resolve("b.safetensors")};
    for (int i = 0; i < 2; i++) {
      fitted(session, RECIPE, normal.subList(3 * i, 3 * i + 3)).save(files[i]);
    }
    Fit merged = Fit.load(files[0], session);
    merged.merge(Fit.load(files[1], session));
    assertThat(merged.count()).isEqualTo(6);
    Model expected = fit(session, RECIPE, 0, 6);
    Model actual = merged.finish();
    assertThat(actual.detector().summary()).isEqualTo(expected.detector().summary());
    assertThat(actual.detector().tensors().get("memory_bank").bytes())
        .isEqualTo(expected.detector().tensors().get("memory_bank").bytes());
  }

  @Test
  void anExplanationDividesTheSquaredDistanceAmongTheChannels() {
    Model model = fit(session, RECIPE, 0, 4);
    Calibration calibration = Calibration.of(model, normal, List.of(), Optional.empty());
    Scored scored = scored(model, anomalous).get(1);
    Explanation.Patch worst =
        Explanation.of(scored, model.detector(), calibration, 0.5, 384).patches().getFirst();
    Tensor bank = model.detector().tensors().get("memory_bank").tensor();
    float[] patch = scored.patch(worst.row() * 12 + worst.column());
    double minimum = Double.POSITIVE_INFINITY;
    double[] fractions = new double[384];
    for (int row = 0; row < bank.dim(0); row++) {
      double[] squares = new double[384];
      for (int k = 0; k < 384; k++) {
        squares[k] = Math.pow(patch[k] - bank.data()[row * 384 + k], 2);
      }
      double sum = Arrays.stream(squares).sum();
      if (sum < minimum) {
        minimum = sum;
        fractions = Arrays.stream(squares).map(s -> -s / sum).sorted().map(s -> -s).toArray();
      }
    }
    assertThat(worst.distance()).isCloseTo(Math.sqrt(minimum), within(1e-5));
    assertThat(worst.channels().stream().mapToDouble(Explanation.Channel::share).toArray())
        .containsExactly(fractions, within(1e-6));
    assertThat(worst.channels()).anyMatch(c -> c.tap().equals("layer3") && c.channel() < 256);
  }

  @Test
  void savedOnTheWayItContinuesAsIfItHadNotBeen() {
    Fit fit = fitted(session, RECIPE, normal.subList(0, 3));
    fit.save(folder.resolve("way.safetensors"));
    fit.add(normal.subList(3, 6));
    Model expected = fit(session, RECIPE, 0, 6);
    assertThat(fit.finish().detector().tensors().get("memory_bank").bytes())
        .isEqualTo(expected.detector().tensors().get("memory_bank").bytes());
  }

  @Test
  void aBankGrowsByTheNewPatchesThatAreFarFromIt() {
    for (String projection : List.of("none", "dense:32")) {
      Recipe recipe = Choices.with(RECIPE, Map.of("projection", projection));
      Path file = folder.resolve("grown.safetensors");
      Model old = fit(session, recipe, 0, 4);
      old.save(file);
      Fit grown = Fit.load(file, session);
      grown.add(normal.subList(4, 8));
      Model model = grown.finish();
      assertThat(summary(model).images()).isEqualTo(8);
      assertThat(summary(model).patches()).isEqualTo(8 * 144);
      assertThat(summary(model).bankSize()).isEqualTo(2 * summary(old).bankSize());
      float[] first = old.detector().tensors().get("memory_bank").floats();
      float[] both = model.detector().tensors().get("memory_bank").floats();
      assertThat(Arrays.copyOf(both, first.length)).isEqualTo(first);
      // The covering property: every new patch lies within the radius of the bank.
      if (projection.equals("none")) {
        double maximum = 0;
        for (Scored scored : scored(model, normal.subList(0, 8))) {
          for (float distance : scored.distances().data()) {
            maximum = Math.max(maximum, distance);
          }
        }
        assertThat(maximum).isCloseTo(summary(model).coveringRadius(), within(1e-4));
      }
      // The old patches are the first centres: of the same images none is taken twice.
      Fit again = Fit.load(file, session);
      again.add(normal.subList(0, 4));
      assertThat(distinctRows(again.finish())).isEqualTo(2 * summary(old).bankSize());
      Path other = folder.resolve("other.safetensors");
      fit(session, recipe, 4, 8).save(other);
      Fit two = Fit.load(file, session);
      two.merge(Fit.load(other, session));
      assertThat(summary(two.finish()).bankSize()).isEqualTo(2 * summary(old).bankSize());
    }
  }

  private static int distinctRows(Model model) {
    Tensor bank = model.detector().tensors().get("memory_bank").tensor();
    Set<List<Float>> rows = new HashSet<>();
    for (int row = 0; row < bank.dim(0); row++) {
      List<Float> values = new ArrayList<>();
      for (float value : bank.part(row).data()) {
        values.add(value);
      }
      rows.add(values);
    }
    return rows.size();
  }

  @Test
  void interruptedItKeepsWhatItHas() {
    Session hasty =
        session(
            new Session.Options(
                Progress.SILENT,
                false,
                Long.MAX_VALUE,
                Decoding.DEFAULT_MAX_PIXELS,
                () -> true,
                line -> {}));
    MemoryBankSummary cut = summary(fit(hasty, RECIPE, 0, 6));
    assertThat(cut.bankSize()).isBetween(1, 100);
    assertThat(cut.coveringRadius())
        .isGreaterThan(summary(fit(session, RECIPE, 0, 6)).coveringRadius());
  }

  @Test
  void sizeRadiusAndRatioEndTheSearch() {
    Recipe seventeen = Choices.with(RECIPE, Map.of("bank_size", 17));
    assertThat(summary(fit(session, seventeen, 0, 4)).bankSize()).isEqualTo(17);
    double radius = summary(fit(session, RECIPE, 0, 4)).coveringRadius();
    Recipe twice = Choices.with(RECIPE, Map.of("radius", 2 * radius));
    MemoryBankSummary wide = summary(fit(session, twice, 0, 4));
    assertThat(wide.coveringRadius()).isLessThanOrEqualTo(2 * radius);
    assertThat(wide.bankSize()).isBetween(1, 114);
    assertThatThrownBy(() -> fit(session, Choices.with(RECIPE, Map.of("ratio", 1e-5)), 0, 4))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("a ratio of 1.0E-5 keeps none of 576 patches; raise it (ratio)");
  }

  @Test
  void imagesThatAreAllTheSameAreNamed() {
    List<ImageSource> same = Collections.nCopies(6, normal.getFirst());
    Fit fit = fitted(session, Choices.with(RECIPE, Map.of("ratio", 0.5)), same);
    assertThatThrownBy(fit::finish)
        .isInstanceOf(InputException.class)
        .hasMessageContaining("only 144 of 864 patches differ where 432 are wanted");
  }

  @Test
  void anotherSizeIsRefusedOrBroughtToTheModels() {
    Model model = fit(session, RECIPE, 0, 4);
    Recipe half = Choices.with(RECIPE, Map.of("resize", "scale:0.2"));
    Model other =
        new Model(model.detector().with(half), Optional.empty(), "w", 1, TrainingImages.UNKNOWN);
    assertThatThrownBy(() -> scored(other, anomalous))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("becomes 46x46 where 91x91 is needed", "(any-size)");
    assertThat(scored(other.forAnySize(), anomalous)).hasSize(4);
    assertThat(scored(other.forAnySize(), anomalous).getFirst().map().data())
        .isEqualTo(scored(model, anomalous).getFirst().map().data());
  }

  @Test
  void theAuthorsRecipeRuns() {
    Recipe recipe =
        Choices.with(
            PatchCoreRecipe.AMAZON, Map.of("resize", "96x96", "crop", "same", "ratio", 0.05));
    Model model = fit(session, recipe, 0, 3);
    assertThat(summary(model).directions()).isEqualTo(128);
    assertThat(summary(model).bankSize()).isEqualTo(21);
    Tensor map = scored(model, anomalous).getFirst().map();
    assertThat(map.shape()).containsExactly(96, 96);
    Calibration calibration = Calibration.of(model, normal, List.of(), Optional.empty());
    Scored first = scored(model, anomalous).getFirst();
    Explanation explanation = Explanation.of(first, model.detector(), calibration, 0.5, 3);
    assertThat(explanation.patches()).hasSize(3);
    assertThat(explanation.patches().getFirst().channels().getFirst().tap()).isEqualTo("embedding");
  }

  @Test
  void anImageTooSmallForTheNetworkIsNamed() {
    Recipe narrow = Choices.with(RECIPE, Map.of("resize", "60x30"));
    assertThatThrownBy(() -> fitted(session, narrow, normal.subList(0, 2)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(
            normal.getFirst()
                + ": is too small: its layer3 has 4x2 positions where a neighbourhood has 3x3");
  }
}
