package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Verdict and regions in one sentence, whether they agree or not. */
class FindingTest {
  private static final Explanation.Box BOX = new Explanation.Box(2, 3, 11.6, 18.2, 0.5);

  private static Finding finding(double score, double threshold, Explanation.Box... regions) {
    return new Finding(
        score >= threshold ? Verdict.ANOMALOUS : Verdict.NORMAL,
        score,
        OptionalDouble.of(threshold),
        OptionalDouble.of(0.4),
        List.of(regions),
        "upper left",
        score >= threshold ? Optional.of("layer 2") : Optional.empty());
  }

  @Test
  void verdictAndRegionsAgree() {
    assertThat(finding(0.31, 0.22, BOX).sentence())
        .isEqualTo(
            "anomalous, 0.31 above 0.22: one region at upper left, 12 by 18 pixels, mostly layer 2");
    assertThat(finding(0.31, 0.22, BOX, BOX).sentence())
        .isEqualTo(
            "anomalous, 0.31 above 0.22: 2 regions, the highest at upper left, 12 by 18 pixels,"
                + " mostly layer 2");
    assertThat(finding(0.12, 0.22).sentence()).isEqualTo("normal, 0.12 below 0.22");
    assertThat(finding(0.31, 0.22, BOX).regionsDisagree()).isFalse();
    assertThat(finding(0.12, 0.22).regionsDisagree()).isFalse();
  }

  @Test
  void whereTheyDisagreeItIsSaid() {
    assertThat(finding(0.12, 0.22, BOX).sentence())
        .isEqualTo(
            "normal, 0.12 below 0.22, but one region at upper left, 12 by 18 pixels, lies above the"
                + " pixel threshold 0.40: look at it");
    assertThat(finding(0.12, 0.22, BOX, BOX).sentence())
        .endsWith(
            "but 2 regions, the highest at upper left, 12 by 18 pixels, lie above the pixel"
                + " threshold 0.40: look at them");
    assertThat(finding(0.25, 0.22).sentence())
        .isEqualTo(
            "anomalous, 0.25 above 0.22, but no region lies above the pixel threshold 0.40: the"
                + " whole image differs, most at upper left");
    assertThat(finding(0.12, 0.22, BOX).regionsDisagree()).isTrue();
    assertThat(finding(0.25, 0.22).regionsDisagree()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "0.221, 0.2249, 0.221 below 0.225",
    "0.2200001, 0.22, 0.2200001 above 0.2200000",
    "0.22, 0.22, 0.22 at 0.22",
    "0.22, 0.22000000000000003, 0.22 just below 0.22",
    "-0.1, 0.22, -0.10 below 0.22"
  })
  void bothNumbersHaveTheDecimalsInWhichTheyDiffer(double score, double threshold, String text) {
    assertThat(finding(score, threshold).sentence()).contains(", " + text);
  }

  @Test
  void beforeCalibrationThereIsNoVerdictToContradict() {
    Finding finding =
        new Finding(
            Verdict.NOT_CALIBRATED,
            12.345,
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            List.of(),
            "centre",
            Optional.empty());
    assertThat(finding.sentence()).isEqualTo("not calibrated, score 12.35, highest at centre");
    assertThat(finding.regionsDisagree()).isFalse();
  }

  @Test
  void aChannelDrawnTwiceIsNamedOnceWithTheSum() {
    Inspector.Contributions contributions =
        new Inspector.Contributions(
            new double[] {1, 4, 2, 3}, new int[] {5, 2, 5, 0}, Map.of("layer1", 6));
    assertThat(contributions.fractions())
        .containsExactly(
            new Explanation.Channel("layer1", 0, 0.3),
            new Explanation.Channel("layer1", 2, 0.4),
            new Explanation.Channel("layer1", 5, 0.1 + 0.2));
  }
}
