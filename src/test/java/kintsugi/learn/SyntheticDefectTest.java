package kintsugi.learn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import kintsugi.image.Mask;
import kintsugi.image.Pixels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Defects drawn into normal images. */
class SyntheticDefectTest {
  private static Pixels image(long seed, int width, int height) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] rgb = new byte[width * height * 3];
    for (int i = 0; i < rgb.length; i += 3) {
      byte level = (byte) (100 + random.nextInt(30));
      rgb[i] = level;
      rgb[i + 1] = level;
      rgb[i + 2] = level;
    }
    return new Pixels(width, height, rgb);
  }

  private static final Pixels NORMAL = image(1, 90, 60);
  private static final Pixels OTHER = image(2, 50, 80);

  @ParameterizedTest
  @EnumSource
  void itsMaskIsWhereThePixelsDiffer(SyntheticDefect.Kind kind) {
    SyntheticDefect defect =
        SyntheticDefect.draw(NORMAL, OTHER, new SyntheticDefect.Plan(kind, 0.25, 0.5), 7);
    Mask mask = defect.mask();
    assertThat(mask.width()).isEqualTo(90);
    assertThat(mask.height()).isEqualTo(60);
    int most = 0;
    for (int y = 0; y < 60; y++) {
      for (int x = 0; x < 90; x++) {
        boolean differs = false;
        for (int c = 0; c < 3; c++) {
          int difference = Math.abs(NORMAL.at(x, y, c) - defect.image().at(x, y, c));
          differs |= difference > 0;
          most = Math.max(most, difference);
        }
        assertThat(mask.at(x, y)).isEqualTo(differs);
      }
    }
    assertThat(most).isGreaterThanOrEqualTo(10);
    assertThat(mask.count()).isBetween(3, 90 * 60 / 4);
  }

  @ParameterizedTest
  @EnumSource
  void theSeedFixesIt(SyntheticDefect.Kind kind) {
    SyntheticDefect.Plan plan = new SyntheticDefect.Plan(kind, 0.25, 0.5);
    byte[] drawn = SyntheticDefect.draw(NORMAL, OTHER, plan, 7).image().rgb();
    assertThat(SyntheticDefect.draw(NORMAL, OTHER, plan, 7).image().rgb()).isEqualTo(drawn);
    assertThat(SyntheticDefect.draw(NORMAL, OTHER, plan, 8).image().rgb()).isNotEqualTo(drawn);
  }

  @ParameterizedTest
  @EnumSource
  void aGreyImageStaysGrey(SyntheticDefect.Kind kind) {
    SyntheticDefect.Plan plan = new SyntheticDefect.Plan(kind, 0.25, 1);
    byte[] rgb = SyntheticDefect.draw(NORMAL, OTHER, plan, 7).image().rgb();
    for (int i = 0; i < rgb.length; i += 3) {
      assertThat(rgb[i]).isEqualTo(rgb[i + 1]).isEqualTo(rgb[i + 2]);
    }
  }

  @Test
  void plansCoverEveryKindInEveryExtentAndContrast() {
    assertThat(java.util.stream.IntStream.range(0, 45).mapToObj(SyntheticDefect.Plan::of))
        .doesNotHaveDuplicates()
        .hasSize(45);
  }

  @Test
  void aBlackImageGetsAVisibleDefect() {
    Pixels black = new Pixels(40, 40, new byte[40 * 40 * 3]);
    for (SyntheticDefect.Kind kind :
        new SyntheticDefect.Kind[] {SyntheticDefect.Kind.SCRATCH, SyntheticDefect.Kind.BLOB}) {
      SyntheticDefect.Plan plan = new SyntheticDefect.Plan(kind, 0.1, 0.25);
      assertThat(SyntheticDefect.draw(black, black, plan, 1).mask().count()).isPositive();
    }
  }
}
