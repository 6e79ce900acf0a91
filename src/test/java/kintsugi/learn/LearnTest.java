package kintsugi.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
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
import kintsugi.image.ImageSource;
import kintsugi.metric.ThresholdRule;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

    @Override
    public void survey(Survey survey) {}

    @Override
    public void rows(List<Learnt.Row> found) {
      rows.addAll(found);
    }

    @Override
    public void step(String step) {}
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
    assertThat(learnt.rows().getFirst().status()).contains("raise it (ratio)");
    assertThat(learnt.chosen()).isEqualTo(1);
    assertThatThrownBy(() -> learn(ENOUGH, () -> false, new Notes(), List.of(failing), good, bad))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("(ratio)");
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

  @Test
  void tooFewGoodImagesAreRefused() {
    assertThatThrownBy(() -> learn(good.subList(0, 5), bad))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("5 readable good images")
        .hasMessageContaining("at least 6");
  }
}
