package kintsugi.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import javax.imageio.ImageIO;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.backbone.ResNet;
import kintsugi.dataset.ImageFolder;
import kintsugi.dataset.Sample;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.Calibration;
import kintsugi.detector.Choices;
import kintsugi.detector.Methods;
import kintsugi.detector.Recipe;
import kintsugi.image.Decoding;
import kintsugi.image.ImageSource;
import kintsugi.metric.ThresholdRule;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Learning from beginning to end, on drawn images and random weights. */
class LearnTest {
  private static final Duration ENOUGH = Duration.ofHours(1);
  private static final double ANY_TIME = 1e9;

  @TempDir static Path folder;
  private static Kintsugi kintsugi;
  private static List<Sample> good;
  private static List<Sample> bad;

  @BeforeAll
  static void open() {
    SyntheticConcrete.write(folder, 12, 12, 1);
    good = ImageFolder.normal(folder.resolve(SyntheticConcrete.NORMAL));
    bad = ImageFolder.anomalous(folder.resolve(SyntheticConcrete.ANOMALOUS));
    kintsugi = Kintsugi.builder().threads(2).weights(ResNet.randomWeights(1)).open();
  }

  @AfterAll
  static void close() {
    kintsugi.close();
    // A session keeps its weights and what it made of them, and all tests run in one process.
    kintsugi = null;
  }

  private static Recipe small(String name, Map<String, String> more) {
    Map<String, String> choices = new java.util.HashMap<>(more);
    choices.put("resize", "64x64");
    choices.put("crop", "same");
    return Choices.with(Methods.recipe(name), choices);
  }

  private static Family patchcore() {
    Recipe fitted = small("patchcore/anomalib", Map.of("bank_size", "40"));
    return new Family(fitted, List.of(fitted, Choices.with(fitted, Map.of("score", "mean"))));
  }

  private static Family padim() {
    Recipe fitted = small("padim/anomalib", Map.of("channels", "20"));
    return new Family(fitted, List.of(fitted));
  }

  /** Notes what it receives. */
  private static class Notes implements Learn.Listener {
    final List<Learnt.Row> rows = new ArrayList<>();
    final List<String> steps = new ArrayList<>();

    @Override
    public void survey(Survey survey) {}

    @Override
    public void rows(List<Learnt.Row> found) {
      rows.addAll(found);
    }

    @Override
    public void step(String step) {
      steps.add(step);
    }
  }

  private static Learnt learn(
      Duration time,
      BooleanSupplier interrupted,
      Notes notes,
      List<Family> families,
      List<Sample> goods,
      List<Sample> bads) {
    Learn.Options options = new Learn.Options(time, ANY_TIME, 1, interrupted);
    return new Learn(kintsugi, options, notes, survey -> families).run(goods, bads);
  }

  private static Learnt learn(List<Sample> goods, List<Sample> bads) {
    List<Family> families = List.of(patchcore(), padim());
    return learn(ENOUGH, () -> false, new Notes(), families, goods, bads);
  }

  private static List<Double> predicted(Learnt learnt) {
    List<Double> scores = new ArrayList<>();
    for (Sample sample : bad) {
      scores.add(kintsugi.predict(learnt.model(), ImageSource.of(sample.file())).score());
    }
    return scores;
  }

  @Test
  void theSameImagesAndSeedLearnTheSameWhateverTheirOrder() {
    Learnt first = learn(good, bad);
    List<Sample> shuffled = new ArrayList<>(good);
    Collections.shuffle(shuffled, new Random(4));
    List<Sample> backwards = new ArrayList<>(bad).reversed();
    Learnt again = learn(shuffled, backwards);
    assertThat(again.chosen()).isEqualTo(first.chosen());
    assertThat(again.estimate()).isEqualTo(first.estimate());
    assertThat(again.model().calibration()).isEqualTo(first.model().calibration());
    assertThat(again.rows().stream().map(Learnt.Row::auroc))
        .isEqualTo(first.rows().stream().map(Learnt.Row::auroc).toList());
    assertThat(predicted(again)).isEqualTo(predicted(first));
  }

  @Test
  void withManyBadImagesNothingSyntheticJudges() {
    Learnt learnt = learn(good, bad);
    assertThat(learnt.counts()).isEqualTo(new Learnt.Counts(12, 12, 0));
    assertThat(learnt.estimate().against()).isEqualTo("bad images");
    assertThat(learnt.estimate().good()).isEqualTo(12);
    assertThat(learnt.estimate().anomalous()).isEqualTo(12);
    assertThat(learnt.model().requireCalibration().rule()).isEqualTo(ThresholdRule.YOUDEN);
    assertThat(learnt.rows()).hasSize(3).allMatch(row -> row.status().isEmpty());
    assertThat(learnt.warnings()).noneMatch(line -> line.contains("synthetic"));
  }

  @Test
  void withoutBadImagesSyntheticDefectsJudgeAndAQuantileIsTheThreshold() {
    Learnt learnt = learn(good, List.of());
    assertThat(learnt.counts().synthetic()).isEqualTo(45);
    assertThat(learnt.estimate().against()).isEqualTo("synthetic defects");
    assertThat(learnt.scores())
        .extracting(Learnt.Score::label)
        .contains("faint scratch", "medium scratch", "strong scratch");
    assertThat(learnt.rows()).allMatch(row -> row.aupro() > 0 && row.aupro() <= 1);
    Calibration calibration = learnt.model().requireCalibration();
    assertThat(calibration.rule().needsAnomalous()).isFalse();
    assertThat(learnt.warnings()).anyMatch(line -> line.contains("synthetic defects"));
    double highest =
        learnt.scores().stream()
            .filter(score -> score.truth().equals("good"))
            .mapToDouble(Learnt.Score::score)
            .max()
            .orElseThrow();
    assertThat(calibration.threshold()).isEqualTo(highest, within(1e-9));
  }

  @Test
  void oneBadImageIsEnoughToBeQuoted() {
    Learnt learnt = learn(good, bad.subList(0, 1));
    assertThat(learnt.counts()).isEqualTo(new Learnt.Counts(12, 1, 45));
    assertThat(learnt.estimate().against()).isEqualTo("bad images");
    assertThat(learnt.estimate().anomalous()).isEqualTo(1);
    assertThat(learnt.estimate().interval().low()).isLessThan(0.5);
  }

  @Test
  void theHeldOutScoresAreNotThoseOfTheModelThatLearntTheImages() {
    Learnt learnt = learn(good, bad);
    for (int i = 0; i < good.size(); i++) {
      Path file = good.get(i).file();
      double byModel =
          kintsugi.predict(learnt.model(), ImageSource.of(file)).normalisedScore().orElseThrow();
      double heldOut =
          learnt.scores().stream()
              .filter(score -> score.image().equals(file.toString()))
              .findFirst()
              .orElseThrow()
              .score();
      assertThat(heldOut).isGreaterThan(byModel);
    }
  }

  @Test
  void withoutAnyTimeTheFirstFamilyIsLearntAndTheRestIsNamed() {
    Notes notes = new Notes();
    Learnt learnt =
        learn(Duration.ZERO, () -> false, notes, List.of(patchcore(), padim()), good, bad);
    assertThat(learnt.model().calibration()).isPresent();
    assertThat(notes.rows).isEqualTo(learnt.rows());
    assertThat(learnt.rows().subList(0, 2)).allMatch(row -> row.status().isEmpty());
    assertThat(learnt.rows().get(2).status()).isEqualTo("no time");
    assertThat(learnt.warnings()).anyMatch(line -> line.contains("(time)"));
    assertThat(predicted(learnt)).hasSize(bad.size());
  }

  @Test
  void ofEqualCandidatesTheFirstIsChosenAndTheOthersAreSaid() {
    Recipe same = padim().fitted();
    List<Family> families = List.of(new Family(same, List.of(same, same)));
    Learnt learnt = learn(ENOUGH, () -> false, new Notes(), families, good, bad);
    assertThat(learnt.chosen()).isZero();
    assertThat(learnt.why()).contains("the highest AUROC", "; 2 have it, of which it is the first");
  }

  @Test
  void whatIsExpectedToBeTooSlowIsNotTried() {
    Learn.Options options = new Learn.Options(ENOUGH, 1e-3, 1, () -> false);
    List<Family> families = List.of(padim(), patchcore());
    Learnt learnt = new Learn(kintsugi, options, new Notes(), survey -> families).run(good, bad);
    assertThat(learnt.rows().getFirst().status()).isEmpty();
    assertThat(learnt.rows().subList(1, 3))
        .allMatch(
            row -> row.status().matches("too slow: about \\d+ ms per image \\(ms-per-image\\)"));
    assertThat(learnt.why()).contains("the fastest");
  }

  @Test
  void anInterruptionEndsWithTheBestSoFar() {
    AtomicInteger asked = new AtomicInteger();
    Notes notes =
        new Notes() {
          @Override
          public void rows(List<Learnt.Row> found) {
            super.rows(found);
            asked.set(1);
          }
        };
    Learnt learnt =
        learn(ENOUGH, () -> asked.get() == 1, notes, List.of(padim(), patchcore()), good, bad);
    assertThat(learnt.chosen()).isZero();
    assertThat(learnt.rows().get(1).status()).isEqualTo("interrupted");
    assertThat(learnt.model().recipe().method()).isEqualTo("padim");
    assertThat(learnt.model().calibration()).isPresent();
  }

  @Test
  void aCandidateThatFailsIsListedWithItsReason() {
    Recipe keepsNothing = small("patchcore/anomalib", Map.of("ratio", "0.000001"));
    Family failing = new Family(keepsNothing, List.of(keepsNothing));
    Learnt learnt = learn(ENOUGH, () -> false, new Notes(), List.of(failing, padim()), good, bad);
    // The way out of a fit, another ratio, is not one that learning has.
    assertThat(learnt.rows().getFirst().status()).contains("keeps none").doesNotContain("(");
    assertThat(learnt.chosen()).isEqualTo(1);
    assertThatThrownBy(() -> learn(ENOUGH, () -> false, new Notes(), List.of(failing), good, bad))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("no candidate can be fitted: a ratio of 1.0E-6 keeps none")
        .hasMessageContaining("fit a recipe")
        .hasMessageNotContaining("(");
  }

  @Test
  void candidatesThatFailUseUpTheTimeToo() {
    Recipe keepsNothing = small("patchcore/anomalib", Map.of("ratio", "0.000001"));
    Family failing = new Family(keepsNothing, List.of(keepsNothing));
    Notes notes = new Notes();
    List<Family> families = List.of(failing, padim());
    assertThatThrownBy(() -> learn(Duration.ZERO, () -> false, notes, families, good, bad))
        .hasMessageContaining("no candidate can be fitted");
    assertThat(notes.rows.getLast().status()).isEqualTo("no time");
  }

  @Test
  void thatTheRestTakesLongerThanTheTimeIsSaidBeforeIt() {
    Notes notes = new Notes();
    learn(Duration.ZERO, () -> false, notes, List.of(padim()), good, bad);
    assertThat(notes.steps.getFirst()).contains("s after the limit (time)");
    Notes enough = new Notes();
    learn(ENOUGH, () -> false, enough, List.of(padim()), good, bad);
    assertThat(enough.steps).noneMatch(step -> step.contains("(time)"));
  }

  @Test
  void ofManyImagesASampleJudgesThatDependsOnTheirContentAlone() {
    List<Surveyed> seen = Survey.look(kintsugi.session(), good);
    List<Surveyed> drawn = Items.sample(seen, 5, 1);
    assertThat(drawn).hasSize(5).isSubsetOf(seen).doesNotHaveDuplicates();
    List<Sample> backwards = new ArrayList<>(good).reversed();
    List<Surveyed> again = Items.sample(Survey.look(kintsugi.session(), backwards), 5, 1);
    assertThat(again.stream().map(Surveyed::digest))
        .isEqualTo(drawn.stream().map(Surveyed::digest).toList());
    assertThat(Items.sample(seen, 5, 2)).isNotEqualTo(drawn);
    assertThat(Items.sample(seen, 12, 1)).isEqualTo(seen);
  }

  /** Parts under a steady camera: they differ by noise, and by brightness as the light drifts. */
  private static List<Sample> steady(Path place, int count, int noise, double drift)
      throws IOException {
    List<Sample> samples = new ArrayList<>();
    Files.createDirectories(place);
    for (int i = 0; i < count; i++) {
      Random random = new Random(i);
      BufferedImage image = new BufferedImage(96, 96, BufferedImage.TYPE_INT_RGB);
      for (int at = 0; at < 96 * 96; at++) {
        boolean inside = at % 96 > 20 && at % 96 < 70 && at / 96 > 30 && at / 96 < 80;
        double level = (inside ? 150 : 60) + drift * i + noise * random.nextGaussian();
        image.setRGB(at % 96, at / 96, 0x10101 * Math.clamp(Math.round(level), 0, 255));
      }
      Path file = place.resolve(i + ".png");
      ImageIO.write(image, "png", file.toFile());
      samples.add(Sample.normal(file));
    }
    return samples;
  }

  private static void assertLearnt(Learnt learnt, int good) {
    assertThat(learnt.rows()).allMatch(row -> row.status().isEmpty() && row.good() == good);
    assertThat(learnt.estimate().good()).isEqualTo(good);
    Calibration calibration = learnt.model().requireCalibration();
    assertThat(calibration.high()).isGreaterThan(calibration.low());
    assertThat(calibration.threshold()).isFinite();
    assertThat(predicted(learnt)).allMatch(Double::isFinite);
  }

  @ParameterizedTest
  @CsvSource({"2, 0", "1, 0.7"})
  void imagesOfASteadyCameraFillAllFolds(int noise, double drift, @TempDir Path place)
      throws IOException {
    Learnt learnt = learn(steady(place, 21, noise, drift), List.of());
    assertLearnt(learnt, 21);
    assertThat(learnt.survey().lines())
        .anyMatch(line -> line.startsWith("21 of 21 images are nearly the same"));
    assertThat(learnt.survey().warnings()).isEmpty();
  }

  @Test
  void copiesCountOnceAmongBadImagesToo(@TempDir Path place) throws IOException {
    List<Sample> copies = new ArrayList<>(good.subList(0, 6));
    List<Sample> bads = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      Path copy = place.resolve(i + ".png");
      copies.add(Sample.normal(Files.copy(good.get(i % 2).file(), copy)));
      bads.add(bad.get(i % 2));
    }
    Learnt learnt = learn(copies, bads);
    assertLearnt(learnt, 6);
    assertThat(learnt.counts().good()).isEqualTo(18);
    assertThat(learnt.counts().bad()).isEqualTo(2);
    assertThat(learnt.survey().warnings())
        .anyMatch(line -> line.startsWith("12 images repeat another one exactly"));
  }

  @Test
  void aFewNearlyEqualImagesAreInOneFold(@TempDir Path place) throws IOException {
    List<Sample> images = new ArrayList<>(good);
    images.addAll(steady(place, 3, 2, 0));
    List<Surveyed> seen = Survey.look(kintsugi.session(), images);
    List<Item> items = Items.of(seen, List.of(), Decoding.DEFAULT, 1);
    assertThat(
            items.stream()
                .filter(item -> item.truth() == Item.Truth.GOOD)
                .filter(item -> item.source().name().startsWith("" + place))
                .map(Item::fold)
                .distinct())
        .hasSize(1);
    for (int fold = 0; fold < Judge.FOLDS; fold++) {
      int own = fold;
      assertThat(
              items.stream().filter(i -> i.truth() == Item.Truth.GOOD && i.fold() == own).count())
          .isEqualTo(5);
    }
  }

  @Test
  void copiesOfFewImagesAreRefusedBeforeAnythingIsTried(@TempDir Path place) throws IOException {
    List<Sample> copies = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      copies.add(Sample.normal(Files.copy(good.getFirst().file(), place.resolve(i + ".png"))));
    }
    Notes notes = new Notes();
    assertThatThrownBy(
            () -> learn(ENOUGH, () -> false, notes, List.of(patchcore()), copies, List.of()))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("20 readable good images with only 1 different content")
        .hasMessageContaining("at least 6 different ones");
    assertThat(notes.rows).isEmpty();
  }

  @Test
  void tooFewGoodImagesAreRefused() {
    assertThatThrownBy(() -> learn(good.subList(0, 5), bad))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("5 readable good images")
        .hasMessageContaining("at least 6");
  }
}
