package kintsugi.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.Test;

class HeatMapTest {
  private static final MapTransform SAME = MapTransform.of(1, 1, 0, 0);

  private static Pixels plain(int width, int height, int level) {
    byte[] rgb = new byte[width * height * 3];
    Arrays.fill(rgb, (byte) level);
    return new Pixels(width, height, rgb);
  }

  /** Zero but for a square of ones from (5, 5) to (15, 15). */
  private static Tensor square(int side) {
    float[] map = new float[side * side];
    for (int y = 5; y < 15; y++) {
      Arrays.fill(map, y * side + 5, y * side + 15, 1);
    }
    return Tensor.of(map, side, side);
  }

  private static int rgb(BufferedImage image, int x, int y) {
    return image.getRGB(x, y) & 0xffffff;
  }

  @Test
  void belowTheThresholdIsTheImageAndAboveItsColourThroughWhichItShows() {
    Tensor map = square(20);
    ColourScale scale = ColourScale.of(0, 1.5, 0.5);
    BufferedImage dark = HeatMap.overlay(plain(20, 20, 40), map, SAME, scale);
    BufferedImage bright = HeatMap.overlay(plain(20, 20, 200), map, SAME, scale);
    for (int i = 0; i < 20; i++) {
      assertThat(rgb(dark, i, 1)).isEqualTo(0x282828);
      assertThat(rgb(bright, 18, i)).isEqualTo(0xc8c8c8);
    }
    int inDark = rgb(dark, 10, 10);
    assertThat(inDark >> 16).isGreaterThan(120).isGreaterThan(2 * (inDark & 0xff));
    // A third of a difference in the part is left of it under the colour.
    assertThat((rgb(bright, 10, 10) >> 16) - (inDark >> 16)).isGreaterThan(160 / 3);
  }

  @Test
  void aDoubleLineIsAroundWhatIsAboveOnAnyBackground() {
    for (int level : new int[] {0, 128, 255}) {
      BufferedImage drawn =
          HeatMap.overlay(plain(40, 40, level), square(40), SAME, ColourScale.of(0, 1.5, 0.5));
      int lightest = 0;
      int darkest = 255;
      for (int x = 2; x < 8; x++) {
        lightest = Math.max(lightest, rgb(drawn, x, 10) >> 8 & 0xff);
        darkest = Math.min(darkest, rgb(drawn, x, 10) >> 8 & 0xff);
      }
      assertThat(lightest - darkest).as("on %d", level).isGreaterThan(150);
    }
  }

  @Test
  void theContourIsWhereTheRegionIsAndClosesAtTheMapsEdge() {
    Tensor map = square(20);
    assertThat(Contours.of(map, 0.5, MapTransform.of(2, 3, 1, 0)).getBounds2D())
        .isEqualTo(new Rectangle2D.Double(12, 15, 20, 30));
    Tensor full = Tensor.of(new float[] {1, 1, 1, 1, 1, 1}, 2, 3);
    assertThat(Contours.of(full, 0.5, SAME).getBounds2D())
        .isEqualTo(new Rectangle2D.Double(0, 0, 3, 2));
    assertThat(Contours.of(full, 1.5, SAME).getBounds2D().isEmpty()).isTrue();
  }

  @Test
  void theMasksContourHasItsOwnColour() {
    BitSet bits = new BitSet();
    for (int y = 20; y < 30; y++) {
      bits.set(y * 40 + 20, y * 40 + 30);
    }
    Mask mask = new Mask(40, 40, bits, false);
    assertThat(Contours.of(mask).getBounds2D()).isEqualTo(new Rectangle2D.Double(20, 20, 10, 10));
    ColourScale scale = ColourScale.of(0, 1.5, 0.5);
    BufferedImage drawn =
        HeatMap.overlay(plain(40, 40, 128), square(40), SAME, scale, Optional.of(mask));
    int blues = 0;
    for (int x = 17; x < 23; x++) {
      int line = rgb(drawn, x, 25);
      blues += (line & 0xff) > (line >> 16) + 60 ? 1 : 0;
    }
    assertThat(blues).isPositive();
  }

  @Test
  void withoutAThresholdTheColourBecomesOpaqueGradually() {
    Tensor map = Tensor.of(new float[] {0, 0, 1, 1}, 1, 4);
    BufferedImage drawn = HeatMap.overlay(plain(4, 1, 9), map, SAME, ColourScale.of(0, 1));
    assertThat(rgb(drawn, 0, 0)).isEqualTo(0x090909);
    assertThat(rgb(drawn, 3, 0) >> 16).isGreaterThan(150);
  }

  @Test
  void theImageOutsideTheCropIsDarker() {
    Tensor map = Tensor.of(new float[] {0}, 1, 1);
    BufferedImage drawn =
        HeatMap.overlay(
            plain(3, 1, 100), map, MapTransform.of(1, 1, 1, 0), ColourScale.of(0, 1, 0.5));
    assertThat(rgb(drawn, 0, 0) & 0xff).isEqualTo(55);
    assertThat(rgb(drawn, 1, 0) & 0xff).isEqualTo(100);
  }

  @Test
  void greyLevelsAreInTheImagesFrame() {
    Pixels image = new Pixels(8, 4, new byte[8 * 4 * 3]);
    Tensor map = Tensor.of(new float[] {5, 10, 15, 30}, 1, 4);
    ColourScale scale = ColourScale.of(5, 25);
    // The map covers the image's right half, in its second and third row.
    MapTransform transform = MapTransform.of(1, 2, 4, 0.5);
    BufferedImage grey = HeatMap.grey(map, transform, image, 8, 4, scale);
    int[] row = grey.getRaster().getPixels(0, 1, 8, 1, (int[]) null);
    assertThat(row).containsExactly(0, 0, 0, 0, 0, 64, 128, 255);
    assertThat(grey.getRaster().getPixels(0, 0, 8, 1, (int[]) null)).containsOnly(0);
    assertThat(HeatMap.grey(map, transform, image, 4, 2, scale).getRaster().getSample(0, 0, 0))
        .isZero();
  }

  @Test
  void aRegionOfOnePixelIsSeenInASmallMapOfALargeOne() {
    for (int place : new int[] {0, 77, 4321, 9999}) {
      float[] values = new float[100 * 100];
      values[place] = 1;
      Tensor map = Tensor.of(values, 100, 100);
      Pixels image = plain(100, 100, 0);
      BufferedImage grey = HeatMap.grey(map, SAME, image, 10, 10, ColourScale.of(0, 1));
      assertThat(grey.getRaster().getSample(place % 100 / 10, place / 1000, 0)).isEqualTo(255);
      BufferedImage small =
          HeatMap.overlay(image, map, SAME, ColourScale.of(0, 1), Optional.empty(), 10);
      assertThat(rgb(small, place % 100 / 10, place / 1000)).isNotZero();
    }
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
    Pixels image = new Pixels(5, 3, rgb);
    BufferedImage small =
        HeatMap.overlay(image, map, SAME, ColourScale.of(0, 1), Optional.empty(), 2);
    assertThat(small.getWidth()).isEqualTo(3);
    assertThat(small.getHeight()).isEqualTo(2);
    // 0, 10, 50 and 60; in the corner the last pixel alone.
    assertThat(rgb(small, 0, 0)).isEqualTo(0x1e1e1e);
    BufferedImage plain =
        HeatMap.overlay(image, map, SAME, ColourScale.of(2, 3), Optional.empty(), 2);
    assertThat(rgb(plain, 2, 1) & 0xff).isEqualTo(140);
    assertThat(rgb(small, 2, 0) >> 16).isGreaterThan(150);
  }
}
