package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import kintsugi.InputException;
import kintsugi.backbone.ResNet18;
import kintsugi.dataset.PictureFolder;
import kintsugi.dataset.Sample;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.engine.Engine;
import kintsugi.engine.Parallel;
import kintsugi.engine.VectorEngine;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The whole way on drawn pictures with random weights: needs nothing beside the clone. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PadimDetectorTest {
  private static final int TRAIN = 10;

  @TempDir static Path folder;

  private final Parallel parallel = new Parallel(2);
  private final Weights weights = ResNet18.randomWeights(1);
  private Session session;
  private List<Path> normal;
  private List<Path> anomalous;
  private Model model;

  @BeforeAll
  void fit() {
    SyntheticConcrete.write(folder, TRAIN + 6, 6, 2);
    normal = PictureFolder.list(folder.resolve(SyntheticConcrete.NORMAL));
    anomalous = PictureFolder.list(folder.resolve(SyntheticConcrete.ANOMALOUS));
    session = Session.strict(new VectorEngine(parallel), parallel, weights);
    model = fit(session);
  }

  @AfterAll
  void close() {
    parallel.close();
  }

  private Model fit(Session session) {
    var fitted = PadimDetector.fit(session, Recipe.PADIM_MATLAB, normal.subList(0, TRAIN), 1);
    Model uncalibrated = new Model(fitted.detector(), Optional.empty(), weights.fingerprint(), 1);
    return uncalibrated.with(Calibration.of(session, fitted.detector(), samples(0, 3)));
  }

  private List<Sample> samples(int from, int to) {
    List<Sample> samples = new ArrayList<>();
    for (int i = from; i < to; i++) {
      samples.add(new Sample(normal.get(TRAIN + i), false));
      samples.add(new Sample(anomalous.get(i), true));
    }
    return samples;
  }

  private static List<float[]> maps(Session session, Model model, List<Path> files) {
    List<float[]> maps = new ArrayList<>();
    model.detector().score(session, files, "test", scored -> maps.add(scored.map().data()));
    return maps;
  }

  @Test
  void cracksScoreHigherThanConcrete() {
    Evaluation evaluation =
        Evaluation.of(session, model.detector(), model.calibration().orElseThrow(), samples(3, 6));
    assertThat(evaluation.outcomes()).hasSize(6);
    assertThat(evaluation.roc().area()).isEqualTo(1);
    assertThat(evaluation.confusion().tp() + evaluation.confusion().fn()).isEqualTo(3);
  }

  @Test
  void savedAndLoadedItGivesTheSameBits() {
    Path file = folder.resolve("model.safetensors");
    model.save(file);
    Model loaded = Model.load(file, weights.fingerprint());
    assertThat(loaded.calibration()).isEqualTo(model.calibration());
    assertThat(loaded.detector().recipe()).isEqualTo(Recipe.PADIM_MATLAB);
    List<Path> files = anomalous.subList(0, 2);
    assertThat(maps(session, loaded, files).get(1)).isEqualTo(maps(session, model, files).get(1));
  }

  @Test
  void threadsAndThePicturesBesideChangeNoBit() {
    try (Parallel one = new Parallel(1)) {
      Session single = Session.strict(new VectorEngine(one), one, weights);
      float[] alone = maps(single, fit(single), anomalous.subList(4, 5)).getFirst();
      assertThat(maps(session, model, anomalous).get(4)).isEqualTo(alone);
    }
  }

  @Test
  void aModelFileOfOtherWeightsOrCutShortIsRefused() throws IOException {
    Path file = folder.resolve("other.safetensors");
    model.save(file);
    assertThatThrownBy(() -> Model.load(file, "sha256:00"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(file + ": was fitted with other weights");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> Model.load(file, weights.fingerprint()))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("is cut short");
    Path noModel = TestWeights.write(folder.resolve("weights.safetensors"), 1);
    assertThatThrownBy(() -> Model.load(noModel, weights.fingerprint()))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("is no model of Kintsugi");
  }

  @Test
  void beforeCalibrationThereIsNoThreshold() {
    Model uncalibrated = new Model(model.detector(), Optional.empty(), "w", 1);
    assertThatThrownBy(() -> uncalibrated.requireCalibration(Path.of("m")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("./kintsugi calibrate --model m");
  }

  @Test
  void withoutAnomalousPicturesTheThresholdLiesJustAboveTheNormalOnes() {
    List<Sample> good = samples(0, 6).stream().filter(s -> !s.anomalous()).toList();
    Calibration calibration = Calibration.of(session, model.detector(), good);
    List<Double> scores = new ArrayList<>();
    model
        .detector()
        .score(
            session,
            good.stream().map(Sample::file).toList(),
            "test",
            scored -> scores.add(calibration.normalise(scored.score())));
    double largest = scores.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    assertThat(calibration.threshold()).isEqualTo(Math.nextUp(largest));
    assertThat(calibration.isAnomalous(largest)).isFalse();
  }

  @Test
  void theRangeIsThatOfTheCalibrationMaps() {
    Calibration calibration = model.calibration().orElseThrow();
    List<Path> files = samples(0, 3).stream().map(Sample::file).toList();
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (float[] map : maps(session, model, files)) {
      for (float value : map) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
    assertThat(calibration.normalise(low)).isCloseTo(0, within(1e-12));
    assertThat(calibration.normalise(high)).isCloseTo(1, within(1e-12));
    assertThat(calibration.displayHigh()).isBetween(low, high);
  }

  @Test
  void anUnreadablePictureEndsTheWorkOrIsLeftOut() throws IOException {
    Path broken = Files.writeString(folder.resolve("broken.jpg"), "no picture");
    List<Path> files = List.of(anomalous.get(0), broken, anomalous.get(1));
    assertThatThrownBy(() -> maps(session, model, files))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(broken.toString());
    Engine engine = session.engine();
    Session lenient = new Session(engine, parallel, weights, Progress.SILENT, true);
    assertThat(maps(lenient, model, files)).hasSize(2);
    assertThat(lenient.skipped()).containsExactly(broken);
  }

  @Test
  void onePictureIsTooFew() {
    assertThatThrownBy(
            () -> PadimDetector.fit(session, Recipe.PADIM_MATLAB, normal.subList(0, 1), 1))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("1 readable picture cannot show what is normal");
  }

  @Test
  void channelsAreDrawnByTheSeed() {
    int[] channels = Recipe.PADIM_MATLAB.drawChannels(448, 9);
    assertThat(channels).hasSize(100).isEqualTo(Recipe.PADIM_MATLAB.drawChannels(448, 9));
    assertThat(Arrays.stream(channels).distinct().count()).isLessThan(100);
    assertThat(channels).isNotEqualTo(Recipe.PADIM_MATLAB.drawChannels(448, 8));
  }
}
