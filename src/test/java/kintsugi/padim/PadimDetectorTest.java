package kintsugi.padim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.imageio.ImageIO;
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
import kintsugi.detector.TestWeights;
import kintsugi.detector.TrainingImages;
import kintsugi.detector.Verdict;
import kintsugi.engine.Gaussians;
import kintsugi.engine.Parallel;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.experiment.ClassOutcome;
import kintsugi.experiment.Evaluation;
import kintsugi.experiment.EvaluationRun;
import kintsugi.experiment.Outcome;
import kintsugi.image.Decoding;
import kintsugi.image.ImageSource;
import kintsugi.metric.ThresholdRule;
import kintsugi.weights.StoredTensor;
import kintsugi.weights.Weights;
import org.apache.commons.math3.linear.LUDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The whole path on drawn images with random weights: needs nothing but the clone. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PadimDetectorTest {
  private static final int TRAIN = 10;

  @TempDir static Path folder;

  private final Parallel parallel = new Parallel(2);
  private final Weights weights = ResNet.randomWeights(1);
  private Session session;
  private List<ImageSource> normal;
  private List<ImageSource> anomalous;
  private Model model;

  @BeforeAll
  void fit() {
    SyntheticConcrete.write(folder, TRAIN + 6, 6, 2);
    normal = images(SyntheticConcrete.NORMAL);
    anomalous = images(SyntheticConcrete.ANOMALOUS);
    session = Session.strict(new VectorEngine(parallel), parallel, weights);
    model = fit(session);
  }

  private static List<ImageSource> images(String name) {
    return ImageFolder.list(folder.resolve(name)).stream().map(ImageSource::of).toList();
  }

  @AfterAll
  void close() {
    parallel.close();
  }

  private Model fit(Session session) {
    Model uncalibrated = fitted(session, 0, TRAIN).finish();
    return uncalibrated.with(
        Calibration.of(
            uncalibrated,
            normal.subList(TRAIN, TRAIN + 3),
            anomalous.subList(0, 3),
            Optional.empty()));
  }

  private Fit fitted(Session session, int from, int to) {
    return fitted(session, PadimRecipe.MATLAB, 1, from, to);
  }

  private Fit fitted(Session session, Recipe recipe, long seed, int from, int to) {
    Fit fit = new PadimMethod().fit(session, recipe, seed);
    fit.add(normal.subList(from, to));
    return fit;
  }

  private List<Sample> samples(int from, int to) {
    List<Sample> samples = new ArrayList<>();
    for (int i = from; i < to; i++) {
      samples.add(Sample.normal(normal.get(TRAIN + i).file().orElseThrow()));
      samples.add(new Sample(anomalous.get(i).file().orElseThrow(), true, "cracked", null));
    }
    return samples;
  }

  private static List<Scored> scored(Model model, List<ImageSource> images) {
    return model.detector().score(images, "test").toList();
  }

  private static List<float[]> maps(Model model, List<ImageSource> images) {
    return scored(model, images).stream().map(scored -> scored.map().data()).toList();
  }

  @Test
  void cracksScoreHigherThanConcrete() {
    Evaluation evaluation = Evaluation.of(model, samples(3, 6), Evaluation.PixelOptions.USUAL);
    assertThat(evaluation.outcomes()).hasSize(6);
    assertThat(evaluation.roc().area()).isEqualTo(1);
    assertThat(evaluation.confusion().tp() + evaluation.confusion().fn()).isEqualTo(3);
  }

  @Test
  void everyClassOfDefectsHasItsOwnFigures() {
    List<Sample> samples = new ArrayList<>(samples(3, 6));
    samples.set(1, new Sample(samples.get(1).file(), true, "a dark crack", null));
    List<Path> seen = new ArrayList<>();
    Evaluation evaluation;
    try (EvaluationRun run = new EvaluationRun(model, samples, Evaluation.PixelOptions.USUAL)) {
      run.forEachRemaining(judged -> seen.add(judged.outcome().sample().file()));
      evaluation = run.evaluation();
    }
    assertThat(seen).containsExactlyElementsOf(samples.stream().map(Sample::file).toList());
    assertThat(evaluation.outcomes())
        .extracting(Outcome::sample)
        .containsExactlyElementsOf(samples);
    List<ClassOutcome> classes = evaluation.classes();
    assertThat(classes)
        .extracting(ClassOutcome::label)
        .containsExactly("normal", "a dark crack", "cracked");
    assertThat(classes).extracting(ClassOutcome::images).containsExactly(3, 1, 2);
    assertThat(classes.get(0).auroc()).isNaN();
    assertThat(classes.get(1).auroc()).isEqualTo(1);
    assertThat(classes.get(1).median()).isEqualTo(evaluation.outcomes().get(1).score());
    int right = classes.stream().mapToInt(ClassOutcome::right).sum();
    assertThat(right).isEqualTo(evaluation.confusion().tn() + evaluation.confusion().tp());
    assertThat(classes.get(0).lowest()).isLessThan(classes.get(0).highest());
  }

  @Test
  void savedAndLoadedItScoresWithTheSameBits() {
    Path file = folder.resolve("model.safetensors");
    model.save(file);
    Model loaded = Model.load(file, session);
    assertThat(loaded.calibration()).isEqualTo(model.calibration());
    assertThat(loaded.detector().recipe()).isEqualTo(PadimRecipe.MATLAB);
    List<ImageSource> images = anomalous.subList(0, 2);
    assertThat(maps(loaded, images).get(1)).isEqualTo(maps(model, images).get(1));
  }

  @Test
  void threadsAndTheBatchChangeNoBit() {
    try (Parallel one = new Parallel(1)) {
      Session single = Session.strict(new VectorEngine(one), one, weights);
      float[] alone = maps(fit(single), anomalous.subList(4, 5)).getFirst();
      assertThat(maps(model, anomalous).get(4)).isEqualTo(alone);
    }
  }

  @Test
  void aModelFileOfOtherWeightsOrCutShortIsRefused() throws IOException {
    Path file = folder.resolve("other.safetensors");
    model.save(file);
    Session other = Session.strict(session.engine(), parallel, ResNet.randomWeights(2));
    assertThatThrownBy(() -> Model.load(file, other))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(file + ": was fitted with other weights");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> Model.load(file, session))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("is cut short");
    Path noModel = TestWeights.write(folder.resolve("weights.safetensors"), 1);
    assertThatThrownBy(() -> Model.load(noModel, session))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("is not a model of Kintsugi");
  }

  @Test
  void beforeCalibrationThereIsNoThreshold() {
    Model uncalibrated =
        new Model(model.detector(), Optional.empty(), "w", 1, TrainingImages.UNKNOWN);
    assertThatThrownBy(uncalibrated::requireCalibration)
        .isInstanceOf(InputException.class)
        .hasMessageContaining("the model has no threshold yet; calibrate it");
  }

  @Test
  void withoutAnomalousImagesTheThresholdLiesJustAboveTheNormalOnes() {
    List<ImageSource> good = normal.subList(TRAIN, TRAIN + 6);
    Calibration calibration = Calibration.of(model, good, List.of(), Optional.empty());
    double maximum =
        scored(model, good).stream()
            .mapToDouble(scored -> calibration.normalise(scored.score()))
            .max()
            .orElseThrow();
    assertThat(calibration.threshold()).isEqualTo(Math.nextUp(maximum));
    assertThat(calibration.verdict(maximum)).isEqualTo(Verdict.NORMAL);
    assertThat(calibration.verdict(Math.nextUp(maximum))).isEqualTo(Verdict.ANOMALOUS);
  }

  @Test
  void theRangeIsThatOfTheCalibrationMaps() {
    Calibration calibration = model.calibration().orElseThrow();
    List<ImageSource> images = new ArrayList<>(normal.subList(TRAIN, TRAIN + 3));
    images.addAll(anomalous.subList(0, 3));
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (float[] map : maps(model, images)) {
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
  void anUnreadableImageEndsTheWorkOrIsLeftOut() throws IOException {
    Path broken = Files.writeString(folder.resolve("broken.jpg"), "no image");
    List<ImageSource> images = List.of(anomalous.get(0), ImageSource.of(broken), anomalous.get(1));
    assertThatThrownBy(() -> maps(model, images))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(broken.toString());
    Session.Options skip =
        new Session.Options(
            Progress.SILENT,
            true,
            Long.MAX_VALUE,
            Decoding.DEFAULT_MAX_PIXELS,
            () -> false,
            line -> {});
    Session lenient = new Session(session.engine(), parallel, weights, skip);
    Path file = folder.resolve("lenient.safetensors");
    model.save(file);
    assertThat(scored(Model.load(file, lenient), images))
        .extracting(Scored::source)
        .containsExactly(images.get(0), images.get(2));
    assertThat(lenient.skipped()).containsExactly(images.get(1));
  }

  @Test
  void imagesForWhichMemoryLacksNextToOthersAreReadLater() {
    List<ImageSource> plain = anomalous.subList(0, 4);
    List<ImageSource> images = new ArrayList<>(plain);
    images.set(0, tooLargeOnce(plain.get(0)));
    images.set(2, tooLargeOnce(plain.get(2)));
    assertThat(scored(model, images)).extracting(Scored::source).containsExactlyElementsOf(images);
    images.set(0, tooLargeOnce(plain.get(0)));
    images.set(2, tooLargeOnce(plain.get(2)));
    assertThat(maps(model, images)).containsExactlyElementsOf(maps(model, plain));
  }

  /** An image whose first reading finds no memory. */
  private static ImageSource tooLargeOnce(ImageSource source) {
    AtomicBoolean failed = new AtomicBoolean();
    BufferedImage image = source.read().toImage();
    BufferedImage failing =
        new BufferedImage(image.getColorModel(), image.getRaster(), false, null) {
          @Override
          public ColorModel getColorModel() {
            if (!failed.getAndSet(true)) {
              // What the decoder of a file makes of it.
              OutOfMemoryError memory = new OutOfMemoryError("next to the others");
              throw new InputException(source.name() + ": memory", memory);
            }
            return super.getColorModel();
          }
        };
    return ImageSource.of(source.name(), failing);
  }

  @Test
  void oneImageIsTooFew() {
    assertThatThrownBy(() -> fitted(session, 0, 1).finish())
        .isInstanceOf(InputException.class)
        .hasMessageContaining("1 readable image cannot show what is normal");
    Path single = folder.resolve("single.safetensors");
    fitted(session, 0, 1).save(single);
    assertThatThrownBy(() -> Fit.load(single, session).finish())
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("1 readable image cannot");
  }

  @Test
  void shardsThatAreStoredAndMergedGiveTheModelOfOneFit() {
    Path first = folder.resolve("first.safetensors");
    Path second = folder.resolve("second.safetensors");
    fitted(session, 0, 4).save(first);
    fitted(session, 4, TRAIN).save(second);
    Fit merged = Fit.load(first, session);
    merged.merge(Fit.load(second, session));
    assertThat(merged.count()).isEqualTo(TRAIN);
    assertSameMaps(merged.finish(), 1e-5);
    assertThatThrownBy(() -> Model.load(first, session))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("it is a partial fit, not a model; finish it");
    Fit other = fitted(session, PadimRecipe.MATLAB, 2, 0, 4);
    assertThatThrownBy(() -> Fit.load(first, session).merge(other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("seed 2");
  }

  @Test
  void aPartialFitContinuesWithTheSameBitsAndAModelWithNearlyThem() {
    Path stored = folder.resolve("stored.safetensors");
    fitted(session, 0, 6).save(stored);
    Fit partial = Fit.load(stored, session);
    partial.add(normal.subList(6, TRAIN));
    assertSameMaps(partial.finish(), 0);
    Path finished = folder.resolve("finished.safetensors");
    fitted(session, 0, 6).finish().save(finished);
    Fit grown = Fit.load(finished, session);
    grown.add(normal.subList(6, TRAIN));
    assertThat(grown.count()).isEqualTo(TRAIN);
    assertSameMaps(grown.finish(), 1e-3);
  }

  private void assertSameMaps(Model other, double bound) {
    float[] expected = maps(model, anomalous.subList(0, 1)).getFirst();
    float[] actual = maps(other, anomalous.subList(0, 1)).getFirst();
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i]).isCloseTo(expected[i], within(bound * expected[i]));
    }
  }

  @Test
  void anExplanationAddsUpToTheDistanceAndPointsAtTheImage() {
    Calibration calibration = model.calibration().orElseThrow();
    Scored scored = scored(model, anomalous.subList(0, 2)).get(1);
    Explanation second = Explanation.of(scored, model.detector(), calibration, 0.5, 100);
    float[] distances = scored.distances().data();
    float maximum = 0;
    for (float distance : distances) {
      maximum = Math.max(maximum, distance);
    }
    Explanation.Patch worst = second.patches().getFirst();
    assertThat(second.patches()).hasSize(100);
    assertThat(worst.distance()).isEqualTo(maximum);
    assertThat(distances[worst.row() * 56 + worst.column()]).isEqualTo(maximum);
    double sum = worst.channels().stream().mapToDouble(Explanation.Channel::share).sum();
    assertThat(sum).isCloseTo(1, within(1e-9));
    // 100 channels are drawn with replacement; one drawn twice is named once.
    assertThat(worst.channels()).hasSizeLessThan(100);
    assertThat(worst.channels().stream().mapToDouble(Explanation.Channel::share).toArray())
        .containsExactly(fractions(scored, worst.row() * 56 + worst.column()), within(1e-6));
    assertThat(worst.channels().getFirst().tap()).startsWith("layer");
    // Images of 227 become 256, of which 16 to 240 are seen: 14.19 to 212.8 of the image.
    double scale = 227 / 256.0;
    assertThat(worst.box().x()).isCloseTo((16 + 4 * worst.column()) * scale, within(1e-6));
    assertThat(worst.box().y()).isCloseTo((16 + 4 * worst.row()) * scale, within(1e-6));
    assertThat(worst.box().width()).isCloseTo(4 * scale, within(1e-6));
    assertThat(second.boxes()).isNotEmpty();
    assertThat(second.boxes().getFirst().peak()).isGreaterThanOrEqualTo(0.5);
  }

  /** {@code δ(c)·(Σ⁻¹·δ)(c)} over their sum by Commons Math, added by channel, largest first. */
  private double[] fractions(Scored scored, int position) {
    float[] mean = model.detector().tensors().get("mean").floats();
    float[] factors = model.detector().tensors().get("cholesky_factor").floats();
    int first = position * Gaussians.triangle(100);
    RealMatrix l = MatrixUtils.createRealMatrix(100, 100);
    float[] patch = scored.patch(position);
    double[] delta = new double[100];
    for (int i = 0; i < 100; i++) {
      delta[i] = (double) patch[i] - mean[position * 100 + i];
      for (int j = 0; j <= i; j++) {
        l.setEntry(i, j, factors[first + Gaussians.triangle(i) + j]);
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
    StoredTensor channels = model.detector().tensors().get("channels");
    Map<Integer, Double> fractions = new TreeMap<>();
    for (int i = 0; i < 100; i++) {
      fractions.merge((int) channels.get(i), delta[i] * solved[i] / whole, Double::sum);
    }
    return fractions.values().stream().mapToDouble(s -> -s).sorted().map(s -> -s).toArray();
  }

  @Test
  void thresholdsFollowTheRuleAndSayWhatTheyNeed() {
    List<ImageSource> good = normal.subList(TRAIN, TRAIN + 6);
    ThresholdRule margin = ThresholdRule.parse("margin:0.5");
    Calibration calibration = Calibration.of(model, good, List.of(), Optional.of(margin));
    assertThat(calibration.rule()).isEqualTo(margin);
    assertThat(calibration.falsePositives().found()).isZero();
    assertThat(calibration.falsePositives().samples()).isEqualTo(6);
    assertThatThrownBy(
            () -> Calibration.of(model, good, List.of(), Optional.of(ThresholdRule.YOUDEN)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("the threshold rule youden needs anomalous images");
  }

  @Test
  void imagesOfAnotherSizeAreRefusedWhereTheRecipeLeavesTheSize() throws IOException {
    Recipe any = Choices.with(PadimRecipe.MATLAB, Map.of("resize", "scale:0.5", "crop", "same"));
    Path odd = folder.resolve("odd.png");
    ImageIO.write(new BufferedImage(100, 120, BufferedImage.TYPE_INT_RGB), "png", odd.toFile());
    Fit fit = fitted(session, any, 1, 0, 4);
    assertThat(fit.inputSize()).contains(new InputSize(114, 114));
    assertThatThrownBy(() -> fit.add(List.of(ImageSource.of(odd))))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(odd + ": is 100x120 and becomes 50x60 where 114x114 is needed");
    assertThatThrownBy(
            () ->
                fitted(session, Choices.with(PadimRecipe.MATLAB, Map.of("resize", "same")), 1, 0, 0)
                    .add(List.of(ImageSource.of(odd))))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(odd + ": ");
  }

  @Test
  void featuresThatAreNotFiniteNameTheImageAndThePlace() {
    Weights damaged = ResNet.randomWeights(1);
    damaged.require("layer1.0.conv1.weight", 64, 64, 3, 3).data()[0] = Float.NaN;
    Session broken = Session.strict(session.engine(), parallel, damaged);
    assertThatThrownBy(() -> fitted(broken, 0, 4))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(
            normal.getFirst() + ": its features are not finite (NaN at patch row");
  }
}
