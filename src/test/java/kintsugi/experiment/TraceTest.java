package kintsugi.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kintsugi.Kintsugi;
import kintsugi.backbone.ResNet;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.Choices;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Origin;
import kintsugi.detector.Prediction;
import kintsugi.detector.Recipe;
import kintsugi.detector.Stage;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
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
      Trace trace = Trace.of(model, image, Trace.Wanted.VALUES);
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
      Trace trace = Trace.of(model, image(), Trace.Wanted.VALUES);
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
      Trace trace = Trace.of(model, image(), Trace.Wanted.VALUES.at(3, 5));
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
      assertThatThrownBy(() -> Trace.of(model, image(), Trace.Wanted.VALUES.at(3, 16)))
          .hasMessageContaining("3,16 is not a patch of a grid of 16 rows and 16 columns");
    }
  }

  @ParameterizedTest
  @CsvSource({"padim", "patchcore"})
  void everyStepHasAUnitAndATimeOfSeveralWarmRuns(String method) {
    try (Kintsugi kintsugi = open("vector")) {
      Model model = calibrated(kintsugi, method);
      Trace.Wanted timed = new Trace.Wanted(Optional.empty(), true, List.of());
      List<Stage> stages = Trace.of(model, image(), timed).stages();
      assertThat(stages).allMatch(stage -> !stage.unit().isBlank());
      List<Stage.Time> times =
          stages.stream().map(Stage::time).filter(time -> time.runs() > 0).toList();
      assertThat(times).hasSizeGreaterThan(8);
      assertThat(times)
          .allMatch(time -> time.millis() > 0 && time.runs() >= 5 && time.before() >= 5);
      assertThat(Trace.of(model, image(), Trace.Wanted.VALUES).stages())
          .allMatch(stage -> stage.time().equals(Stage.Time.NONE));
    }
  }

  private static Stage stage(Trace trace, String name) {
    return trace.stages().stream()
        .filter(stage -> stage.name().startsWith(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void correlationsAreOneWhereAChannelWasDrawnTwiceAndTheNoteNamesIt() {
    try (Kintsugi kintsugi = open("vector")) {
      Trace trace =
          Trace.of(calibrated(kintsugi, "padim/matlab"), image(), Trace.Wanted.VALUES.at(7, 9));
      float[] channels = trace.tensors().get("channels").data();
      int d = channels.length;
      Stage correlations = stage(trace, "correlations");
      String note = correlations.notes().getFirst();
      int pairs = 0;
      for (int i = 0; i < d; i++) {
        assertThat(correlations.value().data()[i * d + i]).isIn(0f, 1f);
        for (int j = 0; j < i; j++) {
          float entry = correlations.value().data()[i * d + j];
          if (channels[i] == channels[j] && entry != 0) {
            assertThat(entry).isCloseTo(1, within(0.01f));
            assertThat(note).containsPattern("\\b" + j + "( and \\d+)*? and " + i + "\\b");
            pairs++;
          }
        }
      }
      assertThat(pairs).isGreaterThan(3);
      assertThat(note).contains("with replacement", "layer1.1.bn2 channel ");
    }
  }

  @Test
  void theSpectrumHasTheTraceAndTheDeterminantOfTheCovariance() {
    try (Kintsugi kintsugi = open("vector")) {
      Trace trace = Trace.of(calibrated(kintsugi, "padim/matlab"), image(), Trace.Wanted.VALUES);
      Stage spectrum = stage(trace, "spectrum");
      float[] eigenvalues = spectrum.value().data();
      float[] sigma = trace.tensors().get("covariance_at_patch").data();
      float[] factor = stage(trace, "factor L").value().data();
      int d = eigenvalues.length;
      double sum = 0;
      double logarithms = 0;
      double diagonal = 0;
      double determinant = 0;
      for (int i = 0; i < d; i++) {
        sum += eigenvalues[i];
        logarithms += Math.log(eigenvalues[i]);
        diagonal += sigma[i * d + i];
        determinant += 2 * Math.log(factor[i * d + i]);
        assertThat(eigenvalues[i]).isLessThanOrEqualTo(eigenvalues[Math.max(0, i - 1)]);
      }
      assertThat(sum).isCloseTo(diagonal, within(1e-4 * diagonal));
      assertThat(logarithms).isCloseTo(determinant, within(1e-3 * Math.abs(determinant)));
      // Six images leave five directions in which something varies.
      assertThat(spectrum.notes().getFirst()).startsWith((d - 5) + " of " + d + " eigenvalues");
      assertThat(stage(trace, "condition").value().data()[0])
          .isCloseTo(
              eigenvalues[0] / eigenvalues[d - 1],
              within(1e-3f * eigenvalues[0] / eigenvalues[d - 1]));
    }
  }

  @Test
  void theNearestTrainingPatchesComeWithTheirImages() throws Exception {
    try (Kintsugi kintsugi = open("vector")) {
      Model model = calibrated(kintsugi, "patchcore");
      Path good = folder.resolve(SyntheticConcrete.NORMAL);
      List<ImageSource> training = kintsugi.images(good);
      Trace.Wanted wanted = new Trace.Wanted(Optional.empty(), false, training);
      Trace trace = Trace.of(model, image(), wanted);
      assertThat(trace.nearest()).hasSizeBetween(5, 9);
      float smallest = (float) trace.nearest().getFirst().neighbour().distance();
      assertThat(trace.tensors().get("distances").data()).contains(smallest);
      for (TrainingPatch patch : trace.nearest()) {
        Origin origin = patch.neighbour().origin();
        Pixels image = ImageSource.of(good.resolve(origin.image())).read();
        assertThat(patch.image().orElseThrow().rgb()).isEqualTo(image.rgb());
        assertThat(image.hash()).startsWith(origin.imageId());
      }
      // Another image of the same name is not shown, nor one that is not there any more.
      String changed = trace.nearest().getFirst().neighbour().origin().image();
      Files.copy(
          folder.resolve(SyntheticConcrete.ANOMALOUS).resolve("001.png"),
          good.resolve(changed),
          StandardCopyOption.REPLACE_EXISTING);
      assertThat(Trace.of(model, image(), wanted).nearest())
          .allMatch(
              patch ->
                  patch.image().isPresent() != patch.neighbour().origin().image().equals(changed));
      assertThat(Trace.of(model, image(), Trace.Wanted.VALUES).nearest())
          .hasSameSizeAs(trace.nearest())
          .allMatch(patch -> patch.image().isEmpty());
    }
  }

  private ImageSource image() {
    return ImageSource.of(folder.resolve(SyntheticConcrete.ANOMALOUS).resolve("001.png"));
  }
}
