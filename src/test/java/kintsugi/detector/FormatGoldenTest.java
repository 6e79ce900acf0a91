package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import kintsugi.backbone.ResNet;
import kintsugi.engine.Parallel;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.image.ImageSource;
import kintsugi.weights.Safetensors;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files of every format that a release or an earlier build wrote, by that code itself: they are
 * read for ever, and score as they did. {@code src/test/resources/models/README.md} says how they
 * were made.
 */
class FormatGoldenTest {
  private static final Path FILES = Path.of("src/test/resources/models");

  @TempDir Path folder;

  private final Parallel parallel = new Parallel(2);

  @AfterEach
  void close() {
    parallel.close();
  }

  /** A session with the weights' values, by whatever fingerprint the file has of them. */
  private Session session(Path file) {
    Weights random = ResNet.randomWeights(1);
    String fingerprint = Safetensors.read(file).metadata().get("weights");
    Weights weights = new Weights(random.source(), fingerprint, random.tensors());
    return Session.strict(new ScalarEngine(parallel), parallel, weights);
  }

  /** The images that the files were fitted to, 0 to 5, and others; drawn by integers alone. */
  static ImageSource image(int n, boolean bad) {
    BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_3BYTE_BGR);
    for (int y = 0; y < 32; y++) {
      for (int x = 0; x < 32; x++) {
        int value = (x * 7 + y * 13 + (x * y + n * 29) % 17 * 5 + n * 3) % 64 + 96;
        if (bad && x > 10 && x < 20 && y > 8 && y < 24) {
          value = (value * 5 + n * 40) % 256;
        }
        image.setRGB(x, y, value << 16 | (value + 9) << 8 | (value - 7));
      }
    }
    return ImageSource.of("image " + n, image);
  }

  @ParameterizedTest
  @CsvSource({
    "format-2-padim, 0.04566690082984654, 0.2726957702920563",
    "format-3-padim, 0.04566690082984654, 0.2726957702920563",
    "format-4-padim, 0.04566690082984654, 0.2726957702920563",
    "format-4-later-padim, 0.04566690082984654, 0.2726957702920563",
    "format-5-padim, 0.13320360515052143, 0.3770164987459682",
    "format-2-patchcore, 0.16573464290766346, 1.074799667723546",
    "format-3-patchcore, 0.16573464290766346, 1.074799667723546",
    "format-4-patchcore, 0.16573464290766346, 1.074799667723546",
    "format-4-later-patchcore, 0.16573464290766346, 1.074799667723546",
    "format-5-patchcore, 0.5275928355200749, 0.8850005597054988"
  })
  void aModelScoresAsItDid(String name, double normal, double anomalous) {
    Path file = FILES.resolve(name + ".safetensors");
    Session session = session(file);
    assertThat(FileCheck.of(file, Optional.of(session)).findings()).isEmpty();
    Model model = Model.load(file, session);
    assertScores(model, normal, anomalous);
    // Written again it is of today's format.
    Path again = folder.resolve("again.safetensors");
    model.save(again);
    assertThat(Safetensors.read(again).metadata())
        .containsEntry("kintsugi.format", name.startsWith("format-5") ? "5" : "4");
    assertScores(Model.load(again, session), normal, anomalous);
    assertThat(model.provenance()).isEqualTo(Provenance.UNKNOWN);
  }

  /** Winograd's arithmetic made the scores, the scalar engine makes them here. */
  private static void assertScores(Model model, double normal, double anomalous) {
    Calibration calibration = model.requireCalibration();
    double good = calibration.normalise(model.detector().score(image(6, false)).score());
    double bad = calibration.normalise(model.detector().score(image(12, true)).score());
    assertThat(good).isCloseTo(normal, within(1e-4));
    assertThat(bad).isCloseTo(anomalous, within(1e-4));
    assertThat(calibration.verdict(good)).isEqualTo(Verdict.NORMAL);
    assertThat(calibration.verdict(bad)).isEqualTo(Verdict.ANOMALOUS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"format-2", "format-3", "format-4", "format-4-later"})
  void anUnfinishedFitContinues(String format) {
    Path file = FILES.resolve(format + "-padim-partial.safetensors");
    Session session = session(file);
    assertThat(FileCheck.of(file, Optional.of(session)).findings()).isEmpty();
    Path wholly = FILES.resolve(format + "-padim.safetensors");
    try (Fit fit = Fit.load(file, session)) {
      assertThat(fit.count()).isEqualTo(6);
      Model finished = fit.finish();
      double expected =
          Model.load(wholly, session(wholly)).detector().score(image(6, false)).score();
      assertThat(finished.detector().score(image(6, false)).score())
          .isCloseTo(expected, within(1e-4 * expected));
    }
    try (Fit fit = Fit.load(file, session)) {
      fit.add(IntStream.range(6, 9).mapToObj(n -> image(n, false)).toList());
      assertThat(fit.count()).isEqualTo(9);
    }
  }

  @Test
  void theListOfFormatsIsWhole() {
    assertThat(List.of(FILES.toFile().list())).hasSize(15).contains("README.md");
  }
}
