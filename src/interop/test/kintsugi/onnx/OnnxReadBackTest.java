package kintsugi.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Choices;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;
import kintsugi.image.ImageSource;
import kintsugi.interop.ForeignModel;
import kintsugi.interop.OnnxFormat;
import kintsugi.weights.StoredTensor;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The file of every recipe's export, read back without a runtime. */
class OnnxReadBackTest {
  /** Of a score: what was fitted is inverted, or moved, in fp32 on its way. */
  private static final double TOLERANCE = 1e-5;

  @TempDir static Path folder;

  private static Kintsugi kintsugi;

  @BeforeAll
  static void open() {
    // With a fingerprint of their values, as weights of a file have it.
    Map<String, StoredTensor> drawn = new LinkedHashMap<>();
    ResNet.randomWeights(1)
        .tensors()
        .forEach((name, tensor) -> drawn.put(name, StoredTensor.of(tensor)));
    kintsugi = Kintsugi.builder().threads(2).weights(Weights.of("drawn", drawn)).open();
  }

  @AfterAll
  static void close() {
    kintsugi.close();
  }

  static Stream<Arguments> recipes() {
    return OnnxExportTest.recipes();
  }

  private static Path export(Model model, boolean stages) {
    Path file = folder.resolve("model.onnx");
    AtomicOutput.file(file, part -> OnnxFormat.find().write(model, stages, part));
    return file;
  }

  private static Model fitted(String recipe, Map<String, String> changes, int width, int height) {
    List<ImageSource> images = OnnxExportTest.images(6, width, height, 1);
    return kintsugi.fit(
        Choices.with(Methods.recipe(recipe), new LinkedHashMap<String, Object>(changes)),
        1,
        images.subList(0, 5));
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void aModelIsReadBack(String recipe, Map<String, String> changes, int width, int height) {
    Model fitted = fitted(recipe, changes, width, height);
    List<ImageSource> others = OnnxExportTest.images(6, width, height, 2);
    Model model =
        kintsugi.calibrate(fitted, others.subList(0, 4), others.subList(5, 6), Optional.empty());
    Model read = ForeignModel.read(export(model, true)).in(kintsugi.session());
    assertThat(read.recipe()).isEqualTo(model.recipe());
    assertThat(read.fingerprint()).isEqualTo(model.fingerprint());
    for (ImageSource image : OnnxExportTest.images(2, width, height, 3)) {
      Prediction wanted = kintsugi.predict(model, image);
      Prediction found = kintsugi.predict(read, image);
      assertThat(found.score() / wanted.score()).isCloseTo(1, within(TOLERANCE));
      assertThat(found.verdict()).isEqualTo(wanted.verdict());
    }
  }

  /** The file is one that the schema's own writer made, node by node as it is checked. */
  @Test
  void aChangedFileIsRefusedAtTheNode() throws IOException {
    Path file =
        export(
            fitted("padim/anomalib", Map.of("channels", "20", "resize", "64x48"), 50, 70), false);
    GraphEdit graph = new GraphEdit(file).bypass("padim/Sqrt");
    Path changed = graph.write(folder.resolve("changed.onnx"));
    assertThatThrownBy(() -> ForeignModel.read(changed))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("its graph has Identity at padim/Sqrt")
        .hasMessageContaining("where Kintsugi's export has Sqrt")
        .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1));
  }
}
