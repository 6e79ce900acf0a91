package kintsugi.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Choices;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;
import kintsugi.detector.Recipe;
import kintsugi.detector.Verdict;
import kintsugi.experiment.Trace;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.interop.OnnxFormat;
import kintsugi.interop.OnnxRunner;
import kintsugi.weights.StoredTensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every recipe's graph, run by ONNX Runtime, next to the model that it was made of. */
class OnnxExportTest {
  /** Of a stage's maximum. */
  private static final double TOLERANCE = 5e-5;

  private static Kintsugi kintsugi;
  @TempDir Path folder;

  @BeforeAll
  static void open() {
    kintsugi = Kintsugi.builder().threads(2).weights(ResNet.randomWeights(1)).open();
  }

  @AfterAll
  static void close() {
    kintsugi.close();
  }

  static Stream<Arguments> recipes() {
    return Stream.of(
        small("padim/kintsugi", Map.of("channels", "20", "resize", "auto:64"), 90, 70),
        small("padim/matlab", Map.of("channels", "20", "resize", "64x60", "crop", "56x48"), 90, 70),
        small("padim/anomalib", Map.of("channels", "20", "resize", "64x48"), 50, 70),
        small(
            "padim/paper",
            Map.of("channels", "20", "resize", "shorter:60", "crop", "48x56"),
            91,
            61),
        small(
            "padim/paper",
            Map.of(
                "channels",
                "20",
                "resize",
                "same",
                "crop",
                "48x56",
                "layer_scale",
                "patch",
                "score",
                "top-7"),
            61,
            67),
        small("patchcore/kintsugi", Map.of("ratio", "0.1", "resize", "auto:64"), 90, 70),
        small("patchcore/matlab", Map.of("resize", "scale:0.7"), 90, 75),
        small("patchcore/matlab", Map.of("resize", "100x90", "k", "4", "score", "mean"), 90, 75),
        small("patchcore/anomalib", Map.of("resize", "80x70", "interpolation", "bicubic"), 90, 75),
        small(
            "padim/matlab",
            Map.of(
                "channels",
                "20",
                "resize",
                "64x60",
                "crop",
                "56x48",
                "interpolation",
                "bilinear_float"),
            131,
            97),
        small(
            "padim/matlab",
            Map.of(
                "channels",
                "20",
                "resize",
                "64x60",
                "crop",
                "56x48",
                "interpolation",
                "bilinear_aliased"),
            131,
            97),
        small("patchcore/amazon", Map.of("resize", "shorter:70", "crop", "64x56"), 90, 75));
  }

  private static Arguments small(
      String recipe, Map<String, String> changes, int width, int height) {
    return Arguments.of(recipe, changes, width, height);
  }

  /** Noise on soft waves; the last of some has a stripe. */
  static List<ImageSource> images(int count, int width, int height, long seed) {
    Random random = new Random(seed);
    List<ImageSource> images = new ArrayList<>();
    for (int n = 0; n < count; n++) {
      byte[] rgb = new byte[width * height * 3];
      double phase = random.nextDouble();
      for (int i = 0; i < rgb.length; i++) {
        int x = i / 3 % width;
        int y = i / 3 / width;
        double value = 120 + 60 * Math.sin(x * 0.11 + phase) * Math.cos(y * 0.07 + i % 3);
        value += n == count - 1 && Math.abs(x - y) < 4 ? 90 : 0;
        rgb[i] = (byte) Math.clamp((long) (value + 12 * random.nextGaussian()), 0, 255);
      }
      images.add(ImageSource.of(new Pixels(width, height, rgb)));
    }
    return images;
  }

  private static Model model(String recipe, Map<String, String> changes, int width, int height) {
    Recipe chosen =
        Choices.with(Methods.recipe(recipe), new LinkedHashMap<String, Object>(changes));
    Model fitted = kintsugi.fit(chosen, 1, images(6, width, height, 1).subList(0, 5));
    List<ImageSource> others = images(6, width, height, 2);
    return kintsugi.calibrate(fitted, others.subList(0, 4), others.subList(5, 6), Optional.empty());
  }

  private OnnxRunner exported(Model model, boolean stages) {
    Path file = folder.resolve("model.onnx");
    AtomicOutput.file(file, part -> OnnxFormat.find().write(model, stages, part));
    return OnnxRunner.open(file, OnnxFormat.STAGES);
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void everyStageAgrees(String recipe, Map<String, String> changes, int width, int height) {
    Model model = model(recipe, changes, width, height);
    try (OnnxRunner graph = exported(model, false)) {
      List<String> outputs = graph.outputs().stream().map(OnnxRunner.Value::name).toList();
      for (ImageSource source : images(3, width, height, 3)) {
        Pixels image = kintsugi.predict(model, source).image();
        Trace trace = Trace.of(model, source, Trace.Wanted.VALUES);
        Map<String, StoredTensor> values =
            graph.run(Map.of(OnnxFormat.IMAGES, OnnxRunner.images(image)), outputs);
        float[] input = values.get("input").floats();
        if (model.recipe().preprocessing().interpolation().isRounded()) {
          assertThat(input).as("to the bit").isEqualTo(trace.tensors().get("input").data());
        }
        assertThat(error(input, trace.tensors().get("input").data())).isLessThan(1e-6);
        for (String stage : List.of("layer2", "layer3", "embedding", "distances", "map", "score")) {
          assertThat(error(values.get(stage).floats(), trace.tensors().get(stage).data()))
              .as(stage)
              .isLessThan(TOLERANCE);
        }
        assertVerdict(values, kintsugi.predict(model, source), model);
      }
    }
  }

  private static double error(float[] actual, float[] wanted) {
    assertThat(actual).hasSameSizeAs(wanted);
    double most = 0;
    double error = 0;
    for (int i = 0; i < wanted.length; i++) {
      most = Math.max(most, Math.abs(wanted[i]));
      error = Math.max(error, Math.abs(actual[i] - wanted[i]));
    }
    assertThat(most).isPositive();
    return error / most;
  }

  private static void assertVerdict(
      Map<String, StoredTensor> values, Prediction ours, Model model) {
    assertThat(values.get(OnnxFormat.NORMALISED_SCORE).get(0))
        .isCloseTo(ours.normalisedScore().orElseThrow(), within(1e-4));
    assertThat(values.get(OnnxFormat.ANOMALOUS).get(0))
        .isEqualTo(ours.verdict() == Verdict.ANOMALOUS ? 1 : 0);
    double threshold = model.requireCalibration().pixelThreshold();
    double least = model.requireCalibration().denormalise(threshold);
    double margin = 1e-4 * Math.abs(least);
    StoredTensor mask = values.get(OnnxFormat.ANOMALY_MASK);
    for (int i = 0; i < mask.count(); i++) {
      float value = ours.map().data()[i];
      if (Math.abs(value - least) > margin) {
        assertThat(mask.get(i)).isEqualTo(value >= least ? 1 : 0);
      }
    }
  }

  @Test
  void aBatchHasTheScoresOfItsImages() {
    Model model = model("patchcore/matlab", Map.of("resize", "scale:0.7"), 90, 75);
    List<ImageSource> sources = images(3, 90, 75, 3);
    byte[] all = new byte[3 * 90 * 75 * 3];
    for (int n = 0; n < 3; n++) {
      byte[] rgb = kintsugi.predict(model, sources.get(n)).image().rgb();
      System.arraycopy(rgb, 0, all, n * rgb.length, rgb.length);
    }
    StoredTensor batch =
        new StoredTensor(StoredTensor.Type.U8, new long[] {3, 75, 90, 3}, ByteBuffer.wrap(all));
    try (OnnxRunner graph = exported(model, false)) {
      StoredTensor scores =
          graph
              .run(Map.of(OnnxFormat.IMAGES, batch), List.of(OnnxFormat.IMAGE_SCORE))
              .get(OnnxFormat.IMAGE_SCORE);
      IntStream.range(0, 3)
          .forEach(
              n ->
                  assertThat(scores.get(n) / kintsugi.predict(model, sources.get(n)).score())
                      .isCloseTo(1, within(1e-4)));
    }
  }

  @Test
  void anImageOfAnotherSizeThanTheModelsIsRefusedByTheRuntime() {
    Model model = model("patchcore/matlab", Map.of("resize", "scale:0.7"), 90, 75);
    Pixels other = kintsugi.predict(model.forAnySize(), images(1, 75, 90, 1).getFirst()).image();
    try (OnnxRunner graph = exported(model, false)) {
      assertThatThrownBy(
              () ->
                  graph.run(
                      Map.of(OnnxFormat.IMAGES, OnnxRunner.images(other)),
                      List.of(OnnxFormat.IMAGE_SCORE)))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("images_must_get_");
    }
  }

  @Test
  void theFileSaysWhatItIs() {
    Model model =
        model("padim/matlab", Map.of("channels", "20", "resize", "60x56", "crop", "56x48"), 90, 70);
    try (OnnxRunner graph = exported(model, true)) {
      assertThat(graph.metadata())
          .containsEntry("method", "padim")
          .containsEntry("seed", "1")
          .containsEntry("input_size", "56x48")
          .containsEntry("threshold", "" + model.requireCalibration().threshold())
          .containsKeys("recipe", "weights", "kintsugi.version", "licence", "low", "high");
      assertThat(graph.inputs().getFirst().shape()).containsExactly(-1L, -1L, -1L, 3L);
      assertThat(graph.outputs().stream().map(OnnxRunner.Value::name))
          .startsWith("image_score", "score_map", "normalised_score", "anomalous", "anomaly_mask")
          .contains("input", "layer1", "embedding", "distances");
    }
  }

  @Test
  void whatAGraphCannotExpressIsNamed() {
    Model tiled =
        model(
            "patchcore/kintsugi", Map.of("resize", "100x90", "tile", "64", "ratio", "0.1"), 90, 75);
    assertThatThrownBy(() -> exported(tiled, false))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("tiles")
        .hasMessageNotContaining("\n");
  }

  @Test
  void aFileThatIsNotAGraphIsOneLine() throws IOException {
    Path file = Files.writeString(folder.resolve("no.onnx"), "no graph");
    for (List<String> more : List.of(List.<String>of(), OnnxFormat.STAGES)) {
      assertThatThrownBy(() -> OnnxRunner.open(file, more))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("no.onnx")
          .hasMessageNotContaining("\n");
    }
  }
}
