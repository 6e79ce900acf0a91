package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import kintsugi.metric.FalsePositiveRate;
import kintsugi.metric.ThresholdRule;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A calibration has no value by which a score could become NaN. */
class CalibrationTest {
  private static Calibration of(double... values) {
    FalsePositiveRate rate =
        FalsePositiveRate.at(0.5, new double[] {0.1, 0.9}, new boolean[] {false, true});
    return new Calibration(
        values[0],
        values[1],
        values[2],
        ThresholdRule.YOUDEN,
        rate,
        values[3],
        values[4],
        values[5]);
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
