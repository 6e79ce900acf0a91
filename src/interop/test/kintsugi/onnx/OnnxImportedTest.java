package kintsugi.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kintsugi.AtomicOutput;
import kintsugi.Kintsugi;
import kintsugi.detector.Calibration;
import kintsugi.detector.Model;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.interop.ForeignModel;
import kintsugi.interop.ImportGoldens;
import kintsugi.interop.ImportGoldens.Golden;
import kintsugi.interop.OnnxFormat;
import kintsugi.interop.OnnxRunner;
import kintsugi.weights.StoredTensor;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Other programs' models, imported, saved, read again and exported: ONNX Runtime has to score our
 * graph as the owner's program scored the model that was imported.
 */
class OnnxImportedTest {
  private static final double TOLERANCE = 1e-4;

  @TempDir Path folder;

  static List<String> names() throws IOException {
    return ImportGoldens.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void anImportedModelsGraphScoresAsItsOwnerDoes(String name) throws IOException {
    Weights weights = ImportGoldens.weights().orElse(null);
    assumeTrue(weights != null, "the ResNet-18 of torchvision is not here");
    Golden golden = ImportGoldens.unpack(name, weights, folder);
    ForeignModel foreign = ForeignModel.read(golden.model(), ImportGoldens.choices(name));
    try (Kintsugi kintsugi =
        Kintsugi.builder().threads(2).weights(foreign.weights().orElse(weights)).open()) {
      Path saved = folder.resolve("saved.safetensors");
      foreign.in(kintsugi.session()).save(saved);
      Model model = kintsugi.load(saved);
      Path file = folder.resolve("ours.onnx");
      AtomicOutput.file(file, part -> OnnxFormat.find().write(model, false, part));
      try (OnnxRunner graph = OnnxRunner.open(file, List.of())) {
        List<ImageSource> images = ImportGoldens.images(golden.scores());
        for (int n = 0; n < images.size(); n++) {
          Pixels image = kintsugi.predict(model, images.get(n)).image();
          compare(golden, n, run(graph, image), model.calibration());
        }
      }
    }
  }

  private static Map<String, StoredTensor> run(OnnxRunner graph, Pixels image) {
    return graph.run(
        Map.of(OnnxFormat.IMAGES, OnnxRunner.images(image)),
        graph.outputs().stream().map(OnnxRunner.Value::name).toList());
  }

  private static void compare(
      Golden golden, int n, Map<String, StoredTensor> found, Optional<Calibration> calibration) {
    Map<String, StoredTensor> wanted = golden.scores().tensors();
    double score = wanted.get("scores").get(n);
    double bound = TOLERANCE * Math.max(1, score);
    assertThat(found.get(OnnxFormat.IMAGE_SCORE).get(0)).isCloseTo(score, within(bound));
    if (wanted.containsKey("normalised")) {
      double shown = found.get(OnnxFormat.NORMALISED_SCORE).get(0);
      assertThat(Math.clamp(shown, 0, 1))
          .isCloseTo(wanted.get("normalised").get(n), within(TOLERANCE));
      if (Math.abs(shown - calibration.orElseThrow().threshold()) > TOLERANCE) {
        assertThat(found.get(OnnxFormat.ANOMALOUS).get(0))
            .isEqualTo(wanted.get("anomalous").get(n));
      }
    }
    StoredTensor map = found.get(OnnxFormat.SCORE_MAP);
    for (int i = 0; n == 0 && i < map.count(); i++) {
      assertThat(map.get(i)).isCloseTo(wanted.get("maps").get(i), within(bound));
    }
  }
}
