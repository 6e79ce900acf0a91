package kintsugi.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A promised rate of false alarms holds for any distribution, with ties too. */
class ConformalTest {
  private static double threshold(double[] good, double rate) {
    return new ThresholdRule(ThresholdRule.Kind.CONFORMAL, rate)
        .threshold(good, new boolean[good.length]);
  }

  private static double bruteForce(double[] good, double score) {
    int atLeast = 1;
    for (double each : good) {
      atLeast += each >= score ? 1 : 0;
    }
    return (double) atLeast / (good.length + 1);
  }

  /** Scores with many ties: of {@code values} values alone. */
  private static double[] drawn(SplittableRandom random, int count, int values) {
    return random.ints(count, 0, values).mapToDouble(i -> i / 10.0).toArray();
  }

  @ParameterizedTest
  @CsvSource({"99, 0.01", "43, 0.29", "99, 0.29", "10, 0.999", "20, 0.05", "37, 0.07", "1, 0.5"})
  void aScoreIsRejectedExactlyWhereItsPValueIsAtMostTheRate(int count, double rate) {
    SplittableRandom random = new SplittableRandom(5);
    for (int values : new int[] {1, 3, 20, 1_000_000}) {
      double[] good = drawn(random, count, values);
      double threshold = threshold(good, rate);
      for (double score : drawn(random, 500, values)) {
        int atLeast = (int) Arrays.stream(good).filter(each -> each >= score).count();
        double p = Conformal.pValue(atLeast, count);
        assertThat(p).isEqualTo(bruteForce(good, score));
        assertThat(score >= threshold).as(score + " of " + values).isEqualTo(p <= rate);
      }
    }
  }

  @Test
  void theThresholdLiesJustAboveTheScoreOfItsRank() {
    double[] good = {5, 1, 4, 2, 3, 9, 8, 7, 6};
    // ⌈10 · 0.9⌉ = 9 and ⌈10 · 0.8⌉ = 8.
    assertThat(threshold(good, 0.1)).isEqualTo(Math.nextUp(9.0));
    assertThat(threshold(good, 0.2)).isEqualTo(Math.nextUp(8.0));
    assertThat(threshold(good, 0.19)).isEqualTo(Math.nextUp(9.0));
    assertThat(threshold(new double[] {4, 4, 4, 4}, 0.4)).isEqualTo(Math.nextUp(4.0));
  }

  /**
   * Over draws of calibration and new sample the rate is at most the promised one; without ties it
   * is {@code ⌊(n + 1)R⌋/(n + 1)}. Five standard errors of the 20 000 draws are allowed.
   */
  @ParameterizedTest
  @CsvSource({"19, 0.05, 0.05", "30, 0.1, 0.0967742", "99, 0.02, 0.02", "9, 0.25, 0.2"})
  void theExpectedRateIsAtMostThePromisedOne(int count, double rate, double exact) {
    SplittableRandom random = new SplittableRandom(7);
    int draws = 20_000;
    for (int values : new int[] {4, 1_000_000_000}) {
      int rejected = 0;
      for (int i = 0; i < draws; i++) {
        double[] all = drawn(random, count + 1, values);
        // A distribution with a heavy tail, as scores have.
        Arrays.setAll(all, k -> 1 / (0.01 + all[k]));
        double[] good = Arrays.copyOf(all, count);
        rejected += all[count] >= threshold(good, rate) ? 1 : 0;
      }
      double error = 5 * Math.sqrt(exact * (1 - exact) / draws);
      assertThat((double) rejected / draws).isLessThan(exact + error);
      if (values > 1000) {
        assertThat((double) rejected / draws).isGreaterThan(exact - error);
      }
    }
  }

  @Test
  void tooFewSamplesAreToldAndNothingWeakerIsPromised() {
    assertThat(ThresholdRule.parse("conformal:0.01").shortage(99)).isEmpty();
    assertThat(ThresholdRule.parse("conformal:0.01").shortage(43))
        .contains(
            "a rate of false alarms of at most 0.01 needs 99 normal images, and 56 of them are"
                + " missing; calibrate with more (normal), or promise no less than 0.023"
                + " (max-false-alarms)");
    assertThat(ThresholdRule.parse("conformal:0.3").shortage(2).orElseThrow())
        .contains("needs 3 ", "promise no less than 0.34 ");
    assertThat(ThresholdRule.parse("conformal:0.34").shortage(2)).isEmpty();
    assertThat(ThresholdRule.parse("conformal:0.01").shortage(0).orElseThrow())
        .endsWith("calibrate with more (normal)");
    assertThat(ThresholdRule.parse("conformal:1e-12").shortage(5).orElseThrow())
        .contains("of at most 0.000000000001 needs 999999999999 ");
    assertThat(ThresholdRule.parse("conformal:4.9e-324").shortage(1_000_000)).isPresent();
    assertThat(ThresholdRule.YOUDEN.shortage(0)).isEmpty();
    assertThatThrownBy(() -> threshold(new double[18], 0.05))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 of them is missing");
  }

  @ParameterizedTest
  @CsvSource({"conformal:0", "conformal:1", "conformal:-0.1", "conformal:NaN", "conformal:2"})
  void aRateLiesBetweenZeroAndOne(String text) {
    assertThatThrownBy(() -> ThresholdRule.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("conformal takes a value above 0 and below 1, not ");
  }

  @Test
  void itIsWrittenAsItIsRead() {
    assertThat(ThresholdRule.parse("conformal:0.01").toString()).isEqualTo("conformal:0.01");
    assertThat(ThresholdRule.parse("conformal:0.01").needsAnomalous()).isFalse();
    assertThatThrownBy(() -> Conformal.pValue(4, 3)).isInstanceOf(IllegalArgumentException.class);
  }
}
