package kintsugi.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.apache.commons.math3.distribution.BinomialDistribution;
import org.junit.jupiter.api.Test;

class BootstrapTest {
  /** 100 anomalous samples, then 200 normal ones, of which the first are predicted anomalous. */
  private static Bootstrap predictedAnomalous(int count) {
    double[] scores = new double[300];
    boolean[] anomalous = new boolean[300];
    for (int i = 0; i < 300; i++) {
      anomalous[i] = i < 100;
      scores[i] = i < count ? 1 : 0;
    }
    return Bootstrap.of(scores, anomalous, 0.5, 1);
  }

  @Test
  void recallVariesAsABinomialDoes() {
    Bootstrap intervals = predictedAnomalous(80);
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
  void specificityVariesAsABinomialDoesAndPrecisionWithIt() {
    Bootstrap intervals = predictedAnomalous(140);
    // Of 200 normal samples 160 are predicted normal, and every anomalous one anomalous.
    BinomialDistribution normal = new BinomialDistribution(200, 0.8);
    double low = normal.inverseCumulativeProbability(0.025) / 200.0;
    double high = normal.inverseCumulativeProbability(0.975) / 200.0;
    assertThat(intervals.specificity().low()).isCloseTo(low, within(0.01));
    assertThat(intervals.specificity().high()).isCloseTo(high, within(0.01));
    // Of 100 + 200·(1 − specificity) predicted anomalous, 100 are; a percentile between two counts
    // is a mean of either metric.
    assertThat(intervals.precision().low())
        .isCloseTo(100 / (300 - 200 * intervals.specificity().low()), within(1e-3));
    assertThat(intervals.precision().high())
        .isCloseTo(100 / (300 - 200 * intervals.specificity().high()), within(1e-3));
    assertThat(intervals.recall().low()).isCloseTo(Math.pow(0.025, 1 / 100.0), within(1e-9));
  }

  @Test
  void fewImagesThatAreAllWrongLeaveAsMuchOpen() {
    double[] scores = {0.7, 0.8, 0.9, 0.1, 0.2};
    boolean[] anomalous = {false, false, false, true, true};
    Bootstrap intervals = Bootstrap.of(scores, anomalous, 0.5, 1);
    // None of three predicted anomalous is, none of two anomalous is found, none of three normal.
    double ofThree = 1 - Math.pow(0.025, 1 / 3.0);
    double ofTwo = 1 - Math.pow(0.025, 1 / 2.0);
    assertThat(intervals.precision().high()).isCloseTo(ofThree, within(1e-9));
    assertThat(intervals.recall().high()).isCloseTo(ofTwo, within(1e-9));
    assertThat(intervals.specificity().high()).isCloseTo(ofThree, within(1e-9));
    assertThat(intervals.accuracy().high()).isCloseTo(1 - Math.pow(0.025, 1 / 5.0), within(1e-9));
    assertThat(intervals.f1().low()).isZero();
    assertThat(intervals.f1().high())
        .isCloseTo(2 * ofThree * ofTwo / (ofThree + ofTwo), within(1e-9));
    assertThat(intervals.imageAuroc()).isEqualTo(AurocInterval.of(0, 3, 2));
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
