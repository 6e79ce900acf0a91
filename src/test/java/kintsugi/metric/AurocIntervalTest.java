package kintsugi.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Newcombe's interval of an AUROC. */
class AurocIntervalTest {
  @Test
  void atOneItIsNotEmptyAndShrinksWithTheSamples() {
    Bootstrap.Interval few = AurocInterval.of(1, 10, 10);
    Bootstrap.Interval many = AurocInterval.of(1, 1000, 1000);
    assertThat(few.high()).isEqualTo(1);
    assertThat(few.low()).isBetween(0.6, 0.9);
    assertThat(many.low()).isBetween(0.99, 0.9999);
  }

  @ParameterizedTest
  @CsvSource({"0.9, 50, 30", "0.5, 20, 20", "0.999, 300, 7", "0.02, 9, 90"})
  void itsEndsAreAsManyStandardErrorsAwayAndMirrored(double auroc, int normals, int anomalies) {
    Bootstrap.Interval interval = AurocInterval.of(auroc, normals, anomalies);
    for (double end : new double[] {interval.low(), interval.high()}) {
      double n = (normals + anomalies) / 2.0;
      double hanleyMcNeil =
          end
              * (1 - end)
              * (1 + (n - 1) * (1 - end) / (2 - end) + (n - 1) * end / (1 + end))
              / (normals * (double) anomalies);
      assertThat(Math.abs(end - auroc)).isEqualTo(1.96 * Math.sqrt(hanleyMcNeil), within(1e-4));
    }
    assertThat(interval.low()).isLessThan(auroc);
    assertThat(interval.high()).isGreaterThan(auroc);
    Bootstrap.Interval mirrored = AurocInterval.of(1 - auroc, anomalies, normals);
    assertThat(mirrored.low()).isEqualTo(1 - interval.high(), within(1e-9));
  }

  @Test
  void atZeroItMirrorsThatAtOne() {
    Bootstrap.Interval zero = AurocInterval.of(0, 10, 20);
    assertThat(zero.low()).isZero();
    assertThat(zero.high()).isEqualTo(1 - AurocInterval.of(1, 20, 10).low(), within(1e-9));
  }

  @Test
  void ofOneSampleOfEachKindItIsTheRootOfAQuadraticEquation() {
    // The variance is θ·(1 − θ), so (θ − 1/2)² = z²·θ·(1 − θ).
    double reach = 0.5 * Math.sqrt(1 - 1 / (1 + 1.959964 * 1.959964));
    Bootstrap.Interval half = AurocInterval.of(0.5, 1, 1);
    assertThat(half.low()).isEqualTo(0.5 - reach, within(1e-6));
    assertThat(half.high()).isEqualTo(0.5 + reach, within(1e-6));
  }

  @Test
  void aFigureThatIsNotAnAurocIsRefused() {
    assertThatThrownBy(() -> AurocInterval.of(1.1, 5, 5))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> AurocInterval.of(Double.NaN, 5, 5))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> AurocInterval.of(0.5, 0, 5))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
