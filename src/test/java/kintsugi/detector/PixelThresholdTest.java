package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class PixelThresholdTest {
  @Test
  void anImageHasARegionWhereItIsPredictedAnomalous() {
    // Where the score is the map's maximum, it is next to the threshold.
    double[] scores = {0.1, 0.3, 0.7, 0.55, 0.6, 0.9};
    assertThat(PixelThreshold.of(scores, scores, 0.6, 3)).isCloseTo(0.575, within(1e-9));
    // One outlier among the normal maxima does not hide the regions of the anomalous images.
    double[] means = {0.01, 0.02, 0.03, 0.30, 0.31, 0.32};
    double[] maxima = {0.2, 0.9, 0.25, 0.5, 0.6, 0.8};
    assertThat(PixelThreshold.of(maxima, means, 0.3, 3)).isCloseTo(0.375, within(1e-9));
    // Normal maxima far below do not colour all of an anomalous image.
    maxima[1] = 0.01;
    maxima[2] = 0.01;
    maxima[0] = 0.01;
    assertThat(PixelThreshold.of(maxima, means, 0.3, 3)).isCloseTo(0.255, within(1e-9));
  }

  @Test
  void withoutImagesOfBothVerdictsItIsAPercentileOfTheNormalMaxima() {
    double[] maxima = new double[100];
    for (int i = 0; i < maxima.length; i++) {
      maxima[i] = i;
    }
    assertThat(PixelThreshold.of(maxima, maxima, 1000, 100)).isBetween(94.0, 96.0);
    assertThat(PixelThreshold.of(maxima, maxima, -1, 50)).isBetween(47.0, 49.0);
  }
}
