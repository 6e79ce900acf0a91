package kintsugi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import kintsugi.backbone.ResNet;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.Calibration;
import kintsugi.detector.CalibrationChange;
import kintsugi.detector.Choices;
import kintsugi.detector.Fit;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;
import kintsugi.detector.Recipe;
import kintsugi.detector.Scope;
import kintsugi.detector.Taught;
import kintsugi.detector.Teaching;
import kintsugi.image.ImageSource;
import kintsugi.image.Region;
import kintsugi.metric.ThresholdRule;
import kintsugi.padim.CovarianceSummary;
import kintsugi.patchcore.MemoryBankSummary;
import kintsugi.weights.Safetensors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images taught to a model and taken back: scores, files, history and the calibration. */
class TeachTest {
  private static final int FITTED = 10;
  private static final int TAUGHT = 3;

  @TempDir static Path folder;
  private static Kintsugi kintsugi;
  private static Kintsugi halves;
  private static List<ImageSource> good;
  private static List<ImageSource> bad;
  private static final List<String> NOTICES = new ArrayList<>();

  @BeforeAll
  static void open() {
    SyntheticConcrete.write(folder, FITTED + TAUGHT + 5, 4, 1);
    kintsugi =
        Kintsugi.builder().threads(2).weights(ResNet.randomWeights(1)).notices(NOTICES::add).open();
    // The left half of every other image is not looked at, so that positions have other counts.
    Region right = Region.of(2, 2, BitSet.valueOf(new long[] {0b1010}));
    Scope scope =
        new Scope(
            List.of(),
            false,
            Optional.empty(),
            image -> image.name().matches(".*[13579]\\.png") ? List.of(right) : List.of());
    halves = Kintsugi.builder().threads(2).weights(ResNet.randomWeights(1)).scope(scope).open();
    good = kintsugi.images(folder.resolve(SyntheticConcrete.NORMAL));
    bad = kintsugi.images(folder.resolve(SyntheticConcrete.ANOMALOUS));
  }

  @AfterAll
  static void close() {
    kintsugi.close();
    halves.close();
    // A session keeps its weights and what it made of them, and all tests run in one process.
    kintsugi = null;
    halves = null;
  }

  private static Model fitted(Kintsugi library, String recipe, String choices, int count) {
    return library.fit(recipe(recipe, choices), 1, good.subList(0, count));
  }

  private static Recipe recipe(String recipe, String choices) {
    Map<String, String> changed = new LinkedHashMap<>();
    for (String choice : choices.split(" ")) {
      changed.put(choice.split("=")[0], choice.split("=")[1]);
    }
    return Choices.with(Methods.recipe(recipe), changed);
  }

  private static List<ImageSource> toTeach() {
    return good.subList(FITTED, FITTED + TAUGHT);
  }

  private static List<ImageSource> tested() {
    List<ImageSource> images = new ArrayList<>(bad);
    images.addAll(good.subList(FITTED, good.size()));
    return images;
  }

  private static void assertSameBits(Kintsugi library, Model model, Model expected) {
    for (ImageSource image : tested()) {
      Prediction found = library.predict(model, image);
      assertThat(found.score()).isEqualTo(library.predict(expected, image).score());
      assertThat(found.map().data()).isEqualTo(library.predict(expected, image).map().data());
    }
  }

  private static double difference(Kintsugi library, Model model, Model expected) {
    double worst = 0;
    for (ImageSource image : tested()) {
      double score = library.predict(expected, image).score();
      worst = Math.max(worst, Math.abs(library.predict(model, image).score() - score) / score);
    }
    return worst;
  }

  @ParameterizedTest
  @CsvSource({
    "padim/matlab, resize=72x72 crop=64x64",
    "padim/kintsugi, resize=64x64 window=3",
    "padim/kintsugi, resize=64x64 window=99",
    "padim/matlab, resize=96x96 crop=same tile=64 overlap=32",
    "padim/kintsugi, resize=96x96 window=5 tile=64 overlap=32"
  })
  void aTaughtPadimHasTheScoresOfARefit(String recipe, String choices) {
    for (Kintsugi library : List.of(kintsugi, halves)) {
      Model base = fitted(library, recipe, choices, FITTED);
      Model refit = fitted(library, recipe, choices, FITTED + TAUGHT);
      Model taught = base;
      for (ImageSource image : toTeach()) {
        taught = library.teach(taught, image).after();
      }
      assertThat(difference(library, taught, refit)).isLessThan(1e-6);
      // The images do change scores.
      assertThat(difference(library, base, refit)).isGreaterThan(1e-4);
      assertThat(((CovarianceSummary) taught.detector().summary()).images())
          .isEqualTo(FITTED + TAUGHT);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"padim/matlab", "padim/kintsugi", "patchcore/kintsugi", "patchcore/amazon"})
  void theOrderOfTeachingAndAFileChangeNoBitAndUndoingLeavesTheFit(String recipe)
      throws IOException {
    String size = "resize=72x72 crop=64x64";
    Model base = fitted(kintsugi, recipe, size, FITTED);
    // Of drawn concrete a bank knows every patch, of cracks it does not.
    List<ImageSource> toTeach = List.of(toTeach().getFirst(), bad.get(0), bad.get(1));
    Model taught = kintsugi.teach(base, toTeach, "one by one", Teaching.Elsewhere.NOWHERE).after();
    assertThat(difference(kintsugi, taught, base)).isGreaterThan(0);
    Model backwards = base;
    for (ImageSource image : toTeach.reversed()) {
      backwards = kintsugi.teach(backwards, image).after();
    }
    assertSameBits(kintsugi, backwards, taught);
    Path file = folder.resolve("taught.safetensors");
    kintsugi.save(taught, file);
    Model loaded = kintsugi.load(file);
    assertSameBits(kintsugi, loaded, taught);
    assertThat(loaded.taught()).isEqualTo(taught.taught()).hasSize(TAUGHT);
    assertThat(loaded.training().count()).isEqualTo(FITTED + TAUGHT);
    assertThat(kintsugi.load(asNamedBefore(file)).taught()).isEqualTo(loaded.taught());
    // The second goes first: any can be taken back, and what is left is as if it had never been.
    Model without = kintsugi.unteach(loaded, loaded.taught().get(1).id()).after();
    List<ImageSource> others = List.of(toTeach.getFirst(), toTeach.getLast());
    assertSameBits(
        kintsugi, without, kintsugi.teach(base, others, "", Teaching.Elsewhere.NOWHERE).after());
    for (Taught entry : without.taught()) {
      without = kintsugi.unteach(without, entry.id()).after();
    }
    assertSameBits(kintsugi, without, base);
    kintsugi.save(without, file);
    Path plain = folder.resolve("plain.safetensors");
    kintsugi.save(base, plain);
    assertThat(file).hasSameBinaryContentAs(plain);
    Files.delete(file);
    Files.delete(plain);
  }

  /** The same model with the history's hashes as earlier builds named them. */
  private static Path asNamedBefore(Path file) {
    Safetensors stored = Safetensors.read(file);
    Map<String, String> metadata = new LinkedHashMap<>(stored.metadata());
    metadata.put("taught", metadata.get("taught").replace("pixels_sha256", "sha256"));
    metadata.put("kintsugi.format", "3");
    metadata.remove("sha256");
    Path renamed = folder.resolve("renamed.safetensors");
    new Safetensors(metadata, stored.tensors()).write(renamed);
    return renamed;
  }

  @Test
  void aTaughtPatchCoreHasTheFarPatchesAndNoPatchIsBeyondTheRadius() {
    Model base = fitted(kintsugi, "patchcore/kintsugi", "resize=64x64", FITTED);
    MemoryBankSummary before = (MemoryBankSummary) base.detector().summary();
    Teaching teaching = kintsugi.teach(base, bad.getFirst());
    MemoryBankSummary after = (MemoryBankSummary) teaching.after().detector().summary();
    int patches = teaching.added().getFirst().patches();
    assertThat(patches).isPositive();
    assertThat(after.bankSize()).isEqualTo(before.bankSize() + patches);
    assertThat(after.images()).isEqualTo(FITTED + 1);
    assertThat(after.coveringRadius()).isEqualTo(before.coveringRadius());
    float[] distances = teaching.after().detector().score(bad.getFirst()).distances().data();
    for (float distance : distances) {
      assertThat((double) distance).isLessThanOrEqualTo(before.coveringRadius() * (1 + 1e-6));
    }
    // As many as lie beyond the radius at most, and not none where one does.
    float[] distancesBefore = base.detector().score(bad.getFirst()).distances().data();
    long far =
        IntStream.range(0, distancesBefore.length)
            .filter(i -> distancesBefore[i] > before.coveringRadius())
            .count();
    assertThat((long) patches).isBetween(1L, far);
  }

  @ParameterizedTest
  @ValueSource(strings = {"resize=64x64", "resize=64x64 candidates=20"})
  void aTaughtPatchCoreCountsThePatchesThatAFitWouldHaveChosenFrom(String choices) {
    Model base = fitted(halves, "patchcore/kintsugi", choices, FITTED);
    Model refit = fitted(halves, "patchcore/kintsugi", choices, FITTED + TAUGHT);
    Model taught = halves.teach(base, toTeach(), "", Teaching.Elsewhere.NOWHERE).after();
    long patches = ((MemoryBankSummary) refit.detector().summary()).patches();
    assertThat(((MemoryBankSummary) taught.detector().summary()).patches()).isEqualTo(patches);
    Path file = folder.resolve("counted.safetensors");
    halves.save(taught, file);
    MemoryBankSummary loaded = (MemoryBankSummary) halves.load(file).detector().summary();
    assertThat(loaded.patches()).isEqualTo(patches);
  }

  @Test
  void whatCannotBeTaughtIsOneLine() {
    Model base = fitted(kintsugi, "padim/matlab", "resize=72x72 crop=64x64", FITTED);
    ImageSource image = toTeach().getFirst();
    Model taught = kintsugi.teach(base, image).after();
    assertThatThrownBy(() -> kintsugi.teach(taught, image))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("is taught already, as " + taught.taught().getFirst().id());
    assertThatThrownBy(
            () -> kintsugi.teach(base, List.of(image, image), "", Teaching.Elsewhere.NOWHERE))
        .hasMessageContaining("is taught already");
    assertThatThrownBy(() -> kintsugi.teach(base, good.getFirst()))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("the model was fitted to this image");
    assertThatThrownBy(() -> kintsugi.unteach(taught, "0123456789ab"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(taught.taught().getFirst().id());
    assertThatThrownBy(() -> kintsugi.unteach(base, "x\ny"))
        .isInstanceOf(InputException.class)
        .hasMessageNotContaining("\n")
        .hasMessageContaining("nothing was");
    Model whole = kintsugi.fit(recipe("patchcore", "resize=same crop=same"), 1, good.subList(0, 3));
    assertThatThrownBy(
            () ->
                kintsugi.teach(
                    whole, ImageSource.of(new BufferedImage(99, 98, BufferedImage.TYPE_INT_RGB))))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("is needed");
  }

  private static Model calibrated(Model model, Path place) throws IOException {
    Files.createDirectories(place);
    List<ImageSource> own = new ArrayList<>();
    for (ImageSource image : good.subList(FITTED + TAUGHT, good.size())) {
      Path file = image.file().orElseThrow();
      own.add(ImageSource.of(Files.copy(file, place.resolve(file.getFileName()))));
    }
    return kintsugi.calibrate(model, own, bad, Optional.empty());
  }

  @Test
  void theChangeOfTheCalibrationIsThatOfCalibratingAgain() throws IOException {
    Model base = fitted(kintsugi, "padim/matlab", "resize=72x72 crop=64x64", FITTED);
    Model model = calibrated(base, folder.resolve("own"));
    Teaching teaching = kintsugi.teach(model, toTeach(), "", Teaching.Elsewhere.NOWHERE);
    Model taught = kintsugi.teach(base, toTeach(), "", Teaching.Elsewhere.NOWHERE).after();
    List<ImageSource> own = kintsugi.images(folder.resolve("own"));
    Model expected = kintsugi.calibrate(taught, own, bad, Optional.empty());
    CalibrationChange change = teaching.change().orElseThrow();
    assertThat(teaching.after().isCalibrationCurrent()).isTrue();
    assertThat(teaching.after().calibration()).isEqualTo(expected.calibration());
    assertThat(change.missing()).isZero();
    assertThat(change.thresholdBefore()).isEqualTo(model.requireCalibration().threshold());
    assertThat(change.thresholdAfter()).isEqualTo(expected.requireCalibration().threshold());
    assertThat(change.images()).hasSize(own.size() + bad.size());
    for (CalibrationChange.Image image : change.images()) {
      ImageSource source = ImageSource.of(Path.of(image.name()));
      assertThat(image.before())
          .isEqualTo(kintsugi.predict(model, source).normalisedScore().orElseThrow());
      assertThat(image.after())
          .isEqualTo(kintsugi.predict(expected, source).normalisedScore().orElseThrow());
      assertThat(image.anomalousAfter())
          .isEqualTo(kintsugi.predict(expected, source).isAnomalous());
    }
    assertThat(change.largestChange()).isPositive();
  }

  @Test
  void aCalibrationWhoseImagesAreGoneIsOfTheModelBefore() throws IOException {
    Model base = fitted(kintsugi, "padim/matlab", "resize=72x72 crop=64x64", FITTED);
    Path place = folder.resolve("moved");
    Model model = calibrated(base, place);
    List<ImageSource> own = kintsugi.images(place);
    Path gone = own.getFirst().file().orElseThrow();
    Path moved = Files.createDirectories(folder.resolve("elsewhere")).resolve("x.png");
    Files.move(gone, moved);
    Files.copy(bad.getFirst().file().orElseThrow(), gone);
    Teaching teaching = kintsugi.teach(model, toTeach().getFirst());
    CalibrationChange change = teaching.change().orElseThrow();
    assertThat(change.missing()).isEqualTo(1);
    assertThat(change.images()).hasSize(own.size() - 1 + bad.size());
    assertThat(change.thresholdAfter()).isEqualTo(change.thresholdBefore());
    Model stale = teaching.after();
    assertThat(stale.calibration()).isEqualTo(model.calibration());
    assertThat(stale.isCalibrationCurrent()).isFalse();
    assertThat(stale.warnings()).anyMatch(line -> line.contains("before images were taught"));
    // Another threshold is not another calibration.
    NOTICES.clear();
    Model other = kintsugi.calibrate(stale, ThresholdRule.parse("value:0.4"));
    assertThat(other.requireCalibration().threshold()).isEqualTo(0.4);
    assertThat(other.isCalibrationCurrent()).isFalse();
    assertThat(NOTICES).anyMatch(line -> line.contains("before images were taught"));
    Path file = folder.resolve("stale.safetensors");
    kintsugi.save(stale, file);
    assertThat(kintsugi.load(file).isCalibrationCurrent()).isFalse();
    // The scores before are then those of the model before, not those that the calibration keeps.
    Teaching next = kintsugi.teach(stale, toTeach().getLast());
    for (CalibrationChange.Image image : next.change().orElseThrow().images()) {
      ImageSource source = ImageSource.of(Path.of(image.name()));
      assertThat(image.before())
          .isCloseTo(
              kintsugi.predict(stale, source).normalisedScore().orElseThrow(), within(1e-12));
    }
    Model back = kintsugi.unteach(stale, stale.taught().getFirst().id()).after();
    assertThat(back.isCalibrationCurrent()).isTrue();
    Teaching.Elsewhere found =
        new Teaching.Elsewhere(kintsugi.images(moved.getParent()), List.of());
    Teaching again = kintsugi.teach(model, toTeach(), "", found);
    assertThat(again.change().orElseThrow().missing()).isZero();
    assertThat(again.after().isCalibrationCurrent()).isTrue();
  }

  @Test
  void theThresholdFollowsAgainOnceAnImageOfTheCalibrationIsBack() throws IOException {
    Model base = fitted(kintsugi, "padim/matlab", "resize=72x72 crop=64x64", FITTED);
    Path place = folder.resolve("back");
    Model model = calibrated(base, place);
    Path gone = place.resolve(good.get(FITTED + TAUGHT).file().orElseThrow().getFileName());
    Path moved = Files.move(gone, folder.resolve("gone.png"));
    // An image of the calibration is taught, which does not make its scores a cross-validation's.
    Model stale = kintsugi.teach(model, kintsugi.images(place).getLast()).after();
    assertThat(stale.isCalibrationCurrent()).isFalse();
    Files.move(moved, gone);
    Teaching teaching = kintsugi.teach(stale, toTeach().getFirst());
    assertThat(teaching.change().orElseThrow().missing()).isZero();
    assertThat(teaching.change().orElseThrow().crossValidated()).isFalse();
    assertThat(teaching.after().isCalibrationCurrent()).isTrue();
    assertThat(teaching.after().calibration())
        .isEqualTo(
            kintsugi
                .calibrate(teaching.after(), kintsugi.images(place), bad, Optional.empty())
                .calibration());
  }

  @Test
  void anImageThatScoresAsIfItHadADefectIsCautionedAgainst() throws IOException {
    Model base = fitted(kintsugi, "padim/matlab", "resize=72x72 crop=64x64", FITTED);
    Model model = calibrated(base, folder.resolve("careful"));
    List<ImageSource> images = List.of(toTeach().getFirst(), bad.getFirst());
    // Of the threshold itself half of its distance from the median is too little.
    double threshold = model.requireCalibration().threshold();
    Model strict = kintsugi.calibrate(model, ThresholdRule.parse("value:" + 3 * threshold));
    for (Model each : List.of(base, model, strict)) {
      Teaching teaching = kintsugi.teach(each, images, "", Teaching.Elsewhere.NOWHERE);
      for (int i = 0; i < images.size(); i++) {
        Prediction prediction = kintsugi.predict(each, images.get(i));
        assertThat(teaching.scoresBefore().get(i)).isEqualTo(prediction.finding().score());
      }
      assertThat(teaching.cautions()).hasSize(each == model ? 1 : 0);
      assertThat(teaching.cautions()).allMatch(line -> line.startsWith(bad.getFirst().name()));
    }
  }

  @Test
  void theThresholdOfACrossValidationStays() {
    Model base = fitted(kintsugi, "padim/matlab", "resize=72x72 crop=64x64", FITTED);
    List<Calibration.Seen> seen = new ArrayList<>();
    for (ImageSource image : good.subList(0, FITTED)) {
      double score = kintsugi.predict(base, image).score();
      seen.add(Calibration.Seen.heldOut(base, image, score, 0, score));
    }
    Calibration calibration =
        Calibration.of(base.recipe().display(), seen, List.of(), ThresholdRule.MAX_NORMAL);
    Model model = base.with(calibration);
    Teaching teaching = kintsugi.teach(model, toTeach().getFirst());
    CalibrationChange change = teaching.change().orElseThrow();
    for (CalibrationChange.Image image : change.images()) {
      ImageSource source = ImageSource.of(Path.of(image.name()));
      assertThat(image.before())
          .isEqualTo(kintsugi.predict(model, source).normalisedScore().orElseThrow());
      assertThat(image.after())
          .isEqualTo(kintsugi.predict(teaching.after(), source).normalisedScore().orElseThrow());
    }
    assertThat(change.largestChange()).isPositive();
    assertThat(change.crossValidated()).isTrue();
    assertThat(change.missing()).isZero();
    assertThat(change.images()).hasSize(FITTED);
    assertThat(change.thresholdAfter()).isEqualTo(calibration.threshold());
    assertThat(teaching.after().isCalibrationCurrent()).isFalse();
  }

  @Test
  void anImageWhosePatchesTheBankKnowsIsAWarning() {
    Model base = fitted(kintsugi, "patchcore/kintsugi", "resize=64x64", FITTED);
    Teaching known = kintsugi.teach(base, toTeach().getFirst());
    assertThat(known.added().getFirst().patches()).isZero();
    assertThat(known.warnings())
        .singleElement()
        .asString()
        .startsWith(toTeach().getFirst().name() + ": ")
        .contains("changes no score", "(threshold)");
    assertThat(difference(kintsugi, known.after(), base)).isZero();
    assertThat(kintsugi.teach(base, bad.getFirst()).warnings()).isEmpty();
  }

  @Test
  void namesAreNotLookedUpWhereThatIsNotWanted() throws IOException {
    Model base = fitted(kintsugi, "padim/matlab", "resize=72x72 crop=64x64", FITTED);
    Path place = folder.resolve("named");
    Model model = calibrated(base, place);
    List<ImageSource> own = kintsugi.images(place);
    Teaching teaching =
        kintsugi.teach(model, toTeach(), "", new Teaching.Elsewhere(own, List.of(), false));
    CalibrationChange change = teaching.change().orElseThrow();
    assertThat(change.missing()).isEqualTo(bad.size());
    assertThat(change.images()).hasSize(own.size());
    assertThat(change.thresholdAfter()).isEqualTo(change.thresholdBefore());
  }

  @Test
  void anImageOfTheCalibrationIsAWarning() throws IOException {
    Model base = fitted(kintsugi, "patchcore", "resize=64x64", FITTED);
    Model model = calibrated(base, folder.resolve("flattered"));
    ImageSource image = kintsugi.images(folder.resolve("flattered")).getFirst();
    Model taught = kintsugi.teach(model, image).after();
    assertThat(NOTICES)
        .anyMatch(line -> line.contains(image.name()) && line.contains("which flatters"));
    assertThat(taught.requireCalibration().learnt()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"padim", "patchcore"})
  void aFitContinuesFromATaughtModelAndSaysThatItsHistoryEnds(String recipe) {
    Model base = fitted(kintsugi, recipe, "resize=64x64", FITTED);
    Path file = folder.resolve("base-" + recipe + ".safetensors");
    Path taught = folder.resolve("taught-" + recipe + ".safetensors");
    kintsugi.save(base, file);
    Model model = kintsugi.teach(base, toTeach(), "", Teaching.Elsewhere.NOWHERE).after();
    kintsugi.save(model, taught);
    try (Fit fit = kintsugi.resume(taught)) {
      assertThat(fit.count()).isEqualTo(FITTED + TAUGHT);
      assertThatThrownBy(() -> fit.merge(kintsugi.resume(file)))
          .hasMessageContaining("whose images would count twice");
      Model continued = fit.finish();
      assertThat(continued.taught()).isEmpty();
      assertThat(continued.training().count()).isEqualTo(FITTED + TAUGHT);
      assertThat(difference(kintsugi, continued, model)).isLessThan(1e-6);
    }
    assertThat(NOTICES).anyMatch(line -> line.contains("its history ends here"));
  }

  @Test
  void aTaughtModelForAnySizeKeepsItsHistory() {
    Model base = fitted(kintsugi, "padim/matlab", "resize=72x72 crop=64x64", FITTED);
    Model taught = kintsugi.teach(base, toTeach().getFirst()).after().forAnySize();
    assertThat(taught.taught()).hasSize(1);
    assertSameBits(
        kintsugi,
        kintsugi.unteach(taught, taught.taught().getFirst().id()).after(),
        base.forAnySize());
  }
}
