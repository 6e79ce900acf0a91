package kintsugi.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class MetricTest {
  private static final double[] SCORES = {0.1, 0.4, 0.35, 0.8};
  private static final boolean[] ANOMALOUS = {false, false, true, true};

  @Test
  void areaAndYoudenByHand() {
    RocCurve curve = RocCurve.of(SCORES, ANOMALOUS);
    assertThat(curve.area()).isCloseTo(0.75, within(1e-12));
    assertThat(curve.youdenThreshold()).isEqualTo(0.8);
    assertThat(curve.points()).hasSize(5);
  }

  @Test
  void equalScoresEnterTogether() {
    RocCurve curve = RocCurve.of(new double[] {1, 1, 1, 1}, ANOMALOUS);
    assertThat(curve.area()).isEqualTo(0.5);
    assertThat(curve.points()).hasSize(2);
  }

  @Test
  void theAreaIsTheShareOfPairsInOrder() {
    var random = new java.util.Random(3);
    double[] scores = new double[60];
    boolean[] anomalous = new boolean[60];
    for (int i = 0; i < 60; i++) {
      anomalous[i] = i % 3 == 0;
      scores[i] = random.nextInt(10) + (anomalous[i] ? 2 : 0);
    }
    double pairs = 0;
    for (int i = 0; i < 60; i++) {
      for (int j = 0; j < 60; j++) {
        if (anomalous[i] && !anomalous[j]) {
          pairs += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
        }
      }
    }
    assertThat(RocCurve.of(scores, anomalous).area()).isCloseTo(pairs / (20 * 40), within(1e-12));
  }

  @Test
  void oneKindAloneHasNoCurve() {
    assertThatThrownBy(() -> RocCurve.of(SCORES, new boolean[4]))
        .isInstanceOf(IllegalArgumentException.class);
    double[] broken = {Double.NaN, 0, 1, 2};
    assertThatThrownBy(() -> RocCurve.of(broken, ANOMALOUS))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void confusionCountsAScoreAtTheThresholdAsAnomalous() {
    ConfusionMatrix matrix = ConfusionMatrix.of(SCORES, ANOMALOUS, 0.4);
    assertThat(matrix).isEqualTo(new ConfusionMatrix(1, 1, 1, 1));
    ConfusionMatrix uneven = new ConfusionMatrix(90, 10, 1, 4);
    assertThat(uneven.accuracy()).isCloseTo(94 / 105.0, within(1e-12));
    assertThat(uneven.precision()).isCloseTo(4 / 14.0, within(1e-12));
    assertThat(uneven.recall()).isCloseTo(0.8, within(1e-12));
    assertThat(uneven.specificity()).isCloseTo(0.9, within(1e-12));
    assertThat(uneven.f1()).isCloseTo(8 / 19.0, within(1e-12));
    assertThat(uneven.falsePositiveRate()).isCloseTo(0.1, within(1e-12));
    assertThat(uneven.falseNegativeRate()).isCloseTo(0.2, within(1e-12));
    assertThat(new ConfusionMatrix(1, 0, 0, 0).recall()).isNaN();
  }
}
