package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import kintsugi.metric.ErrorRate;
import kintsugi.metric.ThresholdRule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A stream that stays as it was raises no alarm, and one that changes does. */
class DriftTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  /** A part: light of its own, and a score that depends on it a little. */
  private static CalibrationImage part(Random random, double light, double contrast) {
    double luminance = light * (120 + 6 * random.nextGaussian());
    double score = 0.3 + 0.1 * random.nextGaussian() + 0.001 * (luminance - 120);
    ImageStatistics statistics =
        new ImageStatistics(
            luminance, contrast * (30 + 2 * random.nextGaussian()), 5, 1.5, score / 2);
    return new CalibrationImage("part " + random.nextInt(1000), "", score, Double.NaN, statistics);
  }

  private static CalibrationImage good(Random random) {
    return part(random, 1, 1);
  }

  private static List<CalibrationImage> parts(Random random, int count) {
    return IntStream.range(0, count).mapToObj(i -> good(random)).toList();
  }

  private static Calibration calibration(List<CalibrationImage> images, String rule, int learnt) {
    double[] scores = images.stream().mapToDouble(CalibrationImage::score).toArray();
    return new Calibration(
        0,
        1,
        ThresholdRule.parse(rule).threshold(scores, new boolean[scores.length]),
        ThresholdRule.parse(rule),
        ErrorRate.UNKNOWN,
        ErrorRate.UNKNOWN,
        0.5,
        0,
        1,
        learnt,
        CalibrationScores.of(images, List.of()));
  }

  private static Drift drift(Random random, int count) {
    return Drift.of(calibration(parts(random, count), "quantile:1", 0));
  }

  private static Drift.Status observe(Drift drift, CalibrationImage image) {
    return drift.observe(image, START.plusSeconds(drift.status().n()));
  }

  /**
   * Of streams without a change, with bad parts among them, at most 1 of {@code limit} reaches the
   * limit; 4 standard errors of the 400 streams are allowed. A threshold in the midst of the scores
   * conditions calibration and stream.
   */
  @ParameterizedTest
  @CsvSource({
    "quantile:1, 20",
    "quantile:0.5, 20",
    "quantile:0.5, 4",
    "quantile:0.2, 4",
    "conformal:0.3, 4",
    "margin:0.1, 4",
    "value:0.3, 4"
  })
  void withoutAChangeAStatisticIsReachedAtMostAsOftenAsPromised(String rule, double limit) {
    int streams = 400;
    int reached = 0;
    for (int s = 0; s < streams; s++) {
      Random random = new Random(s);
      Drift drift = Drift.of(calibration(parts(random, 20), rule, 0));
      double highest = 0;
      for (int i = 0; i < 150; i++) {
        CalibrationImage image = random.nextInt(10) == 0 ? part(random, 2, 2) : good(random);
        highest = Math.max(highest, observe(drift, image).statistic());
      }
      reached += highest >= limit ? 1 : 0;
    }
    double allowed = 1 / limit;
    assertThat((double) reached / streams)
        .isLessThan(allowed + 4 * Math.sqrt(allowed * (1 - allowed) / streams));
  }

  @ParameterizedTest
  @CsvSource({"1.1, 1, luminance", "0.9, 1, luminance", "1, 1.3, contrast", "1, 0.7, contrast"})
  void aChangeIsFoundWithItsTimeAndTheImagesThatShowIt(
      double light, double contrast, String channel) {
    Random random = new Random(5);
    Drift drift = drift(random, 100);
    for (int i = 0; i < 1000; i++) {
      Drift.Status before = observe(drift, good(random));
      assertThat(before.alarm()).isFalse();
      assertThat(before.since()).isEmpty();
      assertThat(before.sinceTime()).isEmpty();
      assertThat(before.drivers()).isEmpty();
    }
    Drift.Status status = drift.status();
    while (!status.alarm()) {
      status = observe(drift, part(random, light, contrast));
      assertThat(status.n()).isLessThan(1200);
    }
    assertThat(status.statistic()).isGreaterThanOrEqualTo(Drift.LIMIT);
    assertThat(status.limit()).isEqualTo(10_000);
    long since = status.since().orElseThrow();
    assertThat(since).isBetween(985L, 1015L);
    assertThat(status.sinceTime()).contains(START.plusSeconds(since - 1));
    assertThat(status.channel()).contains(channel);
    Drift.Channel highest =
        status.channels().stream()
            .max(Comparator.comparingDouble(Drift.Channel::statistic))
            .orElseThrow();
    assertThat(highest).isEqualTo(new Drift.Channel(channel, status.statistic()));
    assertThat(status.drivers())
        .isNotEmpty()
        .hasSizeLessThanOrEqualTo(10)
        .allMatch(driver -> driver.number() >= since && driver.factor() > 1)
        .allMatch(driver -> driver.pValue() >= 0 && driver.pValue() <= 1)
        .isSortedAccordingTo(Comparator.comparingDouble(Drift.Driver::factor).reversed());
    // It stays, with what was known when it was raised.
    for (int i = 0; i < 300; i++) {
      Drift.Status after = observe(drift, good(random));
      assertThat(after.alarm()).isTrue();
      assertThat(after.since()).isEqualTo(status.since());
      assertThat(after.drivers()).isEqualTo(status.drivers());
    }
  }

  /** Where a threshold lies at no normal score, none of them is left out. */
  @ParameterizedTest
  @CsvSource({
    "quantile:1, false",
    "conformal:0.5, false",
    "margin:0, false",
    "margin:5, true",
    "value:9, true"
  })
  void sixCapitalsShareTheAlarmAndTheImageAtTheThresholdIsNotCompared(
      String rule, boolean compared) {
    Random random = new Random(9);
    Calibration one = calibration(parts(random, 1), rule, 0);
    Drift drift = Drift.of(one);
    Drift empty = Drift.of(one.withoutScores());
    assertThat(drift.status().channels()).hasSize(6);
    assertThat(drift.status().statistic()).isEqualTo(1 / 6.0);
    for (double light = 1; light > 0.9; light -= 0.01) {
      CalibrationImage image = part(random, light, 1);
      assertThat(drift.observe(image, START).equals(empty.observe(image, START)))
          .isEqualTo(!compared);
    }
  }

  @Test
  void badPartsAreNotComparedHoweverManyThereAre() {
    Random random = new Random(2);
    Drift drift = drift(random, 50);
    observe(drift, good(new Random(3)));
    Drift.Status before = drift.status();
    for (int i = 0; i < 500; i++) {
      observe(drift, part(random, 9, 1));
    }
    Drift.Status after = drift.status();
    assertThat(after.n()).isEqualTo(501);
    assertThat(after.compared()).isEqualTo(1);
    assertThat(after.channels()).isEqualTo(before.channels());
  }

  /** Images that the model was fitted to were not chosen as the stream's are. */
  @Test
  void lightThatTheModelWasFittedToIsNotComparedWithTheStream() {
    Random random = new Random(8);
    List<CalibrationImage> darker =
        IntStream.range(0, 100).mapToObj(i -> part(random, 0.8, 1)).toList();
    List<CalibrationImage> heldOut = darker.stream().map(DriftTest::withoutMedian).toList();
    assertThat(alarm(calibration(darker, "value:9", 0), random)).isTrue();
    assertThat(alarm(calibration(heldOut, "value:9", 0), random)).isTrue();
    assertThat(alarm(calibration(darker, "value:9", 1), random)).isFalse();
  }

  /** Scores that the model was fitted to, or of a cross-validation, are lower than the stream's. */
  @Test
  void scoresThatAreNotTheStreamsAreNotComparedWithIt() {
    Random random = new Random(8);
    List<CalibrationImage> lower =
        parts(random, 100).stream()
            .map(
                i ->
                    new CalibrationImage(
                        i.name(),
                        i.sha256(),
                        i.score() - 0.5,
                        i.maximum(),
                        i.statistics().withMedian(i.statistics().median() - 0.3)))
            .toList();
    List<CalibrationImage> heldOut = lower.stream().map(DriftTest::withoutMedian).toList();
    assertThat(alarm(calibration(lower, "value:9", 0), random)).isTrue();
    assertThat(alarm(calibration(lower, "value:9", 3), random)).isFalse();
    assertThat(alarm(calibration(heldOut, "value:9", 0), random)).isFalse();
  }

  private static CalibrationImage withoutMedian(CalibrationImage image) {
    return new CalibrationImage(
        image.name(),
        image.sha256(),
        image.score(),
        image.maximum(),
        image.statistics().withMedian(Double.NaN));
  }

  private static boolean alarm(Calibration calibration, Random random) {
    Drift drift = Drift.of(calibration);
    for (int i = 0; i < 300; i++) {
      observe(drift, good(random));
    }
    return drift.status().alarm();
  }

  /** Without what an earlier release did not keep, the stream is compared with itself. */
  @Test
  void anEarlierReleasesCalibrationIsEnough() {
    Random random = new Random(4);
    List<CalibrationImage> scores =
        parts(random, 60).stream().map(i -> CalibrationImage.of(i.score())).toList();
    for (List<CalibrationImage> known : List.of(scores, List.<CalibrationImage>of())) {
      Calibration calibration =
          known.isEmpty()
              ? calibration(scores, "value:9", 0).withoutScores()
              : calibration(scores, "quantile:1", 0);
      Drift drift = Drift.of(calibration);
      for (int i = 0; i < 200; i++) {
        assertThat(observe(drift, good(random)).alarm()).isFalse();
      }
      for (int i = 0; i < 200; i++) {
        observe(drift, part(random, 1.1, 1));
      }
      assertThat(drift.status().alarm()).isTrue();
    }
  }

  /** As it is in a stream of which an earlier release recorded the scores, or a part of it. */
  @Test
  void aStatisticThatIsNotKnownIsLeftOutAndTheOthersAreCompared() {
    Random random = new Random(7);
    Drift drift = drift(random, 50);
    Drift.Status before = drift.status();
    Drift.Status one = observe(drift, CalibrationImage.of(0.3));
    assertThat(one.compared()).isEqualTo(1);
    assertThat(one.channels().getFirst()).isNotEqualTo(before.channels().getFirst());
    assertThat(one.channels().subList(1, 6)).isEqualTo(before.channels().subList(1, 6));
    while (!drift.status().alarm()) {
      observe(drift, withoutMedian(part(random, 1.1, 1)));
      observe(drift, CalibrationImage.of(0.3));
      assertThat(drift.status().n()).isLessThan(400);
    }
    assertThat(drift.status().channel()).contains("luminance");
    assertThat(drift.status().drivers())
        .isNotEmpty()
        .noneMatch(driver -> Double.isNaN(driver.pValue()) || Double.isNaN(driver.statistic()));
  }

  @Test
  void theSameStreamHasTheSameStatisticsAndAnyThreadMayObserve() {
    Random random = new Random(6);
    Calibration calibration = calibration(parts(random, 30), "quantile:1", 0);
    List<CalibrationImage> stream = parts(random, 200);
    Drift one = Drift.of(calibration);
    Drift other = Drift.of(calibration);
    stream.forEach(image -> observe(one, image));
    stream.forEach(image -> observe(other, image));
    assertThat(one.status()).isEqualTo(other.status());
    Drift shared = Drift.of(calibration);
    stream.parallelStream().forEach(image -> shared.observe(image, START));
    assertThat(shared.status().n()).isEqualTo(200);
    assertThat(shared.status().compared()).isEqualTo(one.status().compared());
  }
}
