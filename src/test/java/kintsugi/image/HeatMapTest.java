package kintsugi.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import kintsugi.tensor.Tensor;
import org.joml.Matrix3x2d;
import org.junit.jupiter.api.Test;

class HeatMapTest {

  @Test
  void lowValuesShowThePictureAndHighOnesTheColour() {
    Pixels picture = new Pixels(4, 1, new byte[] {9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9});
    Tensor map = Tensor.of(new float[] {0, 0, 1, 1}, 1, 4);
    BufferedImage drawn = HeatMap.overlay(picture, map, new Matrix3x2d(), 0, 1);
    assertThat(drawn.getRGB(0, 0) & 0xffffff).isEqualTo(0x090909);
    assertThat(drawn.getRGB(3, 0) >> 16 & 0xff).isGreaterThan(180);
  }

  @Test
  void whatTheCropCutAwayIsDarker() {
    Pixels picture = new Pixels(3, 1, new byte[] {100, 100, 100, 100, 100, 100, 100, 100, 100});
    Tensor map = Tensor.of(new float[] {0}, 1, 1);
    BufferedImage drawn = HeatMap.overlay(picture, map, new Matrix3x2d().translate(1, 0), 0, 1);
    assertThat(drawn.getRGB(0, 0) & 0xff).isEqualTo(55);
    assertThat(drawn.getRGB(1, 0) & 0xff).isEqualTo(100);
  }
}
