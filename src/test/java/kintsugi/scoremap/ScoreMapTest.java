package kintsugi.scoremap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
}
