package kintsugi.audit;

import static kintsugi.audit.DoctorModels.PARALLEL;
import static kintsugi.audit.DoctorModels.engine;
import static kintsugi.audit.DoctorModels.fitted;
import static kintsugi.audit.DoctorModels.images;
import static kintsugi.audit.DoctorModels.padim;
import static kintsugi.audit.DoctorModels.patchCore;
import static kintsugi.audit.DoctorModels.session;
import static kintsugi.audit.DoctorModels.subject;
import static kintsugi.audit.DoctorModels.weights;
import static kintsugi.audit.PlantedInputs.crop;
import static kintsugi.audit.PlantedInputs.imageNet;
import static kintsugi.audit.PlantedInputs.levels;
import static kintsugi.audit.PlantedInputs.sampled;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.detector.Model;
import kintsugi.detector.Session;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The doctor names the cause: each deliberate difference is put into one stage of a second
 * implementation, from which all later stages are computed, and that stage has to be named first,
 * with the difference as the likely cause. Equal models have no difference.
 */
class DoctorTest {
  @TempDir static Path folder;

  @BeforeAll
  static void fit() {
    DoctorModels.open();
  }

  @AfterAll
  static void close() {
    DoctorModels.close();
  }

  private static Doctor.Diagnosis diagnosis(Subject a, Subject b) {
    return Doctor.compare(session, a, b, images);
  }

  static Stream<Planted> planted() {
    return Stream.of(
            PlantedInputs.decoders(),
            PlantedInputs.inputs(),
            PlantedPatches.features(),
            PlantedPatches.embeddings(),
            PlantedFits.fits(),
            PlantedFits.distances(),
            PlantedScores.maps(),
            PlantedScores.scores())
        .flatMap(stream -> stream);
  }

  @ParameterizedTest
  @MethodSource("planted")
  void theFirstStageAndItsCauseAreNamed(Planted planted) {
    Subject b = planted.b().get();
    boolean bank = b.values(images.getFirst()).has("bank");
    Doctor.Diagnosis diagnosis = diagnosis(subject(bank ? patchCore : padim), b);
    assertThat(diagnosis.first()).as(diagnosis.toString()).isEqualTo(planted.stage());
    assertThat(diagnosis.causes().getFirst()).contains(planted.cause());
  }

  /** An export with its outputs alone: the other side is run from changed inputs. */
  @Test
  void whereOnlyOutputsAreThereAChangedInputIsFoundByRunning() {
    String[] outputs = {"input", "layer1", "layer2", "layer3", "embedding", "distances"};
    Subject b =
        new Chain(padim, outputs) {
          @Override
          Tensor input(Pixels pixels) {
            double[][] p = levels(cropped(pixels));
            return imageNet(new double[][] {p[2], p[1], p[0]});
          }
        };
    Doctor.Diagnosis diagnosis = diagnosis(subject(padim), b);
    assertThat(diagnosis.first()).isEqualTo("map");
    assertThat(diagnosis.causes())
        .containsExactly("B's values are A's with another input: channel order: BGR");
    Subject plain =
        new Chain(padim, outputs) {
          @Override
          Tensor input(Pixels pixels) {
            return imageNet(crop(sampled(pixels, 73, 73, false, false), 73, 73));
          }
        };
    assertThat(diagnosis(plain, subject(padim)).causes().getFirst())
        .contains("A's values are B's with another input: resize: bilinear without antialias");
  }

  static Stream<Model> models() {
    return Stream.of(padim, patchCore);
  }

  @ParameterizedTest
  @MethodSource("models")
  void equalModelsAreTheSameOnEveryEngine(Model model) {
    assertSame(subject(model), new Chain(model));
    List<Engine> engines =
        List.of(
            engine(Convolutions.DIRECT),
            engine(Convolutions.WINOGRAD2),
            new ScalarEngine(PARALLEL));
    for (Engine engine : engines) {
      Session other = Session.strict(engine, PARALLEL, weights);
      Path file = folder.resolve("model.safetensors");
      model.save(file);
      assertSame(subject(model), subject(Model.load(file, other)));
    }
    assertSame(
        subject(model),
        subject(
            fitted(
                Session.strict(engine(Convolutions.DIRECT), PARALLEL, weights), model.recipe())));
  }

  private static void assertSame(Subject a, Subject b) {
    Doctor.Diagnosis diagnosis = diagnosis(a, b);
    assertThat(diagnosis.first()).as(diagnosis.toString()).isNull();
    assertThat(diagnosis.same()).isTrue();
    assertThat(diagnosis.stages()).hasSizeGreaterThan(8);
    assertThat(diagnosis.scores()).hasSize(3).allMatch(score -> score.a() > 0);
  }

  @Test
  void aModelIsComparedWithWhatItWroteDown() {
    for (Model model : List.of(padim, patchCore)) {
      for (ImageSource image : images) {
        Path place = folder.resolve(model.recipe().method()).resolve(image.name() + ".png");
        new ModelSubject("A", model).values(image).write(place.resolve("values.npz"));
      }
      Subject dump = DumpSubject.of(folder.resolve(model.recipe().method()));
      assertThat(dump.images()).hasSize(3);
      assertSame(subject(model), dump);
      // By the pixels in the dump, and by names alone.
      assertThat(Doctor.compare(session, subject(model), dump, List.of()).first()).isNull();
      assertThat(Doctor.compare(session, dump, dump, List.of()).scores()).hasSize(3);
    }
  }

  private static Difference difference(StageName stage, Dump a, Dump b) {
    return Difference.of(stage, a, b).orElseThrow();
  }

  private static Tensor matrix(int columns, float... values) {
    return Tensor.of(values, values.length / columns, columns);
  }

  @Test
  void aSmallDistanceIsRoundingInAnotherProgramAlone() {
    Tensor bank = matrix(4, 10, 10, 10, 10);
    Tensor patches = matrix(4, 10, 10, 10, 10, 10, 10, 10, 11);
    Map<String, Tensor> values =
        Map.of("bank", bank, "embedding", patches, "distances", matrix(2, 0, 1));
    Map<String, Tensor> near = new LinkedHashMap<>(values);
    near.put("distances", matrix(2, 0.01f, 1));
    Dump a = Dump.of("a", values);
    assertThat(difference(StageName.DISTANCES, a, Dump.of("b", near)).within(StageName.DISTANCES))
        .isFalse();
    Map<String, StoredTensor> stored = new LinkedHashMap<>();
    near.forEach((name, tensor) -> stored.put(name, StoredTensor.of(tensor)));
    Dump foreign = Dump.stored("b", stored);
    assertThat(difference(StageName.DISTANCES, a, foreign).within(StageName.DISTANCES)).isTrue();
  }

  @Test
  void roundingThatReordersABankIsNoDifference() {
    Dump a = Dump.of("a", Map.of("bank", matrix(2, 1, 5, 1.00001f, 9, 3, 3)));
    Dump b = Dump.of("b", Map.of("bank", matrix(2, 3, 3, 1.00001f, 5, 1, 9)));
    assertThat(difference(StageName.BANK, a, b).within(StageName.BANK)).isTrue();
    Dump c = Dump.of("c", Map.of("bank", matrix(2, 1, 5, 1, 5, 3, 3)));
    assertThat(difference(StageName.BANK, a, c).absolute()).isEqualTo(4);
    assertThat(difference(StageName.BANK, c, a).absolute()).isEqualTo(4);
  }

  @Test
  void aVerdictAtTheThresholdIsRounding() {
    assertThat(verdicts(0.50001f, 0.49999f).within(StageName.VERDICT)).isTrue();
    assertThat(verdicts(0.51f, 0.49999f).within(StageName.VERDICT)).isFalse();
  }

  private static Difference verdicts(float above, float below) {
    Dump a = Dump.of("a", decided(above, 1));
    return difference(StageName.VERDICT, a, Dump.of("b", decided(below, 0)));
  }

  private static Map<String, Tensor> decided(float normalised, int verdict) {
    return Map.of(
        "normalised", Chain.number(normalised),
        "threshold", Chain.number(0.5),
        "verdict", Chain.number(verdict));
  }

  /** Of A's covariances B's are 13/14, with or without the same ε. */
  @Test
  void anotherRegularisationIsNamedWithAnotherDivisor() {
    float[] a = {1.01f, 0.5f, 0.5f, 2.01f};
    for (double epsilon : new double[] {0.01, 0.02}) {
      float[] b = new float[4];
      for (int i = 0; i < 4; i++) {
        boolean diagonal = i % 3 == 0;
        b[i] = (float) ((a[i] - (diagonal ? 0.01 : 0)) * 13 / 14 + (diagonal ? epsilon : 0));
      }
      FitCauses causes =
          new FitCauses(covariance(a), covariance(b), "+ 0.01·I", OptionalDouble.of(0.01));
      List<String> found = causes.covariance();
      assertThat(found.getFirst()).contains("divided by N (14 images) in B");
      assertThat(found).hasSize(epsilon == 0.01 ? 1 : 2);
      assertThat(found.getLast().contains("have 0.01·I more than A's")).isEqualTo(epsilon == 0.02);
    }
  }

  private static Dump covariance(float[] values) {
    return Dump.of("fit", Map.of("covariance", Tensor.of(values, 1, 2, 2)));
  }

  /** The side whose verdicts are others than its threshold's, and whose the threshold is. */
  @Test
  void theOwnerOfAThresholdIsNamed() {
    Map<String, Tensor> silent =
        Map.of("normalised", Chain.number(0.4), "verdict", Chain.number(0));
    Dump shown = Dump.of("shown", decided(0.4f, 1));
    Dump other = Dump.of("other", silent);
    ScoreCauses first = new ScoreCauses();
    first.add(shown, other);
    assertThat(first.threshold(shown, "A"))
        .containsExactly(
            "another threshold: A's verdicts are those of one of at most 0.40000, where 0.50000 is"
                + " its own");
    ScoreCauses second = new ScoreCauses();
    second.add(other, shown);
    assertThat(second.threshold(shown, "B"))
        .containsExactly(
            "another threshold: B's verdicts are those of one of at most 0.40000, where 0.50000 is"
                + " its own");
    ScoreCauses third = new ScoreCauses();
    third.add(
        Dump.of("above", decided(0.6f, 1)),
        Dump.of("late", Map.of("normalised", Chain.number(0.6), "verdict", Chain.number(0))));
    assertThat(third.threshold(shown, "A"))
        .containsExactly(
            "another threshold: B's verdicts are those of one above 0.60000, where 0.50000 is A's");
  }

  @Test
  void anInfiniteValueHidesNoOther() {
    float inf = Float.POSITIVE_INFINITY;
    Dump a = Dump.of("a", Map.of("map", matrix(2, inf, 1, 2, 3)));
    Dump b = Dump.of("b", Map.of("map", matrix(2, inf, 1, 2, 4)));
    assertThat(difference(StageName.MAP, a, b).within(StageName.MAP)).isFalse();
    assertThat(difference(StageName.MAP, a, a).within(StageName.MAP)).isTrue();
  }

  @Test
  void imagesThatShareValuesAreRefused() {
    Subject a = subject(padim);
    Path one = folder.resolve("shared/000.png");
    a.values(images.getFirst()).write(one.resolve("values.npz"));
    assertThatThrownBy(() -> Doctor.compare(session, a, DumpSubject.of(one), images))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("holds the values of one image");
    DumpSubject all = DumpSubject.of(folder.resolve("shared"));
    List<ImageSource> twins =
        Stream.of("good/000.png", "broken/000.png")
            .map(name -> ImageSource.of(name, images.getFirst().read()))
            .toList();
    assertThatThrownBy(() -> Doctor.compare(session, a, all, twins))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("good/000.png and of broken/000.png by the same name");
    a.values(images.getFirst()).write(folder.resolve("shared/000.jpg/values.npz"));
    assertThatThrownBy(() -> DumpSubject.of(folder.resolve("shared")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("by the same name");
  }

  @Test
  void whatCannotBeComparedIsNamed() {
    Subject a = subject(padim);
    assertThatThrownBy(() -> Doctor.compare(session, a, a, List.of()))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("name images to compare them on (images)");
    new ModelSubject("A", padim)
        .values(images.getFirst())
        .write(folder.resolve("other/else/values.npz"));
    Subject dump = DumpSubject.of(folder.resolve("other"));
    assertThatThrownBy(() -> Doctor.compare(session, a, dump, images))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("holds no values of them");
    String[] tensors =
        Arrays.stream(StageName.values())
            .flatMap(stage -> stage.tensors().stream())
            .toArray(String[]::new);
    Subject pixels = new Chain(padim, tensors);
    assertThatThrownBy(() -> Doctor.compare(session, a, pixels, images))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("no stage in common");
  }
}
