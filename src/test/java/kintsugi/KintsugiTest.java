package kintsugi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import kintsugi.backbone.ResNet;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.Choices;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;
import kintsugi.detector.Recipe;
import kintsugi.detector.Verdict;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The door: one process, images in memory or files, any number of threads. */
class KintsugiTest {
  private static final int THREADS = 16;

  @TempDir static Path folder;
  private static Kintsugi kintsugi;
  private static Path good;
  private static Path bad;

  @BeforeAll
  static void open() {
    SyntheticConcrete.write(folder, 8, 20, 1);
    good = folder.resolve(SyntheticConcrete.NORMAL);
    bad = folder.resolve(SyntheticConcrete.ANOMALOUS);
    kintsugi = Kintsugi.builder().threads(2).weights(ResNet.randomWeights(1)).open();
  }

  @AfterAll
  static void close() {
    kintsugi.close();
    // A session keeps its weights and what it made of them, and all tests run in one process.
    kintsugi = null;
  }

  private static Model fitted(String method) {
    Recipe recipe =
        Choices.with(Methods.recipe(method), Map.of("resize", "72x72", "crop", "64x64"));
    return kintsugi.fit(recipe, 1, kintsugi.images(good));
  }

  private static Model calibrated(String method) {
    return kintsugi.calibrate(fitted(method), good, bad);
  }

  @ParameterizedTest
  @ValueSource(strings = {"padim", "patchcore"})
  void sixteenThreadsGetTheBitsOfOneInTurn(String method) throws Exception {
    Model model = calibrated(method);
    List<ImageSource> images = new ArrayList<>(kintsugi.images(bad));
    images.addAll(kintsugi.images(good));
    List<Prediction> inTurn = images.stream().map(i -> kintsugi.predict(model, i)).toList();
    CountDownLatch start = new CountDownLatch(1);
    List<Future<List<Prediction>>> futures = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      for (int t = 0; t < THREADS; t++) {
        int first = t;
        Callable<List<Prediction>> task =
            () -> {
              start.await();
              List<Prediction> own = new ArrayList<>();
              for (int i = 0; i < images.size(); i++) {
                own.add(kintsugi.predict(model, images.get((first + i) % images.size())));
              }
              return own;
            };
        futures.add(threads.submit(task));
      }
      start.countDown();
      for (int t = 0; t < THREADS; t++) {
        List<Prediction> own = futures.get(t).get();
        for (int i = 0; i < images.size(); i++) {
          Prediction expected = inTurn.get((t + i) % images.size());
          assertThat(own.get(i).score()).isEqualTo(expected.score());
          assertThat(own.get(i).map().data()).isEqualTo(expected.map().data());
          assertThat(own.get(i).source()).isSameAs(expected.source());
        }
      }
    }
    assertThat(inTurn.stream().mapToDouble(Prediction::score).distinct().count())
        .isEqualTo(images.size());
  }

  @Test
  void aBrokenImageAmongOthersFailsAlone() throws Exception {
    Model model = calibrated("padim");
    Path broken = Files.writeString(folder.resolve("broken.png"), "text");
    List<ImageSource> images = kintsugi.images(bad);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Prediction>> whole = new ArrayList<>();
      List<Future<Prediction>> failing = new ArrayList<>();
      for (ImageSource image : images) {
        whole.add(threads.submit(() -> kintsugi.predict(model, image)));
        failing.add(threads.submit(() -> kintsugi.predict(model, broken)));
      }
      for (Future<Prediction> each : whole) {
        assertThat(each.get().verdict()).isNotEqualTo(Verdict.NOT_CALIBRATED);
      }
      for (Future<Prediction> each : failing) {
        assertThatThrownBy(each::get).hasCauseInstanceOf(InputException.class);
      }
    }
  }

  @Test
  void anImageIsTheSameInMemoryAndInAFile() throws IOException {
    Model model = calibrated("padim");
    Path file = bad.resolve("003.png");
    BufferedImage image = ImageIO.read(file.toFile());
    Prediction expected = kintsugi.predict(model, file);
    List<Prediction> others =
        List.of(
            kintsugi.predict(model, image),
            kintsugi.predict(model, Pixels.of(image)),
            kintsugi.predict(model, ImageSource.of("part 7", Files.readAllBytes(file))));
    for (Prediction other : others) {
      assertThat(other.score()).isEqualTo(expected.score());
      assertThat(other.map().data()).isEqualTo(expected.map().data());
    }
    assertThat(others.getLast().source().name()).isEqualTo("part 7");
  }

  @Test
  void beforeCalibrationThereAreScoresAndMapsAndNoVerdict() {
    Prediction prediction = kintsugi.predict(fitted("padim"), bad.resolve("000.png"));
    assertThat(prediction.verdict()).isEqualTo(Verdict.NOT_CALIBRATED);
    assertThat(prediction.verdict()).hasToString("not calibrated");
    assertThat(prediction.normalisedScore()).isEmpty();
    assertThat(prediction.regions()).isEmpty();
    assertThat(prediction.score()).isPositive();
    assertThat(prediction.heatMap().getWidth()).isEqualTo(227);
  }

  @Test
  void afterCalibrationVerdictScoreAndRegionsBelongTogether() {
    Model model = calibrated("padim");
    double threshold = model.requireCalibration().threshold();
    for (ImageSource image : kintsugi.images(bad)) {
      Prediction prediction = kintsugi.predict(model, image);
      boolean above = prediction.normalisedScore().orElseThrow() >= threshold;
      assertThat(prediction.isAnomalous()).isEqualTo(above);
      Prediction explained = kintsugi.explain(model, image);
      assertThat(explained.regions()).isEqualTo(prediction.regions());
      assertThat(explained.explanation().orElseThrow().patches()).hasSize(5);
    }
  }

  @Test
  void aStreamIsReadAsItIsAskedForAndKeepsItsOrder() {
    Model model = calibrated("padim");
    List<ImageSource> images = kintsugi.images(bad);
    AtomicInteger read = new AtomicInteger();
    Stream<ImageSource> endless =
        Stream.generate(() -> images.get(read.getAndIncrement() % images.size()));
    List<Prediction> predictions;
    try (Stream<Prediction> stream = kintsugi.predict(model, endless)) {
      predictions = stream.limit(40).toList();
    }
    assertThat(read.get()).isBetween(40, 64);
    for (int i = 0; i < predictions.size(); i++) {
      ImageSource image = images.get(i % images.size());
      assertThat(predictions.get(i).source()).isSameAs(image);
      assertThat(predictions.get(i).score()).isEqualTo(kintsugi.predict(model, image).score());
    }
  }

  @Test
  void aModelIsSavedAndLoadedWithItsThreshold() throws IOException {
    Model model = calibrated("patchcore");
    Path notes = Files.writeString(folder.resolve("notes.txt"), "mine");
    assertThatThrownBy(() -> kintsugi.save(model, notes))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(notes + ": is there already and is not a model of Kintsugi");
    assertThat(notes).hasContent("mine");
    Path file = folder.resolve("bank.safetensors");
    kintsugi.save(model, file);
    Model loaded = kintsugi.load(file);
    assertThat(loaded.calibration()).isEqualTo(model.calibration());
    assertThat(loaded.recipe()).isEqualTo(model.recipe());
    Path image = bad.resolve("001.png");
    assertThat(kintsugi.predict(loaded, image).score())
        .isEqualTo(kintsugi.predict(model, image).score());
  }

  @Test
  void wrongChoicesSayWhatThereIs() {
    assertThatThrownBy(() -> kintsugi.fit("padam", good))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("padim/matlab");
    assertThatThrownBy(
            () -> Kintsugi.builder().weights(ResNet.randomWeights(1)).engine("steam").open())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("engine: steam is not an engine");
    ImageSource image = kintsugi.images(good).getFirst();
    assertThatThrownBy(() -> kintsugi.explain(fitted("padim"), image))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("the model has no threshold yet");
  }
}
