package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import kintsugi.InputException;
import kintsugi.metric.ErrorRate;
import kintsugi.metric.ErrorRates;
import kintsugi.metric.ThresholdRule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A calibration has no value by which a score could become NaN, and keeps what it needs for another
 * threshold.
 */
class CalibrationTest {
  private static final double[] NORMAL = {0.3, 0.1, 0.2, 0.4};
  private static final double[] ANOMALOUS = {0.9, 0.35};

  private static CalibrationScores scores(double[] normal, double[] anomalous) {
    return CalibrationScores.of(images(normal), images(anomalous));
  }

  private static List<CalibrationImage> images(double[] scores) {
    return IntStream.range(0, scores.length)
        .mapToObj(
            i ->
                new CalibrationImage(
                    "belt/" + i + ".png",
                    "%064x".formatted(i),
                    scores[i],
                    Double.NaN,
                    new ImageStatistics(120.5 + i, 20, 3, -1, i % 2 == 0 ? 0.1 : Double.NaN)))
        .toList();
  }

  private static List<Double> values(List<CalibrationImage> images) {
    return images.stream().map(CalibrationImage::score).toList();
  }

  private static Calibration of(double... values) {
    return of(values, ThresholdRule.YOUDEN, 0, scores(NORMAL, ANOMALOUS));
  }

  private static Calibration of(
      double[] values, ThresholdRule rule, int learnt, CalibrationScores scores) {
    return new Calibration(
        values[0],
        values[1],
        values[2],
        rule,
        ErrorRate.calibrated(4, 1, false),
        ErrorRate.calibrated(2, 0, false),
        values[3],
        values[4],
        values[5],
        learnt,
        scores);
  }

  private static Calibration usual(CalibrationScores scores) {
    return of(new double[] {0, 2, 0.5, 0.4, 0, 1}, ThresholdRule.YOUDEN, 0, scores);
  }

  @Test
  void thePixelThresholdFollowsTheVerdicts() {
    // Maps reach twice the score, so that the gap between the verdicts is known on both scales.
    List<CalibrationImage> normal = reaching(images(NORMAL));
    List<CalibrationImage> anomalous = reaching(images(ANOMALOUS));
    Calibration before = usual(CalibrationScores.of(normal, anomalous));
    assertThat(before.with(ThresholdRule.parse("value:0.25")).pixelThreshold())
        .isEqualTo((2 * 0.2 + 2 * 0.3) / 2);
    assertThat(before.with(ThresholdRule.parse("value:0.85")).pixelThreshold())
        .isEqualTo((2 * 0.4 + 2 * 0.9) / 2);
  }

  private static List<CalibrationImage> reaching(List<CalibrationImage> images) {
    return images.stream()
        .map(
            i ->
                new CalibrationImage(
                    i.name(), i.sha256(), i.score(), 2 * i.score(), i.statistics()))
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "value:0.25, 0.25, 2, 0, true",
    "value:-5, -5, 4, 0, true",
    "quantile:0.75, 0.30000000000000004, 1, 0, false",
    "max-f1, 0.35, 1, 0, false",
    "max-fpr:0, 0.9, 0, 1, false"
  })
  void anotherThresholdIsFoundWithTheScoresThatWereKept(
      String text, double threshold, int rejected, int missed, boolean atMost) {
    ThresholdRule rule = ThresholdRule.parse(text);
    Calibration before = usual(scores(NORMAL, ANOMALOUS));
    Calibration changed = before.with(rule);
    assertThat(changed.rule()).isEqualTo(rule);
    assertThat(changed.threshold()).isEqualTo(threshold);
    assertThat(changed.falsePositives()).isEqualTo(ErrorRate.calibrated(4, rejected, atMost));
    assertThat(changed.falseNegatives())
        .isEqualTo(ErrorRate.calibrated(2, missed, !rule.needsAnomalous()));
    assertThat(changed.low()).isEqualTo(before.low());
    assertThat(changed.high()).isEqualTo(before.high());
    assertThat(changed.pixelThreshold()).isEqualTo(before.pixelThreshold());
    assertThat(changed.scores()).isEqualTo(before.scores());
    assertThat(changed.with(ThresholdRule.YOUDEN).with(rule)).isEqualTo(changed);
  }

  @Test
  void withoutScoresAValueAloneCanBeSet() {
    Calibration old = usual(CalibrationScores.NONE);
    Calibration changed = old.with(ThresholdRule.parse("value:0.25"));
    assertThat(changed.threshold()).isEqualTo(0.25);
    assertThat(changed.rates()).isEqualTo(ErrorRates.UNKNOWN);
    assertThatThrownBy(() -> old.with(ThresholdRule.MAX_NORMAL))
        .isInstanceOf(InputException.class)
        .hasMessageContainingAll("keeps no scores", "quantile:1.0", "(normal)", "value:0.3");
    Calibration normalOnly = usual(scores(NORMAL, new double[0]));
    assertThatThrownBy(() -> normalOnly.with(ThresholdRule.YOUDEN))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("the threshold rule youden needs anomalous images");
    assertThat(normalOnly.with(ThresholdRule.MAX_NORMAL).falseNegatives().known()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"0.5, 0.6, false", "0.5, 0.61, true", "0.1, 0.19, false", "0.1, 0.21, true"})
  void farAboveIsByHalfOfTheThresholdsDistanceFromTheMedian(
      double threshold, double score, boolean far) {
    Calibration calibration =
        usual(scores(NORMAL, ANOMALOUS)).with(ThresholdRule.parse("value:" + threshold));
    assertThat(calibration.isFarAboveThreshold(score)).isEqualTo(far);
    Calibration old = usual(CalibrationScores.NONE).with(ThresholdRule.parse("value:0.5"));
    assertThat(old.isFarAboveThreshold(0.75)).isFalse();
    assertThat(old.isFarAboveThreshold(0.76)).isTrue();
  }

  @Test
  void scoresAreKeptInOrderAndOfVeryManyThoseAtEvenRanks() {
    CalibrationScores few = scores(NORMAL, ANOMALOUS);
    assertThat(values(few.normal())).containsExactly(0.1, 0.2, 0.3, 0.4);
    assertThat(values(few.anomalous())).containsExactly(0.35, 0.9);
    assertThat(few.normal().getFirst().name()).isEqualTo("belt/1.png");
    double[] many = new Random(1).doubles(25_000).toArray();
    CalibrationScores kept = scores(many, Arrays.copyOf(many, 10_000));
    Arrays.sort(many);
    assertThat(values(kept.anomalous())).hasSize(10_000).isSorted().doesNotHaveDuplicates();
    List<Double> normal = values(kept.normal());
    assertThat(normal).hasSize(10_000).isSorted().doesNotHaveDuplicates();
    assertThat(normal.getFirst()).isEqualTo(many[0]);
    assertThat(normal.getLast()).isEqualTo(many[24_999]);
    assertThat(normal.get(5_000)).isCloseTo(many[12_500], within(1e-3));
    assertThatThrownBy(() -> scores(new double[] {Double.NaN}, new double[0]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new CalibrationScores(images(NORMAL), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("calibration: scores in ascending order");
    assertThatThrownBy(() -> new CalibrationScores(List.of(), images(ANOMALOUS)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void allOfItIsInTheFileAndAnEarlierFileHasNoScores() {
    Calibration calibration = usual(scores(NORMAL, ANOMALOUS));
    assertThat(Calibration.read(RecordJson.write(calibration))).isEqualTo(calibration);
    String scores = ",\"scores\":{\"normal\":";
    String json = RecordJson.write(calibration);
    String withoutImages =
        json.substring(0, json.indexOf(scores)) + scores + "[0.1,0.4],\"anomalous\":[]}}";
    assertThat(Calibration.read(withoutImages).scores())
        .isEqualTo(
            CalibrationScores.of(
                List.of(CalibrationImage.of(0.1), CalibrationImage.of(0.4)), List.of()));
    assertThatThrownBy(() -> Calibration.read(withoutImages.replace("0.4]", "true]")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Calibration.read(withoutImages.replace("0.4]", "0.05]")))
        .isInstanceOf(IllegalArgumentException.class);
    String old =
        "{\"low\":0.5,\"high\":3.0,\"threshold\":0.5,\"rule\":\"margin:0.1\",\"false_positives\":"
            + "{\"normals\":9,\"found\":0,\"expected\":0.1,\"low\":0.0,\"high\":0.336},"
            + "\"pixel_threshold\":0.25,\"display_low\":0.0,\"display_high\":1.0}";
    Calibration read = Calibration.read(old);
    assertThat(read.falsePositives()).isEqualTo(new ErrorRate(9, 0, 0.1, true, 0, 0.336));
    assertThat(read.falseNegatives()).isEqualTo(ErrorRate.UNKNOWN);
    assertThat(read.scores()).isEqualTo(CalibrationScores.NONE);
    assertThat(Calibration.read(old.replace("margin:0.1", "youden")).falsePositives().atMost())
        .isFalse();
    assertThatThrownBy(() -> Calibration.read(old.replace("normals", "images")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aPValueIsTheRankAmongTheNormalScores() {
    Calibration calibration = usual(scores(NORMAL, ANOMALOUS));
    assertThat(calibration.pValue(0.05)).hasValue(1);
    assertThat(calibration.pValue(0.2)).hasValue(0.8);
    assertThat(calibration.pValue(0.25)).hasValue(0.6);
    assertThat(calibration.pValue(0.4)).hasValue(0.4);
    assertThat(calibration.pValue(0.41)).hasValue(0.2);
    assertThat(usual(scores(new double[] {1, 1, 1}, ANOMALOUS)).pValue(1)).hasValue(1);
    assertThat(usual(CalibrationScores.NONE).pValue(0.4)).isEmpty();
  }

  @Test
  void aPromiseThatTheImagesCannotKeepIsRefusedAndOneThatTheyBreakIsAWarning() {
    Calibration calibration = usual(scores(NORMAL, ANOMALOUS));
    assertThatThrownBy(() -> calibration.with(ThresholdRule.parse("conformal:0.1")))
        .isInstanceOf(InputException.class)
        .hasMessageContainingAll(
            "needs 9 normal images", "5 of them are missing", "no less than 0.2 ");
    ThresholdRule promise = ThresholdRule.parse("conformal:0.4");
    assertThat(calibration.with(promise).threshold()).isEqualTo(Math.nextUp(0.3));
    assertThat(calibration.with(promise).warnings()).isEmpty();
    double[] values = {0, 2, 0.5, 0.4, 0, 1};
    assertThat(of(values, promise, 3, scores(NORMAL, ANOMALOUS)).warnings())
        .singleElement(STRING)
        .startsWith("the model was fitted to 3 of the images of its calibration")
        .contains("breaks the promise of conformal:0.4");
    List<CalibrationImage> heldOut =
        images(NORMAL).stream()
            .map(
                i ->
                    new CalibrationImage(
                        i.name(),
                        i.sha256(),
                        i.score(),
                        i.maximum(),
                        i.statistics().withMedian(Double.NaN)))
            .toList();
    assertThat(usual(CalibrationScores.of(heldOut, List.of())).with(promise).warnings())
        .singleElement(STRING)
        .contains("cross-validation, which cannot keep the promise of conformal:0.4", "(normal)");
  }

  @Test
  void whatMakesAThresholdWorthlessIsAWarningWithTheWayOut() {
    double[] values = {0, 2, 0.5, 0.4, 0, 1};
    CalibrationScores scores = scores(NORMAL, ANOMALOUS);
    assertThat(usual(scores).warnings()).isEmpty();
    assertThat(of(values, ThresholdRule.YOUDEN, 3, scores).warnings())
        .singleElement(STRING)
        .startsWith("the model was fitted to 3 of the images of its calibration")
        .contains("(normal)");
    assertThat(of(values, ThresholdRule.parse("quantile:0.99"), 0, scores).warnings())
        .containsExactly(
            "4 normal images are too few to show the rate of quantile:0.99: with no error among them"
                + " it may still be 0.20; calibrate with at least 99 (normal)");
    assertThat(of(values, ThresholdRule.parse("max-fnr:0.1"), 0, scores).warnings())
        .singleElement(STRING)
        .startsWith("2 anomalous images are too few")
        .endsWith("calibrate with at least 9 (anomalous)");
    assertThat(of(values, ThresholdRule.parse("max-fpr:0.2"), 0, scores).warnings()).isEmpty();
    assertThat(usual(scores).with(ThresholdRule.parse("value:0")).warnings())
        .singleElement(STRING)
        .startsWith("the threshold 0.0000 rejects 4 of 4 good images");
    assertThat(usual(scores).with(ThresholdRule.parse("value:1")).warnings())
        .singleElement(STRING)
        .startsWith("the threshold 1.0000 misses all 2 bad images");
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void everyValueIsFinite(double value) {
    double[] good = {0, 2, 0.5, 0.4, 0, 1};
    assertThat(of(good).normalise(1)).isEqualTo(0.5);
    for (int i = 0; i < good.length; i++) {
      double[] bad = good.clone();
      bad[i] = value;
      assertThatThrownBy(() -> of(bad))
          .as("value " + i)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("calibration: ");
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 1", "-1e308, 1e308"})
  void theRangeIsAboveZeroAndFinite(double low, double high) {
    assertThatThrownBy(() -> of(low, high, 0.5, 0.4, 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("calibration: low below high");
  }
}
