package kintsugi.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import kintsugi.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class MetricTest {
  private static final double[] SCORES = {0.1, 0.4, 0.35, 0.8};
  private static final boolean[] ANOMALOUS = {false, false, true, true};

  @Test
  void areaAndYoudenByHand() {
    RocCurve curve = RocCurve.of(SCORES, ANOMALOUS);
    assertThat(curve.area()).isCloseTo(0.75, within(1e-12));
    assertThat(ThresholdRule.YOUDEN.threshold(SCORES, ANOMALOUS)).isEqualTo(0.8);
    assertThat(curve.points()).hasSize(5);
    assertThat(curve.points())
        .extracting(curve::precision)
        .containsExactly(1.0, 1.0, 0.5, 2 / 3.0, 0.5);
    // 2·TP over 2·TP + FP + FN: 0/2, 2/3, 2/4, 4/5, 4/6.
    assertThat(curve.points())
        .extracting(curve::f1)
        .containsExactly(0.0, 2 / 3.0, 0.5, 0.8, 2 / 3.0);
  }

  @Test
  void aSampleThatCountsTwiceIsTwoAndOneThatCountsNotAtAllIsNotOnTheCurve() {
    int[] order = RocCurve.order(SCORES);
    assertThat(RocCurve.counted(SCORES, ANOMALOUS, order, new int[] {0, 2, 1, 1}))
        .isEqualTo(
            RocCurve.of(
                new double[] {0.4, 0.4, 0.35, 0.8}, new boolean[] {false, false, true, true}));
  }

  @Test
  void equalScoresEnterTogether() {
    RocCurve curve = RocCurve.of(new double[] {1, 1, 1, 1}, ANOMALOUS);
    assertThat(curve.area()).isEqualTo(0.5);
    assertThat(curve.points()).hasSize(2);
  }

  @Test
  void theAreaIsTheFractionOfPairsInOrder() {
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
  void oneClassAloneHasNoCurve() {
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
    assertThat(uneven.meanAccuracy()).isCloseTo(0.85, within(1e-12));
    assertThat(uneven.f1()).isCloseTo(8 / 19.0, within(1e-12));
    assertThat(uneven.falsePositiveRate()).isCloseTo(0.1, within(1e-12));
    assertThat(uneven.falseNegativeRate()).isCloseTo(0.2, within(1e-12));
    assertThat(new ConfusionMatrix(1, 0, 0, 0).recall()).isNaN();
    assertThat(uneven.normalised()).isEqualTo(new ConfusionMatrix.Normalised(0.9, 0.1, 0.2, 0.8));
  }

  @ParameterizedTest
  @CsvSource({
    "youden, 5",
    "max-f1, 3",
    "corner, 5",
    "max-fpr:0, 9",
    "max-fpr:0.25, 5",
    "max-fnr:0, 3",
    "max-fnr:0.5, 6"
  })
  void thresholdsByHand(String rule, double expected) {
    // From the top: anomalous 9, normal 8, anomalous 7, 5 and so on: rates in quarters.
    double[] scores = {9, 8, 6, 5, 4, 3, 2, 1};
    boolean[] anomalous = {true, false, true, true, false, true, false, false};
    assertThat(ThresholdRule.parse(rule).threshold(scores, anomalous)).isEqualTo(expected);
    assertThat(ThresholdRule.parse(rule).needsAnomalous()).isTrue();
    assertThat(ThresholdRule.parse(ThresholdRule.parse(rule).toString()))
        .isEqualTo(ThresholdRule.parse(rule));
  }

  @Test
  void theCornerIsMeasuredByTheSquares() {
    double[] scores = {17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 3, 2, 1};
    boolean[] anomalous = new boolean[14];
    for (int i : new int[] {0, 1, 2, 3, 4, 5, 6, 8, 9, 10}) {
      anomalous[i] = true;
    }
    // At 11 rates of 0 and 0.7 are 0.3 from the corner, at 7 rates of 0.25 and 1 only 0.25.
    assertThat(ThresholdRule.parse("corner").threshold(scores, anomalous)).isEqualTo(7);
  }

  @Test
  void thresholdsFromNormalScoresAlone() {
    double[] scores = {10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 99};
    boolean[] anomalous = new boolean[11];
    anomalous[10] = true;
    assertThat(ThresholdRule.MAX_NORMAL.threshold(scores, anomalous)).isEqualTo(Math.nextUp(10.0));
    assertThat(ThresholdRule.parse("quantile:0.8").threshold(scores, anomalous))
        .isEqualTo(Math.nextUp(8.0));
    assertThat(ThresholdRule.parse("margin:0.5").threshold(scores, anomalous))
        .isEqualTo(Math.nextUp(14.5));
    assertThat(ThresholdRule.parse("value:-0.25").threshold(scores, anomalous)).isEqualTo(-0.25);
    assertThat(ThresholdRule.parse("value:-0.25").needsScores()).isFalse();
    assertThat(ThresholdRule.MAX_NORMAL.needsScores()).isTrue();
    assertThat(ThresholdRule.parse("value:0.3")).hasToString("value:0.3");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "best",
        "max-fpr",
        "max-fpr:2",
        "quantile:0",
        "margin:-1",
        "youden:1",
        "value",
        "value:NaN",
        "value:x"
      })
  void aTextThatIsNotARuleIsRefused(String text) {
    assertThatThrownBy(() -> ThresholdRule.parse(text))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"continuous", "ties", "perfect", "inverted", "imbalanced"})
  void agreesWithScikitLearn(String name) {
    JsonMapper mapper =
        JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();
    JsonNode golden = mapper.readTree(Golden.file("golden/metrics.json")).get(name);
    double[] scores = new double[golden.get("scores").size()];
    boolean[] anomalous = new boolean[scores.length];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = golden.get("scores").get(i).asDouble();
      anomalous[i] = golden.get("labels").get(i).asInt() == 1;
    }
    RocCurve roc = RocCurve.of(scores, anomalous);
    assertThat(roc.area()).isCloseTo(golden.get("auroc").asDouble(), within(1e-12));
    assertThat(roc.averagePrecision())
        .isCloseTo(golden.get("average_precision").asDouble(), within(1e-12));
    double f1 = ThresholdRule.MAX_F1.threshold(scores, anomalous);
    assertThat(f1).isEqualTo(golden.get("f1_threshold").asDouble());
    assertThat(ConfusionMatrix.of(scores, anomalous, f1).f1())
        .isCloseTo(golden.get("f1_max").asDouble(), within(1e-12));
    double youden = ThresholdRule.YOUDEN.threshold(scores, anomalous);
    double expected = golden.get("youden_threshold").asDouble();
    // scikit-learn returns infinity where nothing should be predicted anomalous.
    assertThat(youden)
        .isEqualTo(
            Double.isInfinite(expected)
                ? Math.nextUp(java.util.Arrays.stream(scores).max().orElseThrow())
                : expected);
  }
}
