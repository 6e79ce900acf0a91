package kintsugi.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.apache.commons.math3.distribution.BinomialDistribution;
import org.junit.jupiter.api.Test;

class BootstrapTest {
  @Test
  void recallVariesAsABinomialDoes() {
    double[] scores = new double[300];
    boolean[] anomalous = new boolean[300];
    for (int i = 0; i < 300; i++) {
      anomalous[i] = i < 100;
      scores[i] = i < 80 ? 1 : 0;
    }
    Bootstrap intervals = Bootstrap.of(scores, anomalous, 0.5, 1);
    // Of 100 anomalous samples 80 are predicted anomalous; in a draw the count is binomial.
    BinomialDistribution recalled = new BinomialDistribution(100, 0.8);
    assertThat(intervals.recall().low())
        .isCloseTo(recalled.inverseCumulativeProbability(0.025) / 100.0, within(0.015));
    assertThat(intervals.recall().high())
        .isCloseTo(recalled.inverseCumulativeProbability(0.975) / 100.0, within(0.015));
    // Every draw predicts all normal samples normal, and the rates make the area: (1 + recall) / 2.
    // What no draw changes has the exact interval: that of 200 of 200, and of 80 of 80.
    assertThat(intervals.specificity().low()).isCloseTo(Math.pow(0.025, 1 / 200.0), within(1e-9));
    assertThat(intervals.precision().low()).isCloseTo(Math.pow(0.025, 1 / 80.0), within(1e-9));
    assertThat(intervals.precision().high()).isEqualTo(1);
    assertThat(intervals.imageAuroc().low())
        .isCloseTo((1 + intervals.recall().low()) / 2, within(1e-12));
    assertThat(intervals.accuracy().high())
        .isCloseTo((200 + 100 * intervals.recall().high()) / 300, within(1e-12));
    assertThat(intervals.f1().low())
        .isCloseTo(2 * intervals.recall().low() / (1 + intervals.recall().low()), within(1e-12));
  }

  @Test
  void fewImagesThatAreAllRightLeaveMuchOpen() {
    double[] scores = {0.1, 0.2, 0.3, 0.8, 0.9};
    boolean[] anomalous = {false, false, false, true, true};
    Bootstrap intervals = Bootstrap.of(scores, anomalous, 0.5, 1);
    assertThat(intervals.imageAuroc()).isEqualTo(AurocInterval.of(1, 3, 2));
    assertThat(intervals.imageAuroc().low()).isLessThan(0.6);
    assertThat(intervals.accuracy().low()).isCloseTo(Math.pow(0.025, 1 / 5.0), within(1e-9));
    assertThat(intervals.recall().low()).isCloseTo(Math.pow(0.025, 1 / 2.0), within(1e-9));
    assertThat(intervals.f1().low()).isBetween(intervals.recall().low() - 1e-9, 0.2);
    assertThat(intervals.averagePrecision().low()).isNaN();
  }

  @Test
  void aSeedFixesItAndTheMetricIsWithin() {
    Random random = new Random(2);
    double[] scores = new double[200];
    boolean[] anomalous = new boolean[200];
    for (int i = 0; i < 200; i++) {
      anomalous[i] = i % 4 == 0;
      scores[i] = random.nextGaussian() + (anomalous[i] ? 1 : 0);
    }
    Bootstrap intervals = Bootstrap.of(scores, anomalous, 0.7, 3);
    assertThat(Bootstrap.of(scores, anomalous, 0.7, 3)).isEqualTo(intervals);
    assertThat(Bootstrap.of(scores, anomalous, 0.7, 4)).isNotEqualTo(intervals);
    RocCurve roc = RocCurve.of(scores, anomalous);
    assertThat(roc.area()).isBetween(intervals.imageAuroc().low(), intervals.imageAuroc().high());
    assertThat(roc.averagePrecision())
        .isBetween(intervals.averagePrecision().low(), intervals.averagePrecision().high());
  }
}
