package kintsugi.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Calibration;
import kintsugi.detector.Model;
import kintsugi.detector.Scored;
import kintsugi.detector.Verdict;
import kintsugi.image.ImageSource;
import kintsugi.weights.StoredTensor;
import kintsugi.weights.TorchWriter;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models that are written as other programs write them, and read again. */
class ForeignModelTest {
  private static final Map<String, String> SMALL =
      Map.of("resize", "32x32", "interpolation", "bilinear_float");
  private static final List<ImageSource> NEW = ForeignFiles.images(100, 3);

  private static Kintsugi kintsugi;
  private static Model padim;
  private static Model patchcore;
  private static Model amazon;

  @TempDir Path folder;

  @BeforeAll
  static void fit() {
    kintsugi = ForeignFiles.open();
    Map<String, String> few = new LinkedHashMap<>(SMALL);
    few.put("channels", "5");
    padim = ForeignFiles.fitted(kintsugi, "padim/anomalib", few);
    Map<String, String> three = new LinkedHashMap<>(SMALL);
    three.put("reweighting", "3");
    patchcore = ForeignFiles.fitted(kintsugi, "patchcore/anomalib", three);
    amazon =
        ForeignFiles.fitted(
            kintsugi,
            "patchcore/amazon",
            Map.of("resize", "shorter:40", "crop", "32x32", "width", "24", "k", "2"));
  }

  @AfterAll
  static void close() {
    kintsugi.close();
    // A session keeps its weights and what it made of them, and all tests run in one process.
    kintsugi = null;
    padim = null;
    patchcore = null;
    amazon = null;
  }

  static void assertScoresAs(Model expected, Model actual, double tolerance) {
    try (Stream<Scored> wanted = expected.detector().score(NEW, "test");
        Stream<Scored> found = actual.detector().score(NEW, "test")) {
      List<Scored> all = found.toList();
      int[] at = {0};
      wanted.forEachOrdered(
          image -> {
            Scored other = all.get(at[0]++);
            double bound = tolerance * Math.max(1, image.score());
            assertThat(other.score()).isCloseTo(image.score(), within(bound));
            assertThat(other.map().data()).hasSize(image.map().size());
            for (int i = 0; i < image.map().size(); i++) {
              assertThat(other.map().data()[i])
                  .isCloseTo(image.map().data()[i], within((float) bound));
            }
          });
    }
  }

  private Path checkpoint(Model model, int release) throws IOException {
    return ForeignFiles.checkpoint(
        folder.resolve("model.ckpt"),
        ForeignFiles.state(model, release),
        ForeignFiles.settings(model, ForeignFiles.usual()));
  }

  private Model imported(Path file) {
    return ForeignModel.read(file).in(kintsugi.session());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aCheckpointOfPadimScoresAsTheModelThatItWasWrittenFrom(int release) throws IOException {
    Model model = imported(checkpoint(padim, release));
    assertThat(model.recipe().name()).isEqualTo("padim/anomalib*");
    assertScoresAs(padim, model, 1e-5);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aCheckpointOfPatchCoreScoresAsTheModelThatItWasWrittenFrom(int release) throws IOException {
    assertScoresAs(patchcore, imported(checkpoint(patchcore, release)), 1e-6);
  }

  @Test
  void anExportScoresAsTheModelThatItWasWrittenFrom() throws IOException {
    for (Model each : List.of(padim, patchcore)) {
      Path file = ForeignFiles.export(folder.resolve("m.pt"), each, ForeignFiles.usual());
      assertScoresAs(each, imported(file), 1e-5);
      assertThat(ForeignModel.read(file).origin()).endsWith("of anomalib 1, an export for torch");
    }
  }

  @Test
  void aFolderOfPatchCoreInspectionScoresAsTheModelThatItWasWrittenFrom() throws IOException {
    StoredTensor bank = amazon.detector().tensors().get("memory_bank");
    Path saved = ForeignFiles.folder(folder, ForeignFiles.parameters(24, 2, 32), bank);
    ForeignModel foreign = ForeignModel.read(saved, Map.of("resize", "shorter:40"));
    assertThat(foreign.network()).contains("ResNet-18");
    assertThat(foreign.notes()).anyMatch(note -> note.contains("takes 1 where it loads"));
    assertScoresAs(amazon, foreign.in(kintsugi.session()), 1e-6);
  }

  /** Of release 1 a score at the threshold is anomalous, of release 2 it is normal. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void normalisationAndThresholdsComeAlong(int release) throws IOException {
    Calibration calibration = imported(checkpoint(padim, release)).requireCalibration();
    assertThat(calibration.normalise(3)).isEqualTo(0.5);
    assertThat(calibration.normalise(4)).isEqualTo(0.75);
    assertThat(calibration.pixelThreshold()).isEqualTo(release == 1 ? 0.75 : Math.nextUp(0.75f));
    assertThat(calibration.verdict(calibration.normalise(3)))
        .isEqualTo(release == 1 ? Verdict.ANOMALOUS : Verdict.NORMAL);
    assertThat(calibration.verdict(calibration.normalise(3.001))).isEqualTo(Verdict.ANOMALOUS);
    assertThat(calibration.verdict(calibration.normalise(2.999))).isEqualTo(Verdict.NORMAL);
  }

  /** The other threshold in place of one that is not known: only where the owner says so. */
  @ParameterizedTest
  @CsvSource({"true, 0.5", "false, 0.25"})
  void thresholdsAreMatchedWhereTheOwnerMatchesThem(boolean matched, float pixels)
      throws IOException {
    Map<String, Object> state = ForeignFiles.state(padim, 2);
    StoredTensor unknown = StoredTensor.of(new float[] {Float.NaN});
    StoredTensor four = StoredTensor.of(new float[] {4});
    state.putAll(
        TorchWriter.views(
            Map.of(
                "post_processor._pixel_threshold",
                unknown,
                "post_processor._image_threshold",
                four),
            1000));
    Object processor =
        new TorchWriter.Instance(
            "anomalib.post_processing.post_processor",
            "PostProcessor",
            Map.of("enable_threshold_matching", matched));
    Map<String, Object> settings =
        new LinkedHashMap<>(ForeignFiles.settings(padim, ForeignFiles.usual()));
    settings.put(
        "hyper_parameters", Map.of("layers", padim.recipe().taps(), "post_processor", processor));
    Path file = ForeignFiles.checkpoint(folder.resolve("m.ckpt"), state, settings);
    Calibration calibration = ForeignModel.read(file).calibration().orElseThrow();
    assertThat(calibration.pixelThreshold()).isEqualTo(Math.nextUp(pixels));
  }

  /** The default of PatchCore's pre-processor is a crop in some releases, and none in others. */
  @Test
  void aPatchCoreWithoutATransformNeedsTheCrop() throws IOException {
    Map<String, Object> settings =
        Map.of("hyper_parameters", Map.of("layers", List.of("layer1", "layer2")));
    Path file =
        ForeignFiles.checkpoint(
            folder.resolve("m.ckpt"), ForeignFiles.state(patchcore, 2), settings);
    refused(file).hasMessageContainingAll("no transform", "(crop)", "224x224 or same");
    for (String crop : List.of("224x224", "same")) {
      var preprocessing = ForeignModel.read(file, Map.of("crop", crop)).recipe().preprocessing();
      assertThat(preprocessing.crop()).hasToString(crop);
      assertThat(preprocessing.resize()).hasToString("256x256");
    }
    Path padims =
        ForeignFiles.checkpoint(
            folder.resolve("p.ckpt"),
            ForeignFiles.state(padim, 2),
            Map.of("hyper_parameters", Map.of("layers", List.of("layer1"))));
    assertThat(ForeignModel.read(padims).recipe().preprocessing().crop()).hasToString("same");
  }

  /** What a file says is not overridden; the same may be said again. */
  @Test
  void aChoiceThatTheFileHasMadeIsRefused() throws IOException {
    Path file = checkpoint(padim, 1);
    assertThatThrownBy(() -> ForeignModel.read(file, Map.of("crop", "24x24")))
        .isInstanceOf(InputException.class)
        .hasMessage(file + ": has its own crop, same; leave out the one named (crop)");
    assertThat(ForeignModel.read(file, Map.of("resize", "32x32")).inputSize()).hasToString("32x32");
    StoredTensor bank = amazon.detector().tensors().get("memory_bank");
    Path saved = ForeignFiles.folder(folder, ForeignFiles.parameters(24, 2, 32), bank);
    assertThatThrownBy(
            () -> ForeignModel.read(saved, Map.of("resize", "shorter:40", "crop", "24x24")))
        .isInstanceOf(InputException.class)
        .hasMessage(saved + ": has its own crop, 32x32; leave out the one named (crop)");
  }

  @Test
  void aModelWithoutNormalisationIsNotCalibrated() throws IOException {
    Map<String, Object> state = ForeignFiles.state(padim, 1);
    state.keySet().removeIf(name -> name.startsWith("normalization_metrics"));
    Path file =
        ForeignFiles.checkpoint(
            folder.resolve("m.ckpt"), state, ForeignFiles.settings(padim, ForeignFiles.usual()));
    ForeignModel foreign = ForeignModel.read(file);
    assertThat(foreign.calibration()).isEmpty();
    assertThat(foreign.notes()).anyMatch(note -> note.contains("calibrate"));
  }

  @Test
  void anImportedModelIsSavedAndReadButNotContinued() throws IOException {
    for (Model each : List.of(padim, patchcore)) {
      Model model = imported(checkpoint(each, 2));
      Path file = folder.resolve("model.safetensors");
      model.save(file);
      Model read = kintsugi.load(file);
      assertScoresAs(model, read, 0);
      assertThat(read.requireCalibration()).isEqualTo(model.requireCalibration());
      assertThat(read.warnings()).isEmpty();
      assertThatThrownBy(() -> kintsugi.resume(file))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("was imported");
      assertThatThrownBy(() -> kintsugi.teach(read, NEW.getFirst()))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("was imported");
    }
  }

  @Test
  void resizeCropAndAntialiasAreTheTransforms() throws IOException {
    Object transform =
        ForeignFiles.compose(
            ForeignFiles.resize(false, 40, 44),
            ForeignFiles.crop(32),
            ForeignFiles.normalise(0.485));
    Path file =
        ForeignFiles.checkpoint(
            folder.resolve("m.ckpt"),
            ForeignFiles.state(padim, 1),
            ForeignFiles.settings(padim, transform));
    var preprocessing = ForeignModel.read(file).recipe().preprocessing();
    assertThat(preprocessing.resize()).hasToString("44x40");
    assertThat(preprocessing.crop()).hasToString("32x32");
    assertThat(preprocessing.interpolation()).hasToString("BILINEAR_ALIASED");
  }

  private AbstractThrowableAssert<?, ?> refused(Path file) {
    return assertThatThrownBy(() -> imported(file))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(file + ": ")
        .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1).hasSizeLessThan(600));
  }

  private Path with(Object transform) throws IOException {
    return ForeignFiles.checkpoint(
        folder.resolve("m.ckpt"),
        ForeignFiles.state(padim, 1),
        ForeignFiles.settings(padim, transform));
  }

  @Test
  void aTransformThatHasNoCounterpartIsNamed() throws IOException {
    Object grey =
        new TorchWriter.Instance("torchvision.transforms.v2._color", "Grayscale", Map.of());
    refused(
            with(
                ForeignFiles.compose(
                    grey, ForeignFiles.resize(true, 32, 32), ForeignFiles.normalise(0.485))))
        .hasMessageContaining("Grayscale");
    refused(
            with(
                ForeignFiles.compose(
                    ForeignFiles.resize(true, 32, 32), ForeignFiles.normalise(0.5))))
        .hasMessageContaining("other means");
    refused(
            with(
                ForeignFiles.compose(
                    ForeignFiles.normalise(0.485), ForeignFiles.resize(true, 32, 32))))
        .hasMessageContaining("in an unusual place");
    refused(with(ForeignFiles.compose(ForeignFiles.normalise(0.485))))
        .hasMessageContaining("unusual place");
    refused(
            with(
                ForeignFiles.compose(ForeignFiles.resize(true, 32), ForeignFiles.normalise(0.485))))
        .hasMessageContaining("no fixed size");
  }

  @Test
  void anotherFilterOfTheResizeIsNamed() throws IOException {
    for (Object filter :
        List.of(
            "bicubic",
            new TorchWriter.Called(
                "torchvision.transforms.functional", "InterpolationMode", "nearest"),
            3)) {
      Map<String, Object> attributes =
          new LinkedHashMap<>(ForeignFiles.resize(true, 32, 32).attributes());
      attributes.put("interpolation", filter);
      Object resize =
          new TorchWriter.Instance("torchvision.transforms.v2._geometry", "Resize", attributes);
      refused(with(ForeignFiles.compose(resize, ForeignFiles.normalise(0.485))))
          .hasMessageContaining("its transform resizes by");
    }
  }

  @Test
  void gaussiansOfAnotherGridAreNamed() throws IOException {
    refused(
            with(
                ForeignFiles.compose(
                    ForeignFiles.resize(true, 64, 64), ForeignFiles.normalise(0.485))))
        .hasMessageContainingAll("mean has shape [5, 64]", "[5, 256]");
  }

  @Test
  void anInverseThatIsNotPositiveDefiniteIsNamed() throws IOException {
    Map<String, Object> tensors = ForeignFiles.tensors(padim);
    StoredTensor inverse = (StoredTensor) tensors.get("gaussian.inv_covariance");
    float[] values = inverse.floats();
    for (int i = 0; i < 25; i++) {
      values[i] = -values[i];
    }
    Map<String, Object> state = ForeignFiles.state(padim, 1);
    state.putAll(
        TorchWriter.views(
            Map.of("model.gaussian.inv_covariance", StoredTensor.of(values, inverse.shape())),
            1000));
    Path file =
        ForeignFiles.checkpoint(
            folder.resolve("m.ckpt"), state, ForeignFiles.settings(padim, ForeignFiles.usual()));
    refused(file).hasMessageContaining("position 0 is not positive definite");
  }

  @Test
  void otherModelsAreNamed() throws IOException {
    Map<String, Object> state = ForeignFiles.state(padim, 1);
    state.keySet().removeIf(name -> name.contains("gaussian"));
    refused(ForeignFiles.checkpoint(folder.resolve("m.ckpt"), state, Map.of()))
        .hasMessageContaining("neither the Gaussians");
    Map<String, Object> without = ForeignFiles.state(padim, 1);
    without.keySet().removeIf(name -> name.contains("conv1.weight"));
    refused(
            ForeignFiles.checkpoint(
                folder.resolve("n.ckpt"),
                without,
                ForeignFiles.settings(padim, ForeignFiles.usual())))
        .hasMessageContaining("no ResNet");
    Path text = Files.writeString(folder.resolve("text.ckpt"), "hello");
    refused(text).hasMessageContaining("a plain text");
    refused(Path.of("src/fuzz/corpus/onnx/numbered.onnx"))
        .hasMessageContaining("cannot be imported (its graph");
    refused(folder.resolve("missing.ckpt")).hasMessageContaining("no such file");
  }

  @Test
  void otherWeightsThanTheFilesOwnAreRefused() throws IOException {
    Path file = checkpoint(padim, 1);
    try (Kintsugi other = Kintsugi.builder().weights(ResNet.randomWeights(2)).open()) {
      assertThatThrownBy(() -> ForeignModel.read(file).in(other.session()))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("with the weights that it holds");
    }
  }

  @Test
  void foldersThatAreNotOneModelAreNamed() throws IOException {
    StoredTensor bank = amazon.detector().tensors().get("memory_bank");
    refused(folder).hasMessageContaining("holds no patchcore_params.pkl");
    Files.createFile(folder.resolve("Ensemble-1-3_patchcore_params.pkl"));
    refused(folder).hasMessageContaining("an ensemble");
    Map<String, Object> unequal = ForeignFiles.parameters(24, 1, 224);
    unequal.put("target_embed_dimension", 12);
    refused(ForeignFiles.folder(folder.resolve("a"), unequal, bank))
        .hasMessageContainingAll("24 values", "12");
    Map<String, Object> strided = ForeignFiles.parameters(24, 1, 224);
    strided.put("patchstride", 2);
    refused(ForeignFiles.folder(folder.resolve("b"), strided, bank))
        .hasMessageContaining("patchstride is 2");
    Map<String, Object> dense = ForeignFiles.parameters(24, 1, 224);
    dense.put("backbone.name", "densenet201");
    refused(ForeignFiles.folder(folder.resolve("c"), dense, bank))
        .hasMessageContaining("densenet201");
    refused(ForeignFiles.folder(folder.resolve("d"), ForeignFiles.parameters(24, 1, 99), bank))
        .hasMessageContaining("(resize)");
    Map<String, Object> wide = ForeignFiles.parameters(24, 1, 224);
    wide.put("backbone.name", "wideresnet50");
    refused(ForeignFiles.folder(folder.resolve("e"), wide, bank))
        .hasMessageContaining("fitted with a WideResNet-50-2");
  }
}
