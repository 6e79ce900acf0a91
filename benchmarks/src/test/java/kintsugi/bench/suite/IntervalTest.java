package kintsugi.bench.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class IntervalTest {
  @Test
  void theMeansIntervalIsStudents() {
    // Mean 10, standard deviation 2, quantile of t with four degrees 2.776445: 10 ± 2.776445·2/√5.
    Interval mean = Interval.mean(10, 8, 12, 12, 8);
    assertThat(mean.estimate()).isEqualTo(10);
    assertThat(mean.low()).isCloseTo(10 - 2.776445 * 2 / Math.sqrt(5), within(1e-6));
    assertThat(mean.high()).isCloseTo(10 + 2.776445 * 2 / Math.sqrt(5), within(1e-6));
  }

  @Test
  void oneForkHasNoInterval() {
    assertThat(Interval.mean(3).known()).isFalse();
    assertThat(Interval.mean(3).estimate()).isEqualTo(3);
    assertThat(Interval.ratio(new double[] {3}, new double[] {2, 2.1}).known()).isFalse();
    assertThat(Interval.ratio(new double[] {2, 2.1}, new double[] {3}).known()).isFalse();
    assertThat(Interval.pairedRatio(new double[] {3}, new double[] {2}).estimate())
        .isCloseTo(1.5, within(1e-12));
    assertThat(Interval.pairedRatio(new double[] {3}, new double[] {2}).excludes(1)).isFalse();
  }

  @Test
  void theRatioOfTwoSetsIsWelchs() {
    // Logarithms 0, 1, 2 and 0, 2, 4: means 1 and 2, variances of the means 1/3 and 4/3, Welch's
    // degrees (5/3)² / ((1/3)²/2 + (4/3)²/2) = 2.941176, whose quantile is 3.218759.
    double[] a = {1, Math.E, Math.exp(2)};
    double[] b = {1, Math.exp(2), Math.exp(4)};
    Interval ratio = Interval.ratio(a, b);
    double half = 3.218759 * Math.sqrt(5.0 / 3);
    assertThat(ratio.estimate()).isCloseTo(Math.exp(-1), within(1e-12));
    assertThat(Math.log(ratio.low())).isCloseTo(-1 - half, within(1e-4));
    assertThat(Math.log(ratio.high())).isCloseTo(-1 + half, within(1e-4));
  }

  @Test
  void equalSamplesHaveAnIntervalOfNoWidth() {
    Interval ratio = Interval.ratio(new double[] {2, 2}, new double[] {1, 1});
    assertThat(ratio.low()).isEqualTo(ratio.high()).isCloseTo(2, within(1e-12));
    assertThat(ratio.excludes(1)).isTrue();
  }

  @Test
  void noiseThatBothShareCancelsInPairs() {
    double[] a = {10, 20, 14};
    double[] b = {20, 40, 28};
    Interval paired = Interval.pairedRatio(a, b);
    assertThat(paired.estimate()).isCloseTo(0.5, within(1e-12));
    assertThat(paired.high() - paired.low()).isLessThan(1e-9);
    assertThat(paired.excludes(1)).isTrue();
    assertThat(Interval.ratio(a, b).excludes(1)).isFalse();
  }

  @Test
  void ninetyFiveOfAHundredIntervalsHoldTheTruth() {
    Random random = new Random(1);
    int held = 0;
    for (int i = 0; i < 4000; i++) {
      double[] a = random.doubles(3).map(x -> Math.exp(0.1 * random.nextGaussian())).toArray();
      double[] b = random.doubles(4).map(x -> Math.exp(0.3 * random.nextGaussian())).toArray();
      held += Interval.ratio(a, b).excludes(1) ? 0 : 1;
    }
    assertThat(held / 4000.0).isBetween(0.93, 0.975);
  }
}
