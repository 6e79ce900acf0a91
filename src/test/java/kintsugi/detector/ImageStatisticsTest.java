package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.Rectangle;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import kintsugi.image.Pixels;
import kintsugi.image.Preprocessing;
import kintsugi.image.Region;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Statistics of an image: of what the map covers and is looked at, at its own pixels. */
class ImageStatisticsTest {
  private static final int SIDE = 64;

  private static Preprocessing preprocessing(String resize, String crop) {
    Recipe recipe = Methods.recipe("padim/matlab");
    return Choices.with(recipe, Map.of("resize", resize, "crop", crop)).preprocessing();
  }

  private static Pixels image(int width, int height, PixelOf pixel) {
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < width * height; i++) {
      for (int c = 0; c < 3; c++) {
        rgb[3 * i + c] = (byte) pixel.at(i % width, i / width, c);
      }
    }
    return new Pixels(width, height, rgb);
  }

  private interface PixelOf {
    int at(int x, int y, int channel);
  }

  private static Tensor map() {
    Tensor map = Tensor.zeros(SIDE, SIDE);
    for (int i = 0; i < map.size(); i++) {
      map.data()[i] = i;
    }
    return map;
  }

  @Test
  void theyAreThoseOfTheFormulas() {
    Pixels stripes = image(SIDE, SIDE, (x, y, c) -> (x / 8 % 2 == 0 ? 100 : 140) + 10 * (1 - c));
    ImageStatistics found =
        ImageStatistics.of(
            stripes, map(), Optional.empty(), preprocessing(SIDE + "x" + SIDE, "same"));
    assertThat(found.luminance()).isCloseTo(120 + 10 * (0.299 - 0.114), within(1e-9));
    assertThat(found.contrast()).isCloseTo(20, within(1e-9));
    assertThat(found.warmth()).isCloseTo(20, within(1e-9));
    assertThat(found.median()).isEqualTo(SIDE * SIDE / 2);
    // Of 64 columns 14 lie at one of the 7 edges, half of them with 40 and half with −40.
    assertThat(found.sharpness()).isCloseTo(40 * Math.sqrt(14 / 64.0), within(1e-9));
  }

  @Test
  void whatIsCutAwayOrNotLookedAtDoesNotCount() {
    Pixels framed =
        image(2 * SIDE, SIDE, (x, y, c) -> x < SIDE / 2 || x >= SIDE * 3 / 2 ? 255 : 50 + y);
    Preprocessing cropped = preprocessing(2 * SIDE + "x" + SIDE, SIDE + "x" + SIDE);
    ImageStatistics found = ImageStatistics.of(framed, map(), Optional.empty(), cropped);
    assertThat(found.luminance()).isCloseTo(50 + (SIDE - 1) / 2.0, within(1e-9));
    Region upper = Region.of(SIDE, SIDE, List.of(new Rectangle(0, 0, SIDE, SIDE / 2)), List.of());
    ImageStatistics half = ImageStatistics.of(framed, map(), Optional.of(upper), cropped);
    assertThat(half.luminance()).isCloseTo(50 + (SIDE / 2 - 1) / 2.0, within(1e-9));
    assertThat(half.median()).isEqualTo(SIDE * SIDE / 4);
  }

  @Test
  void ofALargeMapSomePixelsAreEnough() {
    Pixels large = image(300, 300, (x, y, c) -> x * y % 251);
    ImageStatistics some =
        ImageStatistics.of(
            large, Tensor.zeros(300, 300), Optional.empty(), preprocessing("300x300", "same"));
    // Of 90 000 pixels at most 4096 are every 22nd.
    double[] values =
        IntStream.range(0, 300 * 300)
            .filter(i -> i % 22 == 0)
            .mapToDouble(i -> i % 300 * (i / 300) % 251)
            .toArray();
    double mean = Arrays.stream(values).average().orElseThrow();
    double square = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
    assertThat(some.luminance()).isCloseTo(mean, within(1e-9));
    assertThat(some.contrast()).isCloseTo(Math.sqrt(square), within(1e-9));
  }
}
