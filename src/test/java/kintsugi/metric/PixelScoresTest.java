package kintsugi.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import kintsugi.Golden;
import kintsugi.scoremap.Regions;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Safetensors;
import org.junit.jupiter.api.Test;

class PixelScoresTest {
  @Test
  void byHand() {
    PixelScores pixels = new PixelScores();
    assertThat(pixels.hasBothKinds()).isFalse();
    pixels.add(new float[] {5, 1, 2, 0}, new int[] {1, 0, 1, 0});
    assertThat(pixels.auroc()).isEqualTo(1);
    pixels.add(new float[] {3, -1}, new int[] {0, 1});
    // Pairs in order: 5 above 3 1 0, 2 above 1 0, -1 above none: 5 of 9.
    assertThat(pixels.auroc()).isCloseTo(5 / 9.0, within(1e-12));
    // Regions {5, 2} and {-1}; from the top: 5 (overlap 1/4), 3 (rate 1/3), 2 (1/2), 1, 0, -1.
    assertThat(pixels.aupro(1)).isCloseTo(0.25 / 3 + 2 * 0.5 / 3, within(1e-12));
    assertThat(pixels.aupro(0.5)).isCloseTo((0.25 / 3 + 0.5 / 6) / 0.5, within(1e-12));
  }

  @Test
  void equalScoresEnterTogether() {
    PixelScores pixels = new PixelScores();
    pixels.add(new float[] {0f, -0f, 0f, -0f}, new int[] {0, 1, 1, 0});
    assertThat(pixels.auroc()).isEqualTo(0.5);
    assertThat(pixels.aupro(0.3)).isCloseTo(0.15, within(1e-12));
  }

  @Test
  void agreesWithTheReference() {
    Safetensors golden = Golden.tensors("pixel-metrics");
    Tensor maps = golden.tensors().get("maps").tensor();
    Tensor masks = golden.tensors().get("masks").tensor();
    PixelScores pixels = new PixelScores();
    for (int n = 0; n < maps.dim(0); n++) {
      pixels.add(maps.part(n).data(), Regions.label(masks.part(n), 1));
    }
    assertThat(pixels.auroc())
        .isCloseTo(Double.parseDouble(golden.metadata().get("pixel_auroc")), within(1e-6));
    assertThat(pixels.aupro(0.3))
        .isCloseTo(Double.parseDouble(golden.metadata().get("aupro_fpr_0.3")), within(1e-6));
  }
}
