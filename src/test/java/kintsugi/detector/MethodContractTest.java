package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.backbone.ResNet;
import kintsugi.dataset.ImageFolder;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.engine.Parallel;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.examples.meanpatch.MeanPatchMethod;
import kintsugi.image.ImageSource;
import kintsugi.metric.ThresholdRule;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The contract of a method, run through by every one that is there and by a third that is as small
 * as a method can be.
 */
@ParameterizedClass
@MethodSource("methods")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MethodContractTest {
  private static final int TRAIN = 6;
  private static final long SEED = 3;
  private static final Method THIRD = new MeanPatchMethod();

  @TempDir static Path folder;

  private static List<ImageSource> normal;
  private static List<ImageSource> anomalous;

  @Parameter private Method method;
  private final Parallel parallel = new Parallel(2);
  private final Session session =
      Session.strict(new VectorEngine(parallel), parallel, ResNet.randomWeights(1));
  private Recipe recipe;
  private Model model;

  static Stream<Method> methods() {
    List<Method> all = new ArrayList<>(Methods.all());
    // The service loader does not find a provider that the tests add to a module.
    all.removeIf(method -> method.name().equals(THIRD.name()));
    all.add(THIRD);
    return all.stream();
  }

  @BeforeParameterizedClassInvocation
  void fit() {
    Methods.add(method);
    recipe = Choices.with(method.recipes().getFirst(), Map.of("resize", "72x72", "crop", "64x64"));
    if (normal == null) {
      SyntheticConcrete.write(folder, TRAIN + 2, 3, 4);
      normal = images(SyntheticConcrete.NORMAL);
      anomalous = images(SyntheticConcrete.ANOMALOUS);
    }
    model = fitted(0, TRAIN).finish();
  }

  private static List<ImageSource> images(String name) {
    return ImageFolder.list(folder.resolve(name)).stream().map(ImageSource::of).toList();
  }

  @AfterParameterizedClassInvocation
  void close() {
    parallel.close();
    Methods.remove(THIRD.name());
  }

  private Fit fitted(int from, int to) {
    Fit fit = method.fit(session, recipe, SEED);
    fit.add(normal.subList(from, to));
    return fit;
  }

  private static List<Scored> scored(Model model, List<ImageSource> images) {
    return model.detector().score(images, "test").toList();
  }

  private static double[] values(Model model) {
    List<Double> values = new ArrayList<>();
    for (Scored scored : scored(model, anomalous)) {
      for (Tensor tensor : List.of(scored.distances(), scored.map())) {
        for (float value : tensor.data()) {
          values.add((double) value);
        }
      }
      values.add(scored.score());
    }
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  @Test
  void itsRecipesBearItsNameAndTheFirstIsTheDefault() {
    assertThat(method.name()).matches("[a-z0-9]+");
    assertThat(method.title()).isNotBlank();
    assertThat(method.description()).isNotBlank().doesNotContain("\n");
    assertThat(Methods.named(method.name()).title()).isEqualTo(method.title());
    assertThat(Methods.recipe(method.name())).isEqualTo(method.recipes().getFirst());
    for (Recipe each : method.recipes()) {
      assertThat(each.name()).matches(method.name() + "/[a-z0-9]+");
      assertThat(each.method()).isEqualTo(method.name());
      assertThat(each.getClass()).isEqualTo(recipe.getClass());
      assertThat(Methods.recipe(each.name())).isEqualTo(each);
    }
  }

  @Test
  void theScoresHaveTheirShapes() {
    Scored first = scored(model, anomalous).getFirst();
    Scores scores = first.batch();
    Tensor embeddings = scores.patches().embeddings();
    assertThat(embeddings.rank()).isEqualTo(4);
    int h = embeddings.dim(1);
    int w = embeddings.dim(2);
    assertThat(scores.distances().shape()).containsExactly(3, h, w);
    assertThat(scores.maps().shape()).containsExactly(3, 64, 64);
    assertThat(scores.images()).hasSize(3);
    assertThat(first.patch(h * w - 1)).hasSize(embeddings.dim(3));
    assertThat(Arrays.stream(values(model)).allMatch(Double::isFinite)).isTrue();
    assertThat(Arrays.stream(values(model)).distinct().count()).isGreaterThan(1000);
  }

  @Test
  void aBatchChangesNoBit() {
    List<Scored> together = scored(model, anomalous);
    for (int n = 0; n < together.size(); n++) {
      Scored alone = model.detector().score(anomalous.get(n));
      assertThat(alone.map().data()).isEqualTo(together.get(n).map().data());
      assertThat(alone.score()).isEqualTo(together.get(n).score());
    }
  }

  @Test
  void savedAndLoadedItScoresWithTheSameBits() {
    Path file = folder.resolve(method.name() + ".safetensors");
    model.save(file);
    Model loaded = Model.load(file, session);
    assertThat(loaded.recipe()).isEqualTo(recipe);
    assertThat(loaded.detector().summary()).isEqualTo(model.detector().summary());
    assertThat(loaded.detector().inputSize()).isEqualTo(new InputSize(64, 64));
    assertThat(loaded.seed()).isEqualTo(SEED);
    assertThat(values(loaded)).isEqualTo(values(model));
    assertThat(Fit.load(file, session).count()).isEqualTo(TRAIN);
  }

  @Test
  void itKnowsTheImagesItWasFittedTo() {
    assertKnows(model, 0, TRAIN);
    Path file = folder.resolve(method.name() + "-training.safetensors");
    model.save(file);
    assertKnows(Model.load(file, session), 0, TRAIN);
    Fit grown = Fit.load(file, session);
    grown.add(normal.subList(TRAIN, TRAIN + 1));
    assertKnows(grown.finish(), 0, TRAIN + 1);
    Path part = folder.resolve(method.name() + "-training-part.safetensors");
    fitted(0, 2).save(part);
    Fit merged = Fit.load(part, session);
    merged.merge(fitted(2, TRAIN));
    assertKnows(merged.finish(), 0, TRAIN);
  }

  private void assertKnows(Model fitted, int from, int to) {
    assertThat(fitted.training().count()).isEqualTo(to - from);
    for (int n = 0; n < normal.size(); n++) {
      boolean known = fitted.training().contains(normal.get(n).read());
      assertThat(known).as("image %d", n).isEqualTo(n >= from && n < to);
    }
  }

  @Test
  void aCalibratedModelKeepsItsCalibration() {
    Calibration calibration =
        Calibration.of(
            model,
            normal.subList(TRAIN, normal.size()),
            anomalous,
            Optional.of(ThresholdRule.MAX_F1));
    Path file = folder.resolve(method.name() + "-calibrated.safetensors");
    model.with(calibration).save(file);
    assertThat(Model.load(file, session).calibration()).contains(calibration);
  }

  /** A stream's images have the statistics of the calibration's, and their p-values. */
  @Test
  void aPredictionIsComparedWithTheCalibrationsImages() {
    List<ImageSource> images = normal.subList(TRAIN, normal.size());
    Calibration calibration =
        Calibration.of(model, images, List.of(), Optional.of(ThresholdRule.MAX_NORMAL));
    Model calibrated = model.with(calibration);
    List<CalibrationImage> kept = calibration.scores().normal();
    for (Scored scored : scored(model, images)) {
      Prediction prediction = Prediction.of(calibrated, scored);
      CalibrationImage image = CalibrationImage.of(prediction);
      CalibrationImage same =
          kept.stream().filter(k -> k.name().equals(image.name())).findFirst().orElseThrow();
      assertThat(same.sha256()).isEqualTo(scored.image().hash());
      assertThat(image.score()).isEqualTo(same.score());
      assertThat(image.statistics()).isEqualTo(same.statistics());
      assertThat(prediction.pValue())
          .hasValue((double) (kept.size() - kept.indexOf(same) + 1) / (kept.size() + 1));
      assertThat(Drift.of(calibrated).observe(prediction).compared()).isEqualTo(1);
      assertThat(Prediction.of(model, scored).pValue()).isEmpty();
      assertThat(Drift.of(model).observe(Prediction.of(model, scored)).compared()).isEqualTo(1);
    }
  }

  /** What was made before images were taught or taken back is not compared with the stream. */
  @Test
  void aCalibrationThatIsNotCurrentIsNotComparedWithTheStream() {
    Model calibrated =
        model.with(
            Calibration.of(
                model,
                normal.subList(TRAIN, normal.size()),
                List.of(),
                Optional.of(ThresholdRule.parse("value:1000"))));
    Model stale =
        new Model(
            model.detector(),
            calibrated.calibration(),
            model.fingerprint(),
            SEED,
            model.training(),
            List.of("taken back"));
    CalibrationImage image = calibrated.requireCalibration().scores().normal().getFirst();
    Drift.Status alone = Drift.ofStream(calibrated).observe(image, Instant.EPOCH);
    assertThat(Drift.of(stale).observe(image, Instant.EPOCH)).isEqualTo(alone);
    assertThat(Drift.of(calibrated).observe(image, Instant.EPOCH)).isNotEqualTo(alone);
  }

  @Test
  void savedOnTheWayItContinuesWithTheSameBits() {
    Path file = folder.resolve(method.name() + "-partial.safetensors");
    fitted(0, 2).save(file);
    Fit resumed = Fit.load(file, session);
    assertThat(resumed.count()).isEqualTo(2);
    assertThat(resumed.recipe()).isEqualTo(recipe);
    resumed.add(normal.subList(2, TRAIN));
    assertThat(resumed.count()).isEqualTo(TRAIN);
    Fit unsaved = fitted(0, 2);
    unsaved.add(normal.subList(2, TRAIN));
    assertThat(values(resumed.finish())).isEqualTo(values(unsaved.finish()));
    assertThatThrownBy(() -> Model.load(file, session))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("it is a partial fit");
  }

  @Test
  void mergedHalvesAreOneFit() {
    Fit merged = fitted(0, TRAIN / 2);
    merged.merge(fitted(TRAIN / 2, TRAIN));
    assertThat(merged.count()).isEqualTo(TRAIN);
    double[] expected = values(model);
    double[] actual = values(merged.finish());
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).isCloseTo(expected[i], within(1e-4 * Math.abs(expected[i])));
    }
    Fit other = method.fit(session, recipe, SEED + 1);
    other.add(normal.subList(0, 2));
    assertThatThrownBy(() -> fitted(0, 2).merge(other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("seed " + (SEED + 1));
  }

  @Test
  void aModelIsContinuedWithoutItsImages() {
    Fit resumed = fitted(0, 4).finish().detector().resume(SEED);
    assertThat(resumed.count()).isEqualTo(4);
    resumed.add(normal.subList(4, TRAIN));
    assertThat(resumed.count()).isEqualTo(TRAIN);
    assertThat(Arrays.stream(values(resumed.finish())).allMatch(Double::isFinite)).isTrue();
  }

  @Test
  void nothingSeenIsRefused() {
    Fit empty = method.fit(session, recipe, SEED);
    empty.merge(method.fit(session, recipe, SEED));
    assertThat(empty.count()).isZero();
    assertThatThrownBy(empty::finish).isInstanceOf(InputException.class);
    assertThatThrownBy(() -> empty.save(folder.resolve("nothing")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("no image could be read");
  }

  @Test
  void everyChoiceIsFoundAndCanBeSetToItsOwnValue() {
    for (Recipe each : method.recipes()) {
      Map<String, Object> values = new LinkedHashMap<>(Choices.of(each));
      assertThat(values.remove("name")).isEqualTo(each.name());
      assertThat(values.keySet())
          .containsExactlyElementsOf(method.allChoices().stream().map(Choice::name).toList());
      assertThat(values).doesNotContainValue(null).doesNotContainValue("");
      assertThat(Choices.with(each, values)).isEqualTo(each);
      assertThat(RecordJson.read(RecordJson.write((Record) each), ((Record) each).getClass()))
          .isEqualTo(each);
    }
    for (Choice choice : method.allChoices()) {
      assertThat(choice.name()).matches("[a-z0-9]+(_[a-z0-9]+)*");
      assertThat(choice.description()).endsWith(".");
      assertThat(choice.values().isEmpty()).isEqualTo(Choices.isFlag(recipe, choice));
    }
  }

  @Test
  void aChangedRecipeHasAStarAndSurvivesTheFile() {
    Recipe changed = Choices.with(recipe, Map.of("blur_sigma", 3.5));
    assertThat(changed.name()).isEqualTo(method.recipes().getFirst().name() + "*");
    assertThat(changed.map().sigma()).isEqualTo(3.5);
    Model other =
        new Model(
            model.detector().with(changed),
            Optional.empty(),
            model.fingerprint(),
            SEED,
            model.training());
    Path file = folder.resolve(method.name() + "-changed.safetensors");
    other.save(file);
    assertThat(Model.load(file, session).recipe()).isEqualTo(changed);
    assertThat(values(other)).isNotEqualTo(values(model));
  }

  @Test
  void anUnknownChoiceOrValueIsRefused() {
    assertThatThrownBy(() -> Choices.with(recipe, Map.of("colour", "red")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(method.name() + " has no choice colour");
    assertThatThrownBy(() -> Choices.with(recipe, Map.of("border", "open")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("open");
    assertThatThrownBy(() -> Choices.with(recipe, Map.of("blur_sigma", "wide")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("wide");
  }

  @Test
  void tensorsThatAreMissingAreRefused() {
    FitHeader header = new FitHeader(recipe, new InputSize(64, 64), SEED, "w");
    String summary = RecordJson.write((Record) model.detector().summary());
    for (String name : model.detector().tensors().keySet()) {
      if (name.startsWith(Provenance.ORIGIN)) {
        continue;
      }
      Map<String, StoredTensor> fewer = new HashMap<>(model.detector().tensors());
      fewer.remove(name);
      assertThatThrownBy(() -> method.readDetector(session, header, summary, fewer))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> method.readFit(session, header, Map.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theSummaryHasLines() {
    assertThat(model.detector().summary().lines()).isNotEmpty().noneMatch(String::isBlank);
    assertThat(model.detector().summary().warnings()).noneMatch(String::isBlank);
  }

  @Test
  void theFractionsOfAnExplanationSumToOne() {
    Calibration calibration =
        Calibration.of(model, normal, anomalous, Optional.of(ThresholdRule.MAX_F1));
    Scored scored = scored(model, anomalous).get(1);
    int all = scored.batch().patches().embeddings().dim(3);
    Explanation explanation = Explanation.of(scored, model.detector(), calibration, 0.5, all);
    float[] distances = scored.distances().data();
    assertThat(explanation.patches()).hasSize(Math.min(all, distances.length));
    Explanation.Patch worst = explanation.patches().getFirst();
    int position = worst.row() * scored.distances().dim(1) + worst.column();
    assertThat(worst.distance()).isEqualTo(distances[position]);
    for (Explanation.Patch patch : explanation.patches()) {
      assertThat(patch.distance()).isLessThanOrEqualTo(worst.distance());
      double sum = patch.channels().stream().mapToDouble(Explanation.Channel::share).sum();
      // A channel that was drawn twice is named once.
      assertThat(patch.channels())
          .extracting(Explanation.Channel::tap, Explanation.Channel::channel)
          .doesNotHaveDuplicates()
          .hasSize(drawn(worst));
      assertThat(sum).isCloseTo(1, within(1e-9));
    }
  }

  /** How many different channels a patch embedding has. */
  private int drawn(Explanation.Patch patch) {
    Scored scored = scored(model, anomalous).get(1);
    int position = patch.row() * scored.distances().dim(1) + patch.column();
    return (int)
        Arrays.stream(
                model
                    .detector()
                    .inspector()
                    .contributions(scored.patch(position), position)
                    .channels())
            .distinct()
            .count();
  }

  @Test
  void aRegionsLayersSumToOneAndTheSentenceNamesThem() {
    Calibration calibration =
        Calibration.of(model, normal, anomalous, Optional.of(ThresholdRule.parse("quantile:0.1")));
    Model calibrated = model.with(calibration);
    Scored scored = scored(model, anomalous).get(1);
    Prediction prediction = Prediction.of(calibrated, scored, OptionalDouble.of(0.2));
    assertThat(prediction.isAnomalous()).isTrue();
    assertThat(prediction.finding().regionsDisagree()).isFalse();
    Map<String, Double> layers =
        Explanation.layers(scored, model.detector(), prediction.regions().getFirst());
    assertThat(layers.values().stream().mapToDouble(s -> s).sum()).isCloseTo(1, within(1e-9));
    assertThat(prediction.finding().layers().isPresent()).isEqualTo(layers.size() > 1);
    assertThat(prediction.finding().sentence()).startsWith("anomalous, ").contains("region");
    Prediction none = Prediction.of(calibrated, scored, OptionalDouble.of(1e9));
    assertThat(none.verdict()).isEqualTo(prediction.verdict());
    assertThat(none.finding().regionsDisagree()).isTrue();
    assertThat(none.finding().sentence()).contains("no region lies above the pixel threshold");
  }

  @Test
  void theInspectorsStepsAreTheScores() throws ClassNotFoundException {
    Tensor input = recipe.preprocessing().apply(anomalous.getFirst().read());
    Map<String, Tensor> features = session.backbone(recipe.taps()).run(input);
    Scores scores = model.detector().score(features);
    Inspector inspector = model.detector().inspector();
    Tensor patches = inspector.embed(features);
    assertThat(patches.shape()).isEqualTo(scores.patches().embeddings().shape());
    assertThat(patches.data()).isEqualTo(scores.patches().embeddings().data());
    assertThat(inspector.distances(patches, TileRange.WHOLE).data())
        .isEqualTo(scores.distances().data());
    assertSource(inspector.embedding());
    assertSource(inspector.distance());
    assertSource(inspector.imageScore());
    for (Stage stage : inspector.inspect(scores.patches().embedding(0, 5), 5).stages()) {
      assertThat(stage.name()).isNotBlank();
      assertSource(new Inspector.Step(stage.formula(), stage.source()));
    }
  }

  /** The class and its method are there. */
  private static void assertSource(Inspector.Step step) throws ClassNotFoundException {
    assertThat(step.formula()).isNotBlank();
    String[] parts = step.source().split("#");
    Class<?> type = Class.forName("kintsugi." + parts[0]);
    assertThat(type.getDeclaredMethods())
        .as(step.source())
        .anyMatch(m -> m.getName().equals(parts[1]));
  }
}
