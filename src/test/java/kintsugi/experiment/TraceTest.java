package kintsugi.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import kintsugi.Kintsugi;
import kintsugi.backbone.ResNet;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.Calibration;
import kintsugi.detector.Choices;
import kintsugi.detector.Explanation;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Origin;
import kintsugi.detector.Prediction;
import kintsugi.detector.Recipe;
import kintsugi.detector.Stage;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.padim.PadimRecipe;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The trace names the code that really ran, and its values are those of a prediction. */
class TraceTest {
  private static final Path SOURCES = Path.of("src/main/java/kintsugi");

  /** Rows and columns of a drawn image. */
  private static final int IMAGE = 227;

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

  /** Channel 64 of all is the first one of the second layer. */
  @Test
  void aChannelThatWasDrawnTwiceIsNamedByItsLayer() {
    try (Kintsugi kintsugi = open("vector")) {
      PadimRecipe recipe =
          (PadimRecipe)
              Choices.with(
                  Methods.recipe("padim/matlab"), Map.of("resize", "72x72", "crop", "64x64"));
      long seed = 1;
      while (elements(recipe, seed, 64).size() != 2) {
        seed++;
      }
      Path good = folder.resolve(SyntheticConcrete.NORMAL);
      Model model = kintsugi.fit(recipe, seed, kintsugi.images(good));
      model = kintsugi.calibrate(model, good, folder.resolve(SyntheticConcrete.ANOMALOUS));
      List<Integer> twice = elements(recipe, seed, 64);
      assertThat(stage(Trace.of(model, image(), Trace.Wanted.VALUES), "correlations").notes())
          .singleElement()
          .asString()
          .contains(
              "layer2.1.bn2 channel 0 (elements " + twice.get(0) + " and " + twice.get(1) + ")");
    }
  }

  private static List<Integer> elements(PadimRecipe recipe, long seed, int channel) {
    int[] channels = recipe.draw().draw(448, seed);
    return IntStream.range(0, channels.length).filter(i -> channels[i] == channel).boxed().toList();
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

  @Test
  void meanAndCovarianceAreThoseOfTheTrainingPatchesAtThePosition() {
    try (Kintsugi kintsugi = open("vector")) {
      Model model = calibrated(kintsugi, "padim/matlab");
      Trace trace = Trace.of(model, image(), Trace.Wanted.VALUES.at(7, 9));
      Tensor x = stage(trace, "embedding x").value();
      assertThat(x.data()).isEqualTo(trace.tensors().get("embedding").part(7 * 16 + 9).data());
      List<float[]> learnt =
          kintsugi.images(folder.resolve(SyntheticConcrete.NORMAL)).stream()
              .map(source -> Trace.of(model, source, Trace.Wanted.VALUES.at(7, 9)))
              .map(of -> stage(of, "embedding x").value().data())
              .toList();
      int d = x.size();
      float[] mean = stage(trace, "mean").value().data();
      float[] difference = stage(trace, "difference").value().data();
      Tensor sigma = stage(trace, "covariance").value();
      assertThat(sigma.data()).isEqualTo(trace.tensors().get("covariance_at_patch").data());
      float[] correlations = stage(trace, "correlations").value().data();
      double[][] s = covariance(learnt);
      for (int i = 0; i < d; i++) {
        double own = mean(learnt, i);
        assertThat(mean[i]).isCloseTo((float) own, within(1e-5f));
        assertThat(difference[i]).isCloseTo((float) (x.data()[i] - own), within(1e-4f));
        assertThat(s[i][i]).as("an element that varies").isGreaterThan(1e-4);
        for (int j = 0; j <= i; j++) {
          double expected = s[i][j] + (i == j ? 0.01 : 0);
          double deviations = Math.sqrt(s[i][i] * s[j][j]);
          double error = 1e-5 * (0.01 + deviations);
          assertThat((double) sigma.data()[i * d + j]).isCloseTo(expected, within(error));
          assertThat(sigma.data()[j * d + i]).isEqualTo(sigma.data()[i * d + j]);
          assertThat((double) correlations[i * d + j])
              .isCloseTo(s[i][j] / deviations, within(1e-4));
        }
      }
    }
  }

  private static double[][] covariance(List<float[]> vectors) {
    int d = vectors.getFirst().length;
    double[][] s = new double[d][d];
    for (int i = 0; i < d * d; i++) {
      int row = i / d;
      int column = i % d;
      double rows = mean(vectors, row);
      double columns = mean(vectors, column);
      for (float[] each : vectors) {
        s[row][column] += (each[row] - rows) * (each[column] - columns) / (vectors.size() - 1);
      }
    }
    return s;
  }

  private static double mean(List<float[]> vectors, int element) {
    return vectors.stream().mapToDouble(vector -> vector[element]).average().orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({"padim/matlab, 4", "patchcore/matlab, 8"})
  void thePatchWithTheMaximumDistanceIsInspectedAndTheDecisionIsThatOfItsNumbers(
      String method, int side) {
    try (Kintsugi kintsugi = open("vector")) {
      Model model = calibrated(kintsugi, method);
      Trace trace = Trace.of(model, image(), Trace.Wanted.VALUES);
      Tensor distances = trace.tensors().get("distances");
      float maximum = 0;
      for (float distance : distances.data()) {
        maximum = Math.max(maximum, distance);
      }
      assertThat(distances.part(trace.row()).data()[trace.column()]).isEqualTo(maximum);
      assertThat(boxOf(trace.box())).isEqualTo(place(trace.row(), trace.column(), side));
      Prediction prediction = kintsugi.predict(model, image());
      assertThat(trace.stages())
          .filteredOn(stage -> stage.name().equals("score"))
          .singleElement()
          .satisfies(
              stage ->
                  assertThat(stage.value().data()).containsExactly((float) prediction.score()));
      Stage decision = stage(trace, "decision");
      assertThat(decision.value().data()).containsExactly((float) trace.score());
      Calibration calibration = model.requireCalibration();
      assertThat(decision.formula())
          .isEqualTo(
              String.format(
                  Locale.ROOT,
                  "(score − %.4g)/(%.4g − %.4g) ≥ %.4g",
                  calibration.low(),
                  calibration.high(),
                  calibration.low(),
                  calibration.threshold()));
    }
  }

  /** The part of a drawn image that a patch covers: 64 of 72 pixels of its sides are the input. */
  private static List<Integer> place(int row, int column, int side) {
    double pixel = IMAGE / 72.0;
    return boxOf(
        new Explanation.Box(
            (4 + column * side) * pixel, (4 + row * side) * pixel, side * pixel, side * pixel, 0));
  }

  /** Left, top, width and height in thousandths of a pixel. */
  private static List<Integer> boxOf(Explanation.Box box) {
    return DoubleStream.of(box.x(), box.y(), box.width(), box.height())
        .mapToObj(value -> (int) Math.round(1000 * value))
        .toList();
  }

  @Test
  void everyLayerIsTheNetworksOwnAndAnArrayHasItsChannelsFirst() {
    try (Kintsugi kintsugi = open("vector")) {
      Trace trace = Trace.of(calibrated(kintsugi, "padim/anomalib"), image(), Trace.Wanted.VALUES);
      Tensor input = stage(trace, "input").value();
      List<String> layers = List.of("stem", "layer1", "layer2", "layer3");
      Map<String, Tensor> features = kintsugi.session().backbone(layers).run(input);
      for (String layer : layers) {
        Tensor value = stage(trace, layer).value();
        assertThat(value.data()).as(layer).isEqualTo(features.get(layer).data());
        if (!layer.equals("stem")) {
          Tensor planes = trace.tensors().get(layer);
          int channels = value.dim(3);
          assertThat(planes.shape()).containsExactly(channels, value.dim(1), value.dim(2));
          // Row 1, column 3 of channel 7.
          assertThat(planes.part(7).part(1).data()[3])
              .isEqualTo(value.part(0).part(1).part(3).data()[7]);
        }
      }
    }
  }

  @Test
  void aNeighbourIsThePatchOfItsOriginAndTheWeightIsThatOfTheRowsAroundTheNearest() {
    try (Kintsugi kintsugi = open("vector")) {
      Model model = calibrated(kintsugi, "patchcore/matlab");
      Path good = folder.resolve(SyntheticConcrete.NORMAL);
      Trace.Wanted wanted = new Trace.Wanted(Optional.empty(), false, kintsugi.images(good));
      Trace trace = Trace.of(model, image(), wanted);
      float[] patch = stage(trace, "patch p").value().data();
      float[] listed = stage(trace, "distances to the").value().data();
      Stage m = stage(trace, "nearest bank patch m");
      assertThat(m.formula())
          .endsWith(" of the bank: " + trace.nearest().getFirst().neighbour().origin());
      double previous = 0;
      for (int i = 0; i < listed.length; i++) {
        TrainingPatch near = trace.nearest().get(i);
        Origin origin = near.neighbour().origin();
        assertThat(boxOf(near.box().orElseThrow()))
            .isEqualTo(place(origin.row(), origin.column(), 8));
        Trace there =
            Trace.of(
                model,
                ImageSource.of(good.resolve(origin.image())),
                Trace.Wanted.VALUES.at(origin.row(), origin.column()));
        float[] learnt = stage(there, "patch p").value().data();
        double distance = distance(patch, learnt);
        assertThat(near.neighbour().distance()).isCloseTo(distance, within(1e-4 * distance));
        assertThat((double) listed[i]).isCloseTo(distance, within(1e-4 * distance));
        assertThat(distance).isGreaterThanOrEqualTo(previous * (1 - 1e-4));
        previous = distance;
        if (i == 0) {
          assertThat(m.value().data()).isEqualTo(learnt);
        }
      }
      assertThat((double) stage(trace, "weight").value().data()[0])
          .isCloseTo(weight(patch, m.value().data(), trace.tensors().get("bank")), within(1e-5));
    }
  }

  private static double distance(float[] a, float[] b) {
    double squares = 0;
    for (int i = 0; i < a.length; i++) {
      squares += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
    }
    return Math.sqrt(squares);
  }

  /** Equation 7 with nine rows of the bank, sorted by their distance to the nearest one. */
  private static double weight(float[] patch, float[] nearest, Tensor bank) {
    double sum =
        IntStream.range(0, bank.dim(0))
            .mapToObj(row -> bank.part(row).data())
            .sorted(Comparator.comparingDouble(row -> distance(nearest, row)))
            .limit(9)
            .mapToDouble(row -> Math.exp(distance(patch, row)))
            .sum();
    return 1 - Math.exp(distance(patch, nearest)) / sum;
  }

  private ImageSource image() {
    return ImageSource.of(folder.resolve(SyntheticConcrete.ANOMALOUS).resolve("001.png"));
  }
}
