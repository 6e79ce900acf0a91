package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import kintsugi.InputException;
import kintsugi.backbone.ResNet;
import kintsugi.dataset.PictureFolder;
import kintsugi.dataset.Sample;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.engine.Engine;
import kintsugi.engine.Gaussians;
import kintsugi.engine.Parallel;
import kintsugi.engine.VectorEngine;
import kintsugi.metric.ThresholdRule;
import kintsugi.weights.Weights;
import org.apache.commons.math3.linear.LUDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
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
  private final Weights weights = ResNet.randomWeights(1);
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
    Model uncalibrated = Model.of(session, fitted(session, 0, TRAIN));
    return uncalibrated.with(
        Calibration.of(session, uncalibrated.detector(), samples(0, 3), Optional.empty()));
  }

  private Fit fitted(Session session, int from, int to) {
    Fit fit = Fit.start(PadimRecipe.MATLAB, 1);
    fit.add(session, normal.subList(from, to));
    return fit;
  }

  private List<Sample> samples(int from, int to) {
    List<Sample> samples = new ArrayList<>();
    for (int i = from; i < to; i++) {
      samples.add(Sample.normal(normal.get(TRAIN + i)));
      samples.add(new Sample(anomalous.get(i), true, "cracked", null));
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
        Evaluation.of(session, model, samples(3, 6), Evaluation.PixelOptions.USUAL, seen -> {});
    assertThat(evaluation.outcomes()).hasSize(6);
    assertThat(evaluation.roc().area()).isEqualTo(1);
    assertThat(evaluation.confusion().tp() + evaluation.confusion().fn()).isEqualTo(3);
  }

  @Test
  void everyKindOfDefectHasItsOwnFigures() {
    List<Sample> samples = new ArrayList<>(samples(3, 6));
    samples.set(1, new Sample(samples.get(1).file(), true, "a dark crack", null));
    List<Path> seen = new ArrayList<>();
    Evaluation evaluation =
        Evaluation.of(
            session,
            model,
            samples,
            Evaluation.PixelOptions.USUAL,
            s -> seen.add(s.outcome().sample().file()));
    assertThat(seen).containsExactlyElementsOf(samples.stream().map(Sample::file).toList());
    List<Evaluation.ClassOutcome> classes = evaluation.classes();
    assertThat(classes)
        .extracting(Evaluation.ClassOutcome::label)
        .containsExactly("normal", "a dark crack", "cracked");
    assertThat(classes).extracting(Evaluation.ClassOutcome::pictures).containsExactly(3, 1, 2);
    assertThat(classes.get(0).auroc()).isNaN();
    assertThat(classes.get(1).auroc()).isEqualTo(1);
    assertThat(classes.get(1).median()).isEqualTo(evaluation.outcomes().get(1).score());
    int right = classes.stream().mapToInt(Evaluation.ClassOutcome::right).sum();
    assertThat(right).isEqualTo(evaluation.confusion().tn() + evaluation.confusion().tp());
    assertThat(classes.get(0).lowest()).isLessThan(classes.get(0).highest());
  }

  @Test
  void savedAndLoadedItGivesTheSameBits() {
    Path file = folder.resolve("model.safetensors");
    model.save(file);
    Model loaded = Model.load(file, weights.fingerprint());
    assertThat(loaded.calibration()).isEqualTo(model.calibration());
    assertThat(loaded.detector().recipe()).isEqualTo(PadimRecipe.MATLAB);
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
    Calibration calibration = Calibration.of(session, model.detector(), good, Optional.empty());
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
    Session lenient =
        new Session(engine, parallel, weights, Progress.SILENT, true, Long.MAX_VALUE, () -> false);
    assertThat(maps(lenient, model, files)).hasSize(2);
    assertThat(lenient.skipped()).containsExactly(broken);
  }

  @Test
  void onePictureIsTooFew() {
    assertThatThrownBy(() -> fitted(session, 0, 1).finish(session))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("1 readable picture cannot show what is normal");
    Path single = folder.resolve("single.safetensors");
    fitted(session, 0, 1).save(single, session);
    assertThatThrownBy(() -> Fit.load(single, session).finish(session))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("1 readable picture cannot");
  }

  @Test
  void shardsThatAreStoredAndMergedGiveTheModelOfOneFit() {
    Path first = folder.resolve("first.safetensors");
    Path second = folder.resolve("second.safetensors");
    fitted(session, 0, 4).save(first, session);
    fitted(session, 4, TRAIN).save(second, session);
    Fit merged = Fit.load(first, session);
    merged.merge(Fit.load(second, session), parallel);
    assertThat(merged.count()).isEqualTo(TRAIN);
    assertSameMaps(Model.of(session, merged), 1e-5);
    assertThatThrownBy(() -> Model.load(first, weights.fingerprint()))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("partial fit, which merge makes a model of");
    Fit other = Fit.start(PadimRecipe.MATLAB, 2);
    other.add(session, normal.subList(0, 4));
    assertThatThrownBy(() -> Fit.load(first, session).merge(other, parallel))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("seed 2");
  }

  @Test
  void aPartialFitGoesOnWithTheSameBitsAndAModelWithNearlyThem() {
    Path stored = folder.resolve("stored.safetensors");
    fitted(session, 0, 6).save(stored, session);
    Fit partial = Fit.load(stored, session);
    partial.add(session, normal.subList(6, TRAIN));
    assertSameMaps(Model.of(session, partial), 0);
    Model.of(session, fitted(session, 0, 6)).save(stored);
    Fit grown = Fit.load(stored, session);
    grown.add(session, normal.subList(6, TRAIN));
    assertThat(grown.count()).isEqualTo(TRAIN);
    assertSameMaps(Model.of(session, grown), 1e-3);
  }

  private void assertSameMaps(Model other, double bound) {
    float[] expected = maps(session, model, anomalous.subList(0, 1)).getFirst();
    float[] actual = maps(session, other, anomalous.subList(0, 1)).getFirst();
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i]).isCloseTo(expected[i], within(bound * expected[i]));
    }
  }

  @Test
  void anExplanationAddsUpToTheDistanceAndPointsAtThePicture() {
    Calibration calibration = model.calibration().orElseThrow();
    List<Explanation> explanations = new ArrayList<>();
    List<AnomalyDetector.Scored> all = new ArrayList<>();
    model
        .detector()
        .score(
            session,
            anomalous.subList(0, 2),
            "test",
            scored -> {
              all.add(scored);
              explanations.add(model.detector().explain(session, scored, calibration, 0.5, 100));
            });
    Explanation second = explanations.get(1);
    float[] distances = all.get(1).distances().data();
    float largest = 0;
    for (float distance : distances) {
      largest = Math.max(largest, distance);
    }
    Explanation.Patch worst = second.patches().getFirst();
    assertThat(second.patches()).hasSize(100);
    assertThat(worst.distance()).isEqualTo(largest);
    assertThat(distances[worst.row() * 56 + worst.column()]).isEqualTo(largest);
    double shares = worst.channels().stream().mapToDouble(Explanation.Channel::share).sum();
    assertThat(shares).isCloseTo(1, within(1e-9));
    assertThat(worst.channels().stream().mapToDouble(Explanation.Channel::share).toArray())
        .containsExactly(shares(all.get(1), worst.row() * 56 + worst.column()), within(1e-6));
    assertThat(worst.channels().getFirst().tap()).startsWith("layer");
    // Pictures of 227 become 256, of which 16 to 240 are seen: 14.19 to 212.8 of the picture.
    double scale = 227 / 256.0;
    assertThat(worst.box().x()).isCloseTo((16 + 4 * worst.column()) * scale, within(1e-6));
    assertThat(worst.box().y()).isCloseTo((16 + 4 * worst.row()) * scale, within(1e-6));
    assertThat(worst.box().width()).isCloseTo(4 * scale, within(1e-6));
    assertThat(second.boxes()).isNotEmpty();
    assertThat(second.boxes().getFirst().peak()).isGreaterThanOrEqualTo(0.5);
  }

  /** {@code δ(c)·(Σ⁻¹·δ)(c)} over their sum by Commons Math, largest first. */
  private double[] shares(AnomalyDetector.Scored scored, int position) {
    var tensors = model.detector().tensors();
    float[][] factors = new float[Gaussians.groups(56 * 56)][];
    for (int group = 0; group < factors.length; group++) {
      factors[group] = tensors.get("cholesky_factor." + group).floats();
    }
    Gaussians gaussians = new Gaussians(56, 56, 100, tensors.get("mean").floats(), factors);
    double[] packed = gaussians.factor(position);
    RealMatrix l = MatrixUtils.createRealMatrix(100, 100);
    double[] mean = gaussians.mean(position);
    double[] delta = new double[100];
    for (int i = 0; i < 100; i++) {
      int at = (scored.n() * 56 * 56 + position) * 100 + i;
      delta[i] = scored.patches().data()[at] - mean[i];
      for (int j = 0; j <= i; j++) {
        l.setEntry(i, j, packed[Gaussians.triangle(i) + j]);
      }
    }
    RealMatrix sigma = l.multiply(l.transpose());
    double[] solved = new LUDecomposition(sigma).getSolver().getInverse().operate(delta);
    double squared = 0;
    for (int i = 0; i < 100; i++) {
      squared += delta[i] * solved[i];
    }
    double distance = scored.distances().data()[position];
    assertThat(Math.sqrt(squared)).isCloseTo(distance, within(1e-4 * distance));
    double whole = squared;
    double[] shares =
        IntStream.range(0, 100).mapToDouble(i -> delta[i] * solved[i] / whole).toArray();
    return Arrays.stream(shares).map(s -> -s).sorted().map(s -> -s).toArray();
  }

  @Test
  void thresholdsFollowTheRuleAndSayWhatTheyNeed() {
    List<Sample> good = samples(0, 6).stream().filter(s -> !s.anomalous()).toList();
    ThresholdRule margin = ThresholdRule.parse("margin:0.5");
    Calibration calibration = Calibration.of(session, model.detector(), good, Optional.of(margin));
    assertThat(calibration.rule()).isEqualTo(margin);
    assertThat(calibration.falsePositives().found()).isZero();
    assertThat(calibration.falsePositives().normals()).isEqualTo(6);
    assertThatThrownBy(
            () ->
                Calibration.of(session, model.detector(), good, Optional.of(ThresholdRule.YOUDEN)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("youden: needs anomalous pictures");
  }

  @Test
  void picturesOfAnotherSizeAreRefusedWhereTheRecipeLeavesTheSize() throws IOException {
    Recipe any = PadimRecipe.MATLAB.with(Map.of("resize", "scale:0.5", "crop", "same"));
    Path odd = folder.resolve("odd.png");
    ImageIO.write(new BufferedImage(100, 120, BufferedImage.TYPE_INT_RGB), "png", odd.toFile());
    Fit fit = Fit.start(any, 1);
    fit.add(session, normal.subList(0, 4));
    assertThat(fit.inputSize()).isEqualTo(new InputSize(114, 114));
    assertThatThrownBy(() -> fit.add(session, List.of(odd)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(odd + ": is 100x120 and becomes 50x60 where 114x114 is needed");
    assertThatThrownBy(
            () ->
                Fit.start(PadimRecipe.MATLAB.with(Map.of("resize", "same")), 1)
                    .add(session, List.of(odd)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(odd + ": ");
  }

  @Test
  void featuresThatAreNoNumbersNameThePictureAndThePlace() {
    Weights damaged = ResNet.randomWeights(1);
    damaged.require("layer1.0.conv1.weight", 64, 64, 3, 3).data()[0] = Float.NaN;
    Session broken = Session.strict(session.engine(), parallel, damaged);
    assertThatThrownBy(() -> fitted(broken, 0, 4))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(
            normal.getFirst() + ": its features are no numbers (NaN at patch row");
  }
}
