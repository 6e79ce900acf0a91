package kintsugi.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AutoSizeTest {
  private static final TargetSize.Auto FROM_256_TO_384 = new TargetSize.Auto(256, 384);

  private static ImageKey image(int width, int height) {
    return new ImageKey(width, height, "");
  }

  /** Half of the sides, but an area from 256x256 to 384x384; both sides are multiples of 16. */
  @ParameterizedTest
  @CsvSource({
    "227, 227, 256x256",
    "100, 100, 256x256",
    "512, 512, 256x256",
    "640, 640, 320x320",
    "1000, 1000, 384x384",
    "400, 100, 512x128",
    "100, 400, 128x512",
    "4000, 3000, 448x336",
    "750, 500, 368x256",
    "100000, 10, 1536x96",
    "3, 2000, 64x1024"
  })
  void oneSize(int width, int height, String expected) {
    assertThat(FROM_256_TO_384.of(List.of(image(width, height)))).hasToString(expected);
    assertThat(FROM_256_TO_384.width(width, height) + "x" + FROM_256_TO_384.height(width, height))
        .isEqualTo(expected);
  }

  @Test
  void theMedianDecidesAndTheOrderDoesNot() {
    List<ImageKey> images =
        new ArrayList<>(
            List.of(image(640, 640), image(660, 620), image(5000, 10), image(620, 660)));
    images.add(image(10, 5000));
    for (int i = 0; i < 5; i++) {
      Collections.shuffle(images, new Random(i));
      assertThat(FROM_256_TO_384.of(images)).hasToString("320x320");
    }
    // Of two, neither the one nor the other.
    assertThat(FROM_256_TO_384.of(List.of(image(1200, 300), image(300, 1200))))
        .hasToString("304x304");
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "auto:256", "auto:128-512", "auto:64-4096"})
  void isWrittenAndRead(String text) {
    assertThat(TargetSize.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"auto:", "auto:63", "auto:4097", "auto:300-200", "auto:a", "auto:1-2-3", "autos"})
  void anotherTextIsRefused(String text) {
    assertThatThrownBy(() -> TargetSize.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
