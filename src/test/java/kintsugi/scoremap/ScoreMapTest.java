package kintsugi.scoremap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import kintsugi.engine.Border;
import kintsugi.engine.Engine;
import kintsugi.engine.Parallel;
import kintsugi.engine.Upsampling;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.image.TileGrid;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.Test;

class ScoreMapTest {
  private static final Tensor MAP =
      Tensor.of(
          new float[] {
            0, 5, 0, 0, 9,
            0, 0, 6, 0, 9,
            0, 0, 0, 0, 0,
            7, 0, 0, 0, 4
          },
          4,
          5);

  @Test
  void regionsAreEightConnectedAndSortedByTheirPeaks() {
    assertThat(Regions.of(MAP, 5))
        .containsExactly(
            new Regions.Region(4, 0, 5, 2, 2, 9),
            new Regions.Region(0, 3, 1, 4, 1, 7),
            new Regions.Region(1, 0, 3, 2, 2, 6));
    assertThat(Regions.of(MAP, 9.5)).isEmpty();
    assertThat(Regions.of(MAP, 0)).containsExactly(new Regions.Region(0, 0, 5, 4, 20, 9));
  }

  @Test
  void scoresByHand() {
    assertThat(ImageScore.parse("max").of(MAP)).isEqualTo(9);
    assertThat(ImageScore.parse("mean").of(MAP)).isEqualTo(2);
    assertThat(ImageScore.parse("top-3").of(MAP)).isEqualTo(25 / 3.0);
    assertThat(ImageScore.parse("top-1000").of(MAP)).isEqualTo(2);
    assertThat(ImageScore.parse("top-15%").of(MAP)).isEqualTo(25 / 3.0);
    assertThat(ImageScore.parse("top-0.1%").of(MAP)).isEqualTo(9);
    assertThat(ImageScore.parse("top-99%").of(MAP)).isEqualTo(2);
    assertThat(ScoreMaps.min(Tensor.of(new float[] {3, -2, 5}, 1, 3))).isEqualTo(-2);
    Tensor two = Tensor.of(new float[] {1, 2, 3, 6}, 2, 1, 2);
    assertThat(ImageScore.MEAN.ofEach(two)).containsExactly(1.5, 4.5);
    assertThat(ImageScore.MAX.ofEach(two.reshape(1, 2, 2))).containsExactly(6);
    assertThat(ImageScore.MAX.count(20)).isEqualTo(1);
    assertThat(ImageScore.MEAN.count(20)).isEqualTo(20);
    for (String text : new String[] {"max", "mean", "top-3", "top-1%", "top-0.5%", "top-12.25%"}) {
      assertThat(ImageScore.parse(text).toString()).isEqualTo(text);
    }
    assertThatThrownBy(() -> ImageScore.parse("top-0")).hasMessageContaining("at least 1 value");
    assertThatThrownBy(() -> ImageScore.parse("top-0%")).hasMessageContaining("below 1, not 0");
    assertThatThrownBy(() -> ImageScore.parse("top-100%")).hasMessageContaining("top-1%");
    assertThatThrownBy(() -> new ImageScore(2.5)).hasMessageContaining("not 2.5");
    assertThatThrownBy(() -> ImageScore.parse("least")).hasMessageContaining("top-100");
  }

  @Test
  void theGaussianEqualsScipys() {
    float[] kernel = ScoreMaps.gaussian(4);
    assertThat(kernel).hasSize(33);
    double sum = 0;
    for (float weight : kernel) {
      sum += weight;
    }
    assertThat(sum).isBetween(1 - 1e-6, 1 + 1e-6);
    assertThat((double) kernel[16] / kernel[12]).isBetween(1.6486, 1.6489);
  }

  @Test
  void aPeakIsBlurredToTheHeightOfTheGaussianUnlessSigmaIsZero() {
    Tensor peak = Tensor.zeros(1, 33, 33);
    peak.data()[16 * 33 + 16] = 1;
    try (Parallel parallel = new Parallel(1)) {
      Engine engine = new ScalarEngine(parallel);
      TileGrid grid = TileGrid.whole(33, 33);
      Tensor sharp = maps(0).compute(engine, peak, grid);
      assertThat(sharp.data()).isEqualTo(peak.data());
      Tensor blurred = maps(2).compute(engine, peak, grid);
      // 1/(2πσ²)
      assertThat(ScoreMaps.max(blurred)).isCloseTo(0.0398, within(1e-4));
      assertThat(ImageScore.MEAN.of(blurred)).isCloseTo(1 / 1089.0, within(1e-8));
    }
  }

  private static ScoreMaps maps(double sigma) {
    return new ScoreMaps(Upsampling.NEAREST, sigma, Border.REPLICATE);
  }

  @Test
  void aBlurThatCannotBeMeantIsRefused() {
    for (double sigma : new double[] {-1, 1000, Double.NaN}) {
      assertThatThrownBy(() -> maps(sigma)).hasMessageContaining("below 1000, not " + sigma);
    }
  }
}
