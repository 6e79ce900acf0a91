package kintsugi.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import kintsugi.Kintsugi;
import kintsugi.detector.Calibration;
import kintsugi.detector.Model;
import kintsugi.detector.Scored;
import kintsugi.detector.Verdict;
import kintsugi.engine.Convolutions;
import kintsugi.image.ImageSource;
import kintsugi.interop.ImportGoldens.Golden;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Safetensors;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Imported models against the scores and maps of their owners' programs: the small ones of {@link
 * ImportGoldens}, and those that {@code tools/golden_import.py} made of whole images in the folder
 * of the property {@code kintsugi.golden.import}, where that is set.
 */
class ImportGoldenTest {
  private static final double TOLERANCE = 1e-4;
  private static final String END = ".golden.safetensors";

  @TempDir Path folder;

  static List<String> names() throws IOException {
    return ImportGoldens.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void importedModelsScoreAsTheirOwnersDo(String name) throws IOException {
    Weights weights = ImportGoldens.weights().orElse(null);
    assumeTrue(weights != null, "the ResNet-18 of torchvision is not here");
    Golden golden = ImportGoldens.unpack(name, weights, folder);
    ForeignModel foreign = ForeignModel.read(golden.model(), ImportGoldens.choices(name));
    compare(golden, foreign, ImportGoldens.images(golden.scores()), weights);
  }

  @TestFactory
  Stream<DynamicTest> modelsOfWholeImagesScoreAsTheirOwnersDo() throws IOException {
    Path named = Path.of(System.getProperty("kintsugi.golden.import", "none"));
    if (!Files.isDirectory(named)) {
      return Stream.of();
    }
    try (Stream<Path> files = Files.list(named)) {
      return files.filter(file -> file.toString().endsWith(END)).sorted().toList().stream()
          .map(file -> DynamicTest.dynamicTest(name(file), () -> whole(file)));
    }
  }

  private static void whole(Path file) {
    Golden golden = new Golden(name(file), model(file), Safetensors.read(file));
    List<ImageSource> images =
        ImportGoldens.names(golden.scores()).stream()
            .map(image -> ImageSource.of(file.resolveSibling("images/scored").resolve(image)))
            .toList();
    Weights weights = ImportGoldens.weights().orElseThrow();
    compare(golden, ForeignModel.read(golden.model()), images, weights);
  }

  private static String name(Path golden) {
    return golden.getFileName().toString().replace(END, "");
  }

  /**
   * {@code anomalib1-padim-ckpt} is of {@code anomalib1-padim.ckpt}, {@code inspection-1} a folder.
   */
  private static Path model(Path golden) {
    Path folder = golden.resolveSibling(name(golden));
    return Files.isDirectory(folder)
        ? folder
        : golden.resolveSibling(name(golden).replaceFirst("-(\\w+)$", ".$1"));
  }

  private static void compare(
      Golden golden, ForeignModel foreign, List<ImageSource> images, Weights weights) {
    try (Kintsugi kintsugi =
        Kintsugi.builder()
            .convolutions(Convolutions.DIRECT)
            .weights(foreign.weights().orElse(weights))
            .open()) {
      Model model = foreign.in(kintsugi.session());
      try (Stream<Scored> scored = model.detector().score(images, "golden")) {
        int[] at = {0};
        double[] worst = new double[2];
        scored.forEachOrdered(image -> compare(golden.scores(), at[0]++, image, model, worst));
        assertThat(at[0]).isEqualTo(images.size());
        System.out.printf("%s: score %.1e map %.1e%n", golden.name(), worst[0], worst[1]);
      }
    }
  }

  private static void compare(
      Safetensors golden, int n, Scored image, Model model, double[] worst) {
    double wanted = golden.tensors().get("scores").get(n);
    worst[0] = Math.max(worst[0], Math.abs(image.score() - wanted));
    assertThat(image.score())
        .as("score of image %d", n)
        .isCloseTo(wanted, within(tolerance(wanted)));
    if (golden.tensors().containsKey("normalised")) {
      Calibration calibration = model.requireCalibration();
      double shown = calibration.normalise(image.score());
      assertThat(Math.clamp(shown, 0, 1))
          .isCloseTo(golden.tensors().get("normalised").get(n), within(TOLERANCE));
      boolean anomalous = golden.tensors().get("anomalous").get(n) == 1;
      if (Math.abs(shown - calibration.threshold()) > TOLERANCE) {
        assertThat(calibration.verdict(shown) == Verdict.ANOMALOUS).isEqualTo(anomalous);
      }
    }
    Tensor maps = golden.tensors().get("maps").tensor();
    if (n < maps.dim(0)) {
      int pixels = maps.dim(1) * maps.dim(2);
      for (int i = 0; i < pixels; i++) {
        double value = maps.data()[n * pixels + i];
        worst[1] = Math.max(worst[1], Math.abs(image.map().data()[i] - value));
      }
      assertThat(worst[1]).as("map of image %d", n).isLessThan(tolerance(wanted));
    }
  }

  /** 1e-4, of scores above 1 relative to them: squared distances are some hundreds. */
  private static double tolerance(double score) {
    return TOLERANCE * Math.max(1, Math.abs(score));
  }
}
