package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import kintsugi.InputException;
import kintsugi.backbone.ResNet;
import kintsugi.dataset.PictureFolder;
import kintsugi.dataset.Sample;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.engine.Parallel;
import kintsugi.engine.ScalarEngine;
import kintsugi.engine.VectorEngine;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The whole way on drawn pictures with random weights: needs nothing beside the clone. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PatchCoreDetectorTest {
  @TempDir static Path folder;

  /** Small, so that the scalar engine can keep up. */
  private static final Recipe RECIPE = PatchCoreRecipe.MATLAB.with(Map.of("ratio", 0.2));

  private final Parallel parallel = new Parallel(2);
  private final Weights weights = ResNet.randomWeights(1);
  private Session session;
  private List<Path> normal;
  private List<Path> anomalous;

  @BeforeAll
  void draw() {
    SyntheticConcrete.write(folder, 10, 4, 2);
    normal = PictureFolder.list(folder.resolve(SyntheticConcrete.NORMAL));
    anomalous = PictureFolder.list(folder.resolve(SyntheticConcrete.ANOMALOUS));
    session = Session.strict(new VectorEngine(parallel), parallel, weights);
  }

  @AfterAll
  void close() {
    parallel.close();
  }

  private Model fit(Session session, Recipe recipe, int from, int to) {
    Fit fit = Fit.start(recipe, 1);
    fit.add(session, normal.subList(from, to));
    return Model.of(session, fit);
  }

  private static List<AnomalyDetector.Scored> scored(
      Session session, Model model, List<Path> files) {
    List<AnomalyDetector.Scored> all = new ArrayList<>();
    model.detector().score(session, files, "test", all::add);
    return all;
  }

  private static BankFacts facts(Model model) {
    return (BankFacts) model.detector().facts();
  }

  @Test
  void cracksScoreHigherThanConcreteAndAModelFileGivesTheSameBits() {
    Model model = fit(session, RECIPE, 0, 6);
    // Pictures of 227 become 91, which layer 2 sees as 12x12 patches.
    assertThat(model.detector().inputSize()).isEqualTo(new InputSize(91, 91));
    assertThat(facts(model))
        .extracting(BankFacts::patches, BankFacts::bankSize)
        .containsExactly(864L, 172);
    List<Sample> samples = new ArrayList<>();
    normal.subList(6, 10).stream().map(Sample::normal).forEach(samples::add);
    anomalous.forEach(file -> samples.add(new Sample(file, true, "cracked", null)));
    Calibration calibration = Calibration.of(session, model.detector(), samples, Optional.empty());
    assertThat(calibration.rule()).isEqualTo(RECIPE.threshold());
    assertThat(calibration.displayLow()).isEqualTo(calibration.low());
    assertThat(calibration.displayHigh()).isCloseTo(0.7 * calibration.high(), within(1e-12));
    Evaluation evaluation =
        Evaluation.of(
            session,
            model.with(calibration),
            samples,
            Evaluation.PixelOptions.USUAL,
            seen -> assertThat(seen.mask()).isNull());
    assertThat(evaluation.roc().area()).isGreaterThan(0.9);
    assertThat(evaluation.pixels()).isEmpty();
    Path file = folder.resolve("model.safetensors");
    model.with(calibration).save(file);
    Model loaded = Model.load(file, weights.fingerprint());
    assertThat(loaded.detector().recipe()).isEqualTo(RECIPE);
    assertThat(loaded.detector().facts()).isEqualTo(model.detector().facts());
    assertThat(scored(session, loaded, anomalous).get(1).map().data())
        .isEqualTo(scored(session, model, anomalous).get(1).map().data());
  }

  @Test
  void engineThreadsAndPicturesBesideChangeNoBit() {
    AnomalyDetector.Scored expected = scored(session, fit(session, RECIPE, 0, 4), anomalous).get(2);
    try (Parallel one = new Parallel(1)) {
      Session single = Session.strict(new ScalarEngine(one), one, weights);
      AnomalyDetector.Scored alone =
          scored(single, fit(single, RECIPE, 0, 4), anomalous.subList(2, 3)).getFirst();
      assertThat(alone.distances().data()).isEqualTo(expected.distances().data());
      assertThat(alone.score()).isEqualTo(expected.score());
    }
  }

  @Test
  void patchesInAFileGiveTheSameBank() throws IOException {
    Session poor =
        new Session(session.engine(), parallel, weights, Progress.SILENT, false, 1000, () -> false);
    assertThat(fit(poor, RECIPE, 0, 4).detector().tensors().get("memory_bank").bytes())
        .isEqualTo(fit(session, RECIPE, 0, 4).detector().tensors().get("memory_bank").bytes());
    try (var left = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      assertThat(left.filter(f -> f.getFileName().toString().startsWith("kintsugi-rows")))
          .isEmpty();
    }
  }

  @Test
  void partialFitsMergeToTheSameBank() {
    Path[] files = {folder.resolve("a.safetensors"), folder.resolve("b.safetensors")};
    for (int i = 0; i < 2; i++) {
      Fit part = Fit.start(RECIPE, 1);
      part.add(session, normal.subList(3 * i, 3 * i + 3));
      part.save(files[i], session);
    }
    Fit merged = Fit.load(files[0], session);
    merged.merge(Fit.load(files[1], session), parallel);
    assertThat(merged.count()).isEqualTo(6);
    Model expected = fit(session, RECIPE, 0, 6);
    Model actual = Model.of(session, merged);
    assertThat(actual.detector().facts()).isEqualTo(expected.detector().facts());
    assertThat(actual.detector().tensors().get("memory_bank").bytes())
        .isEqualTo(expected.detector().tensors().get("memory_bank").bytes());
  }

  @Test
  void anExplanationSharesTheSquaredDistanceAmongTheChannels() {
    Model model = fit(session, RECIPE, 0, 4);
    List<Sample> good = normal.stream().map(Sample::normal).toList();
    Calibration calibration = Calibration.of(session, model.detector(), good, Optional.empty());
    AnomalyDetector.Scored scored = scored(session, model, anomalous).get(1);
    Explanation.Patch worst =
        model.detector().explain(session, scored, calibration, 0.5, 384).patches().getFirst();
    Tensor bank = model.detector().tensors().get("memory_bank").tensor();
    int at = (scored.n() * 144 + worst.row() * 12 + worst.column()) * 384;
    double least = Double.POSITIVE_INFINITY;
    double[] shares = new double[384];
    for (int row = 0; row < bank.dim(0); row++) {
      double[] squares = new double[384];
      for (int k = 0; k < 384; k++) {
        squares[k] = Math.pow(scored.patches().data()[at + k] - bank.data()[row * 384 + k], 2);
      }
      double sum = java.util.Arrays.stream(squares).sum();
      if (sum < least) {
        least = sum;
        shares =
            java.util.Arrays.stream(squares).map(s -> -s / sum).sorted().map(s -> -s).toArray();
      }
    }
    assertThat(worst.distance()).isCloseTo(Math.sqrt(least), within(1e-5));
    assertThat(worst.channels().stream().mapToDouble(Explanation.Channel::share).toArray())
        .containsExactly(shares, within(1e-6));
    assertThat(worst.channels()).anyMatch(c -> c.tap().equals("layer3") && c.channel() < 256);
  }

  @Test
  void storedOnTheWayItGoesOnAsIfNothingHadBeen() {
    Fit fit = Fit.start(RECIPE, 1);
    fit.add(session, normal.subList(0, 3));
    fit.save(folder.resolve("way.safetensors"), session);
    fit.add(session, normal.subList(3, 6));
    Model expected = fit(session, RECIPE, 0, 6);
    assertThat(Model.of(session, fit).detector().tensors().get("memory_bank").bytes())
        .isEqualTo(expected.detector().tensors().get("memory_bank").bytes());
  }

  @Test
  void aBankGrowsByTheNewPatchesThatAreFarFromIt() {
    for (String projection : List.of("none", "dense:32")) {
      Recipe recipe = RECIPE.with(Map.of("projection", projection));
      Path file = folder.resolve("grown.safetensors");
      Model old = fit(session, recipe, 0, 4);
      old.save(file);
      Fit grown = Fit.load(file, session);
      grown.add(session, normal.subList(4, 8));
      Model model = Model.of(session, grown);
      assertThat(facts(model).pictures()).isEqualTo(8);
      assertThat(facts(model).patches()).isEqualTo(8 * 144);
      assertThat(facts(model).bankSize()).isEqualTo(2 * facts(old).bankSize());
      float[] first = old.detector().tensors().get("memory_bank").floats();
      float[] both = model.detector().tensors().get("memory_bank").floats();
      assertThat(java.util.Arrays.copyOf(both, first.length)).isEqualTo(first);
      // The covering property: every new patch lies within the radius of the bank.
      if (projection.equals("none")) {
        double largest = 0;
        for (var scored : scored(session, model, normal.subList(0, 8))) {
          for (float distance : scored.distances().data()) {
            largest = Math.max(largest, distance);
          }
        }
        assertThat(largest).isCloseTo(facts(model).coveringRadius(), within(1e-4));
      }
      // The old patches are the first centres: of the same pictures none is taken twice.
      Fit again = Fit.load(file, session);
      again.add(session, normal.subList(0, 4));
      assertThat(distinctRows(Model.of(session, again))).isEqualTo(2 * facts(old).bankSize());
      Fit two = Fit.load(file, session);
      two.merge(Fit.load(file, session), parallel);
      assertThat(facts(Model.of(session, two)).bankSize()).isEqualTo(2 * facts(old).bankSize());
    }
  }

  private static int distinctRows(Model model) {
    Tensor bank = model.detector().tensors().get("memory_bank").tensor();
    Set<List<Float>> rows = new HashSet<>();
    for (int row = 0; row < bank.dim(0); row++) {
      List<Float> numbers = new ArrayList<>();
      for (float number : bank.part(row).data()) {
        numbers.add(number);
      }
      rows.add(numbers);
    }
    return rows.size();
  }

  @Test
  void interruptedItKeepsWhatItHas() {
    Session hasty =
        new Session(
            session.engine(),
            parallel,
            weights,
            Progress.SILENT,
            false,
            Long.MAX_VALUE,
            () -> true);
    BankFacts cut = facts(fit(hasty, RECIPE, 0, 6));
    assertThat(cut.bankSize()).isBetween(1, 100);
    assertThat(cut.coveringRadius())
        .isGreaterThan(facts(fit(session, RECIPE, 0, 6)).coveringRadius());
  }

  @Test
  void sizeRadiusAndRatioEndTheSearch() {
    assertThat(facts(fit(session, RECIPE.with(Map.of("bank_size", 17)), 0, 4)).bankSize())
        .isEqualTo(17);
    double radius = facts(fit(session, RECIPE, 0, 4)).coveringRadius();
    BankFacts wide = facts(fit(session, RECIPE.with(Map.of("radius", 2 * radius)), 0, 4));
    assertThat(wide.coveringRadius()).isLessThanOrEqualTo(2 * radius);
    assertThat(wide.bankSize()).isBetween(1, 114);
    assertThatThrownBy(() -> fit(session, RECIPE.with(Map.of("ratio", 1e-5)), 0, 4))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("of 576 patches a ratio of 1.0E-5 leaves none; raise --ratio");
  }

  @Test
  void picturesThatAreAllTheSameAreNamed() {
    List<Path> same = Collections.nCopies(6, normal.getFirst());
    Fit fit = Fit.start(RECIPE.with(Map.of("ratio", 0.5)), 1);
    fit.add(session, same);
    assertThatThrownBy(() -> fit.finish(session))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("only 144 of 864 patches differ where 432 are wanted");
  }

  @Test
  void anotherSizeIsRefusedOrBroughtToTheModels() {
    Model model = fit(session, RECIPE, 0, 4);
    Recipe half = RECIPE.with(Map.of("resize", "scale:0.2"));
    Model other = new Model(model.detector().with(half), Optional.empty(), "w", 1);
    assertThatThrownBy(() -> scored(session, other, anomalous))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("becomes 46x46 where 91x91 is needed", "--any-size");
    assertThat(scored(session, other.forAnySize(), anomalous)).hasSize(4);
    assertThat(scored(session, other.forAnySize(), anomalous).getFirst().map().data())
        .isEqualTo(scored(session, model, anomalous).getFirst().map().data());
  }

  @Test
  void theAuthorsRecipeRuns() {
    Recipe recipe =
        PatchCoreRecipe.AMAZON.with(Map.of("resize", "96x96", "crop", "same", "ratio", 0.05));
    Model model = fit(session, recipe, 0, 3);
    assertThat(facts(model).directions()).isEqualTo(128);
    assertThat(facts(model).bankSize()).isEqualTo(21);
    Tensor map = scored(session, model, anomalous).getFirst().map();
    assertThat(map.shape()).containsExactly(96, 96);
    Calibration calibration =
        Calibration.of(
            session,
            model.detector(),
            normal.stream().map(Sample::normal).toList(),
            Optional.empty());
    Explanation explanation =
        model
            .detector()
            .explain(session, scored(session, model, anomalous).getFirst(), calibration, 0.5, 3);
    assertThat(explanation.patches()).hasSize(3);
    assertThat(explanation.patches().getFirst().channels().getFirst().tap()).isEqualTo("embedding");
  }

  @Test
  void aPictureTooSmallForTheNetworkIsNamed() {
    Fit fit = Fit.start(RECIPE.with(Map.of("resize", "60x30")), 1);
    assertThatThrownBy(() -> fit.add(session, normal.subList(0, 2)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(
            normal.getFirst()
                + ": is too small: its layer3 has 4x2 positions where a neighbourhood has 3x3");
  }
}
