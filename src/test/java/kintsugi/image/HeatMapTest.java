package kintsugi.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.Test;

class HeatMapTest {

  @Test
  void lowValuesShowTheImageAndHighOnesTheColour() {
    Pixels image = new Pixels(4, 1, new byte[] {9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9});
    Tensor map = Tensor.of(new float[] {0, 0, 1, 1}, 1, 4);
    BufferedImage drawn = HeatMap.overlay(image, map, MapTransform.of(1, 1, 0, 0), 0, 1);
    assertThat(drawn.getRGB(0, 0) & 0xffffff).isEqualTo(0x090909);
    assertThat(drawn.getRGB(3, 0) >> 16 & 0xff).isGreaterThan(180);
  }

  @Test
  void theImageOutsideTheCropIsDarker() {
    Pixels image = new Pixels(3, 1, new byte[] {100, 100, 100, 100, 100, 100, 100, 100, 100});
    Tensor map = Tensor.of(new float[] {0}, 1, 1);
    BufferedImage drawn = HeatMap.overlay(image, map, MapTransform.of(1, 1, 1, 0), 0, 1);
    assertThat(drawn.getRGB(0, 0) & 0xff).isEqualTo(55);
    assertThat(drawn.getRGB(1, 0) & 0xff).isEqualTo(100);
  }

  @Test
  void greyLevelsAreInTheImagesFrame() {
    Pixels image = new Pixels(8, 4, new byte[8 * 4 * 3]);
    Tensor map = Tensor.of(new float[] {5, 10, 15, 30}, 1, 4);
    // The map covers the image's right half, in its second and third row.
    MapTransform transform = MapTransform.of(1, 2, 4, 0.5);
    BufferedImage grey = HeatMap.grey(map, transform, image, 8, 4, 5, 25);
    int[] row = grey.getRaster().getPixels(0, 1, 8, 1, (int[]) null);
    assertThat(row).containsExactly(0, 0, 0, 0, 0, 64, 128, 255);
    assertThat(grey.getRaster().getPixels(0, 0, 8, 1, (int[]) null)).containsOnly(0);
    BufferedImage small = HeatMap.grey(map, transform, image, 4, 2, 5, 25);
    assertThat(small.getRaster().getSample(0, 0, 0)).isZero();
    // Between the last two values, which are 10 and 25 above the minimum.
    assertThat(small.getRaster().getSample(3, 0, 0)).isEqualTo(Math.round(255 * 17.5f / 20));
  }
}
