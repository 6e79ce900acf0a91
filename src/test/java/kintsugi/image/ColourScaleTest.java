package kintsugi.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.util.OptionalDouble;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.Test;

class ColourScaleTest {
  @Test
  void nothingBelowTheThresholdIsColoured() {
    ColourScale scale = new ColourScale(0, 2, OptionalDouble.of(0.8));
    assertThat(scale.opacity(Math.nextDown(0.8))).isZero();
    assertThat(scale.opacity(0.8)).isBetween(0.3, 0.6);
    assertThat(scale.opacity(2)).isBetween(scale.opacity(0.8), 0.7);
    assertThat(scale.opacity(5)).isEqualTo(scale.opacity(2));
  }

  @Test
  void whatIsAboveTheThresholdHasAThirdOfTheColours() {
    assertThat(ColourScale.of(1, 2, 3).high()).isEqualTo(4);
    assertThat(ColourScale.of(1, 9, 3).high()).isEqualTo(9);
    assertThat(ColourScale.of(1, 2, -7).high()).isEqualTo(2);
  }

  @Test
  void aSignedScaleIsWhiteAtZeroBlueBelowAndOrangeAbove() {
    assertThat(ColourScale.diverging(0)).isEqualTo(0xf7f7f7);
    for (double fraction = 0.1; fraction <= 1.5; fraction += 0.1) {
      int below = ColourScale.diverging(-fraction);
      int above = ColourScale.diverging(fraction);
      assertThat(below & 0xff).isGreaterThan(below >> 16);
      assertThat(above >> 16).isGreaterThan(above & 0xff);
    }
    assertThat(ColourScale.diverging(9)).isEqualTo(ColourScale.diverging(1));
  }

  @Test
  void brightnessAloneCarriesTheOrder() {
    double before = -1;
    for (int i = 0; i <= 100; i++) {
      int rgb = ColourScale.colour(i / 100.0);
      double luma = 0.299 * (rgb >> 16) + 0.587 * (rgb >> 8 & 0xff) + 0.114 * (rgb & 0xff);
      assertThat(luma).isGreaterThan(before);
      before = luma;
    }
  }

  @Test
  void aRangeOfOneValueHasNoColourBelowItAndTheLastAbove() {
    ColourScale scale = ColourScale.of(3, 3);
    assertThat(scale.fraction(3)).isZero();
    assertThat(scale.fraction(3.5)).isEqualTo(1);
    assertThat(ColourScale.of(3, 3, 3).opacity(3)).isPositive();
    assertThatThrownBy(() -> ColourScale.of(0, Double.NaN))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void anotherUnitChangesTheNumbersAndNoColour() {
    ColourScale scale = ColourScale.of(10, 40, 20);
    ColourScale shown = scale.in(score -> (score - 10) / 20);
    assertThat(shown.threshold()).hasValue(0.5);
    assertThat(shown.opacity(0.9)).isCloseTo(scale.opacity(28), within(1e-12));
  }

  @Test
  void labelsHaveDigitsForAHundredthOfTheRange() {
    assertThat(ColourScale.of(0, 1.5).label(0.94)).isEqualTo("0.94");
    assertThat(ColourScale.of(0, 30).label(12.34)).isEqualTo("12.3");
    assertThat(ColourScale.of(0.5, 0.51).label(0.5)).isEqualTo("0.5000");
    assertThat(ColourScale.of(0, 3e7).label(2e7)).isEqualTo("2.00e+07");
    assertThat(ColourScale.of(4, 4).label(4)).isEqualTo("4.00e+00");
  }

  @Test
  void theStripLeavesTheImageAndShowsTheColoursFromTheThresholdOn() {
    byte[] rgb = new byte[200 * 30 * 3];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i * 7919);
    }
    Pixels image = new Pixels(200, 30, rgb);
    Tensor map = Tensor.zeros(30, 200);
    map.data()[3000] = 1;
    MapTransform same = MapTransform.of(1, 1, 0, 0);
    ColourScale scale = new ColourScale(0, 1, OptionalDouble.of(0.5));
    ScaleBar drawn = HeatMap.withScale(image, map, same, scale, scale);
    BufferedImage strip = drawn.image();
    assertThat(strip.getWidth()).isEqualTo(200);
    assertThat(strip.getHeight()).isBetween(50, 70);
    BufferedImage plain = HeatMap.overlay(image, map, same, scale);
    for (int i = 0; i < 200 * 30; i++) {
      assertThat(strip.getRGB(i % 200, i / 200)).isEqualTo(plain.getRGB(i % 200, i / 200));
    }
    assertThat(drawn.above().getHeight()).isEqualTo(30);
    int bar = 30 + 14;
    assertThat(strip.getRGB(40, bar)).isEqualTo(0xffb0b0b0);
    assertThat(strip.getRGB(197, bar) & 0xffffff).isEqualTo(ColourScale.colour(195.5 / 196));
    // The mark's lower end is above the bar at the threshold's place.
    assertThat(strip.getRGB(100, 30 + 2 + 6) & 0xff).isLessThan(100);
  }

  @Test
  void theStripOfANarrowImageIsWideEnoughForItsNumbers() {
    BufferedImage strip = ScaleBar.below(3, 50, ColourScale.of(0, 1.5, 1)).image();
    assertThat(strip.getWidth()).isGreaterThan(40);
    assertThat(strip.getRGB(20, 10)).isEqualTo(0xffffffff);
  }
}
