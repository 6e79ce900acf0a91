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

  @Test
  void aVeryLargeImageIsDrawnAtAWholeFractionOfItsSize() {
    assertThat(HeatMap.step(8000, 8000)).isEqualTo(1);
    assertThat(HeatMap.step(8001, 8000)).isEqualTo(2);
    assertThat(HeatMap.step(14000, 14000)).isEqualTo(2);
    assertThat(HeatMap.step(500_000_000, 1)).isEqualTo(8);
  }

  @Test
  void aPixelOfASmallerOverlayIsTheMeanOfThoseItCovers() {
    byte[] rgb = new byte[5 * 3 * 3];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i / 3 * 10);
    }
    Tensor map = Tensor.of(new float[] {0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1}, 3, 5);
    MapTransform same = MapTransform.of(1, 1, 0, 0);
    BufferedImage small = HeatMap.overlay(new Pixels(5, 3, rgb), map, same, 0, 1, 2);
    assertThat(small.getWidth()).isEqualTo(3);
    assertThat(small.getHeight()).isEqualTo(2);
    // 0, 10, 50 and 60; in the corner the last pixel alone.
    assertThat(small.getRGB(0, 0) & 0xffffff).isEqualTo(0x1e1e1e);
    BufferedImage plain = HeatMap.overlay(new Pixels(5, 3, rgb), map, same, 2, 3, 2);
    assertThat(plain.getRGB(2, 1) & 0xff).isEqualTo(140);
    assertThat(small.getRGB(2, 0) >> 16 & 0xff).isGreaterThan(180);
  }
}
