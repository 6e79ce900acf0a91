package kintsugi.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kintsugi.Kintsugi;
import kintsugi.backbone.ResNet;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.Choices;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;
import kintsugi.detector.Recipe;
import kintsugi.detector.Stage;
import kintsugi.image.ImageSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The trace names the code that really ran, and its values are those of a prediction. */
class TraceTest {
  private static final Path SOURCES = Path.of("src/main/java/kintsugi");

  @TempDir Path folder;

  private Kintsugi open(String engine) {
    SyntheticConcrete.write(folder, 6, 3, 1);
    return Kintsugi.builder().threads(2).engine(engine).weights(ResNet.randomWeights(1)).open();
  }

  private Model calibrated(Kintsugi kintsugi, String method) {
    Recipe recipe =
        Choices.with(Methods.recipe(method), Map.of("resize", "72x72", "crop", "64x64"));
    Path good = folder.resolve(SyntheticConcrete.NORMAL);
    Model model = kintsugi.fit(recipe, 1, kintsugi.images(good));
    return kintsugi.calibrate(model, good, folder.resolve(SyntheticConcrete.ANOMALOUS));
  }

  @ParameterizedTest
  @CsvSource({"padim, vector", "padim, scalar", "patchcore, vector", "patchcore, scalar"})
  void everySourceExistsAndTheEnginesAreTheOnesThatRan(String method, String engine)
      throws Exception {
    try (Kintsugi kintsugi = open(engine)) {
      Model model = calibrated(kintsugi, method);
      ImageSource image = image();
      Trace trace = Trace.of(model, image, Optional.empty());
      for (Stage stage : trace.stages()) {
        String[] source = stage.source().split("#");
        Path file = SOURCES.resolve(source[0].replace('.', '/') + ".java");
        assertThat(file).as(stage.name()).exists();
        assertThat(Files.readString(file)).as(stage.source()).contains(" " + source[1] + "(");
      }
      List<String> engines =
          trace.stages().stream()
              .map(Stage::source)
              .filter(source -> source.startsWith("engine."))
              .toList();
      assertThat(engines).hasSizeGreaterThan(6).allMatch(s -> s.startsWith("engine." + engine));
      assertThat(trace.stages()).anyMatch(Stage::recomputed).anyMatch(s -> !s.recomputed());
    }
  }

  @ParameterizedTest
  @CsvSource({"padim", "patchcore"})
  void itsMapAndScoreAreThoseOfThePrediction(String method) {
    try (Kintsugi kintsugi = open("vector")) {
      Model model = calibrated(kintsugi, method);
      Trace trace = Trace.of(model, image(), Optional.empty());
      Prediction prediction = kintsugi.predict(model, image());
      assertThat(trace.map().data()).isEqualTo(prediction.map().data());
      assertThat(trace.score()).isEqualTo(prediction.normalisedScore().orElseThrow());
      assertThat(trace.anomalous()).isEqualTo(prediction.isAnomalous());
    }
  }

  @Test
  void theForwardSubstitutionShownHasThePatchsDistance() {
    try (Kintsugi kintsugi = open("vector")) {
      Model model = calibrated(kintsugi, "padim");
      Trace trace = Trace.of(model, image(), Optional.of(new Trace.Position(3, 5)));
      Stage y =
          trace.stages().stream()
              .filter(stage -> stage.name().startsWith("forward substitution"))
              .findFirst()
              .orElseThrow();
      double squares = 0;
      for (float value : y.value().data()) {
        squares += (double) value * value;
      }
      float distance = trace.tensors().get("distances").data()[3 * 16 + 5];
      assertThat(Math.sqrt(squares)).isCloseTo(distance, within(1e-3 * distance));
      assertThatThrownBy(() -> Trace.of(model, image(), Optional.of(new Trace.Position(3, 16))))
          .hasMessageContaining("3,16 is not a patch of a grid of 16 rows and 16 columns");
    }
  }

  private ImageSource image() {
    return ImageSource.of(folder.resolve(SyntheticConcrete.ANOMALOUS).resolve("001.png"));
  }
}
