package kintsugi.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kintsugi.AtomicOutput;
import kintsugi.Kintsugi;
import kintsugi.dataset.ImageFolder;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;
import kintsugi.detector.Verdict;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.interop.OnnxFormat;
import kintsugi.interop.OnnxRunner;
import kintsugi.weights.StoredTensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The figures of docs/interop.md: a calibrated model of the user's and its graph on the user's
 * images, in turns, from decoded pixels to score and map. Tested where the properties {@code
 * kintsugi.parity.model} and {@code kintsugi.parity.images} name both.
 */
class OnnxParityTest {
  private static final double TOLERANCE = 1e-4;

  @TempDir Path folder;

  private final List<Double> ours = new ArrayList<>();
  private final List<Double> theirs = new ArrayList<>();
  private double worst;
  private double nearest = Double.MAX_VALUE;

  @Test
  void everyImageHasItsScoreAndVerdict() {
    String named = System.getProperty("kintsugi.parity.model", "");
    String images = System.getProperty("kintsugi.parity.images", "");
    assumeTrue(!named.isEmpty() && !images.isEmpty());
    try (Kintsugi kintsugi = Kintsugi.open()) {
      Model model = kintsugi.load(Path.of(named));
      Path file = folder.resolve("model.onnx");
      AtomicOutput.file(file, part -> OnnxFormat.find().write(model, false, part));
      List<Path> files = ImageFolder.list(Path.of(images));
      long count = Long.getLong("kintsugi.parity.count", files.size());
      try (OnnxRunner graph = OnnxRunner.open(file, List.of())) {
        files.stream().limit(count).forEach(image -> compare(kintsugi, model, graph, image));
      }
      System.out.printf(
          "%d images: normalised scores differ by at most %.1e, the nearest is %.4f from the"
              + " threshold, no verdict differs; median %.0f ms per image in ONNX Runtime, %.0f ms"
              + " here; the graph has %.0f MB%n",
          ours.size(), worst, nearest, median(theirs), median(ours), file.toFile().length() / 1e6);
    }
  }

  private void compare(Kintsugi kintsugi, Model model, OnnxRunner graph, Path file) {
    Pixels pixels = kintsugi.predict(model, ImageSource.of(file)).image();
    ImageSource decoded = ImageSource.of(pixels);
    long start = System.nanoTime();
    Prediction expected = kintsugi.predict(model, decoded);
    long between = System.nanoTime();
    Map<String, StoredTensor> found =
        graph.run(
            Map.of(OnnxFormat.IMAGES, OnnxRunner.images(pixels)),
            graph.outputs().stream().map(OnnxRunner.Value::name).toList());
    long end = System.nanoTime();
    ours.add((between - start) / 1e6);
    theirs.add((end - between) / 1e6);
    double score = expected.normalisedScore().orElseThrow();
    double other = found.get(OnnxFormat.NORMALISED_SCORE).get(0);
    worst = Math.max(worst, Math.abs(other - score));
    nearest = Math.min(nearest, Math.abs(score - model.requireCalibration().threshold()));
    assertThat(other).as(file.toString()).isCloseTo(score, within(TOLERANCE));
    assertThat(found.get(OnnxFormat.ANOMALOUS).get(0))
        .as(file.toString())
        .isEqualTo(expected.verdict() == Verdict.ANOMALOUS ? 1 : 0);
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
  }
}
