package kintsugi.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a threshold does to good and bad parts, with intervals, in words. */
class ErrorRateTest {
  private static final ConfusionMatrix MATRIX = new ConfusionMatrix(98, 2, 3, 27);

  @ParameterizedTest
  @CsvSource({
    // From SciPy's beta.ppf.
    "0, 10, 0, 0.30849710781876083",
    "2, 10, 0.02521072632683337, 0.5560954623076415",
    "10, 10, 0.6915028921812392, 1",
    "1, 100, 0.00025314603297742064, 0.05445938539208066",
    "7, 250, 0.011330013795658534, 0.05683724527305362",
    "500, 1000, 0.46854917297179194, 0.531450827028208"
  })
  void theIntervalIsThatOfClopperAndPearson(int found, int samples, double low, double high) {
    ErrorRate rate = ErrorRate.tested(samples, found);
    assertThat(rate.low()).isCloseTo(low, within(1e-8));
    assertThat(rate.high()).isCloseTo(high, within(1e-8));
    assertThat(rate.expected()).isEqualTo((double) found / samples);
    ErrorRate calibrated = ErrorRate.calibrated(samples, found, false);
    assertThat(calibrated.low()).isEqualTo(rate.low());
    assertThat(calibrated.high()).isEqualTo(rate.high());
    assertThat(calibrated.expected()).isEqualTo((found + 1.0) / (samples + 1));
  }

  @Test
  void whatIsNotKnownMayBeAnything() {
    assertThat(ErrorRate.tested(0, 0)).isEqualTo(ErrorRate.UNKNOWN);
    assertThat(ErrorRate.calibrated(0, 0, false)).isEqualTo(ErrorRate.UNKNOWN);
    assertThat(ErrorRate.UNKNOWN.known()).isFalse();
    assertThatThrownBy(() -> new ErrorRate(2, 3, 0.5, false, 0, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ErrorRate(3, 2, Double.NaN, false, 0, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theSentenceCountsAThousandParts() {
    assertThat(ErrorRates.tested(MATRIX).sentence())
        .isEqualTo(
            "of 1000 good parts about 20 rejected (2.4 to 70; 2 of 100 here), of 1000 bad about 100"
                + " missed (21 to 265; 3 of 30 here), with 95 % confidence");
    ErrorRates margin =
        ErrorRates.calibrated(new ConfusionMatrix(100, 0, 0, 0), ThresholdRule.parse("margin:0.1"));
    assertThat(margin.sentence())
        .isEqualTo(
            "of 1000 good parts at most about 9.9 rejected (0 to 36; 0 of 100 here), how many of"
                + " 1000 bad are missed is not known, with 95 % confidence");
    assertThat(ErrorRates.UNKNOWN.sentence()).doesNotContain("confidence");
    // None of five does not show that none of a thousand will be.
    assertThat(ErrorRates.tested(new ConfusionMatrix(5, 0, 4, 0)).sentence())
        .isEqualTo(
            "of 1000 good parts at most 522 rejected (0 of 5 here), of 1000 bad at least 398 missed"
                + " (4 of 4 here), with 95 % confidence");
  }

  @ParameterizedTest
  @CsvSource({
    "quantile:0.9, false, true",
    "margin:0.1, true, true",
    "margin:0, false, true",
    "value:0.5, true, true",
    "youden, false, false",
    "max-fpr:0.01, false, false"
  })
  void anUpperFigureIsCalledThat(String rule, boolean good, boolean bad) {
    ErrorRates rates = ErrorRates.calibrated(MATRIX, ThresholdRule.parse(rule));
    assertThat(rates.falsePositives().atMost()).isEqualTo(good);
    assertThat(rates.falseNegatives().atMost()).isEqualTo(bad);
  }

  /**
   * The claim itself, on draws from 0 to 1, where a threshold's true rate is what lies above it.
   */
  @ParameterizedTest
  @CsvSource({"quantile:1, 0", "quantile:0.75, 5", "margin:0.1, 0"})
  void theExpectedRateIsTheMeanOfAQuantileAndAboveThatOfAMargin(String text, int found) {
    ThresholdRule rule = ThresholdRule.parse(text);
    Random random = new Random(5);
    double sum = 0;
    int draws = 4000;
    for (int d = 0; d < draws; d++) {
      double[] scores = random.doubles(20).toArray();
      sum += Math.max(0, 1 - rule.threshold(scores, new boolean[20]));
    }
    double mean = sum / draws;
    double expected = ErrorRate.calibrated(20, found, rule.mayLieAboveScores()).expected();
    assertThat(expected).isEqualTo((found + 1) / 21.0);
    if (rule.mayLieAboveScores()) {
      assertThat(mean).isLessThan(0.5 * expected);
    } else {
      assertThat(mean).isCloseTo(expected, within(0.005));
    }
  }

  @Test
  void aThresholdThatCannotBeMeantIsAWarningWithTheWayOut() {
    assertThat(ErrorRates.tested(MATRIX).warnings(0.5)).isEmpty();
    assertThat(ErrorRates.UNKNOWN.warnings(0.5)).isEmpty();
    assertThat(ErrorRates.tested(new ConfusionMatrix(5, 5, 9, 1)).warnings(0.5)).isEmpty();
    assertThat(ErrorRates.tested(new ConfusionMatrix(4, 5, 10, 0)).warnings(0.5))
        .satisfiesExactly(
            good ->
                assertThat(good)
                    .startsWith("the threshold 0.5000 rejects 5 of 9 good images; ")
                    .contains("(threshold)", "(normal)"),
            bad ->
                assertThat(bad)
                    .startsWith("the threshold 0.5000 misses all 10 bad images; ")
                    .contains("(threshold)", "(anomalous)"));
  }

  @ParameterizedTest
  @CsvSource({
    "quantile:0.99, 99",
    "quantile:0.9, 9",
    "max-fpr:0.01, 99",
    "max-fnr:0.05, 19",
    "max-fpr:0.3, 3",
    "quantile:1, 0",
    "max-fpr:0, 0",
    "max-fpr:1, 0",
    "margin:0.1, 0",
    "value:0.01, 0",
    "youden, 0"
  })
  void aRateNeedsAsManySamplesAsCanShowIt(String rule, long samples) {
    assertThat(ThresholdRule.parse(rule).samplesForItsRate()).isEqualTo(samples);
  }
}
