package kintsugi.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.geom.Ellipse2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegionTest {

  private static Region rectangle(int width, int height, int x, int y, int w, int h) {
    return Region.of(width, height, List.of(new Rectangle2D.Double(x, y, w, h)), List.of());
  }

  @Test
  void outlinesTakeThePixelsWhoseCentresTheyHold() {
    Region region =
        Region.of(
            40,
            30,
            List.of(new Rectangle2D.Double(4.4, 6, 10.2, 8)),
            List.of(new Rectangle2D.Double(6, 8, 2, 2)));
    assertThat(region.count()).isEqualTo(11 * 8 - 4);
    assertThat(region.at(4, 6)).isTrue();
    assertThat(region.at(14, 13)).isTrue();
    assertThat(region.at(15, 13)).isFalse();
    assertThat(region.at(6, 8)).isFalse();
    assertThat(Region.of(40, 30, List.of(), List.of(new Ellipse2D.Double(0, 0, 2, 2))).count())
        .isEqualTo(40 * 30 - 4);
  }

  @Test
  void aMaskIsTheRegionOfWhatIsAboveZero() {
    BufferedImage image = new BufferedImage(20, 10, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setSample(7, 3, 0, 1);
    Region region = Region.of(Mask.of(image));
    assertThat(region.count()).isEqualTo(1);
    assertThat(region.at(7, 3)).isTrue();
    assertThat(region.inverse().count()).isEqualTo(199);
    assertThat(region.and(region.inverse()).isEmpty()).isTrue();
    assertThatThrownBy(() -> region.and(rectangle(20, 11, 0, 0, 1, 1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void itFitsEveryImageOfItsAspect() {
    Region region = rectangle(640, 480, 0, 0, 10, 10);
    assertThat(region.fits(640, 480)).isTrue();
    assertThat(region.fits(1280, 960)).isTrue();
    assertThat(region.fits(213, 160)).isTrue();
    assertThat(region.fits(480, 640)).isFalse();
    assertThat(region.fits(640, 500)).isFalse();
    assertThat(region.fits(640, 400)).isFalse();
  }

  @Test
  void itIsScaledToTheImageAndCroppedAsTheImageIs() {
    Preprocessing crop =
        new Preprocessing(
            TargetSize.parse("100x100"), Interpolation.BILINEAR, TargetSize.parse("80x80"));
    // The right half of the image, drawn at another size than the image's.
    Region right = rectangle(50, 25, 25, 0, 25, 25);
    Region input = right.project(crop.toImage(400, 200), 400, 200, 80, 80);
    assertThat(input.count()).isEqualTo(40 * 80);
    assertThat(input.at(39, 79)).isFalse();
    assertThat(input.at(40, 0)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"4, true", "3, false"})
  void aPatchIsInItFromHalfOfItsPixelsOn(int columns, boolean expected) {
    // The first patch has 8 columns of the input.
    BitSet patches = rectangle(64, 32, 0, 0, columns, 32).patches(TileGrid.whole(64, 32), 4, 8);
    assertThat(patches.get(0)).isEqualTo(expected);
    assertThat(patches.get(1)).isFalse();
    assertThat(patches.cardinality()).isEqualTo(expected ? 4 : 0);
  }

  @Test
  void theGridsOfTilesStandOneBelowTheOther() {
    TileGrid tiles = new Tiling(OptionalInt.of(32), OptionalInt.of(0)).grid(64, 32);
    // The left half of the right tile.
    BitSet patches = rectangle(64, 32, 32, 0, 16, 32).patches(tiles, 4, 4);
    assertThat(patches.stream().map(i -> i - 16).toArray())
        .containsExactly(0, 1, 4, 5, 8, 9, 12, 13);
  }

  @Test
  void everyPatchOfAGridThatDoesNotDivideTheInputHasItsPixels() {
    Region all = Region.all(50, 30);
    TileGrid grid = TileGrid.whole(50, 30);
    assertThat(all.patches(grid, 7, 13).cardinality()).isEqualTo(91);
    assertThat(all.inverse().patches(grid, 7, 13).isEmpty()).isTrue();
  }

  @Test
  void veryLargeOutlinesAreDrawnSmaller() {
    Region region = rectangle(60000, 30000, 0, 0, 30000, 30000);
    assertThat(region.width()).isEqualTo(4096);
    assertThat(region.fraction()).isEqualTo(0.5);
    assertThat(region.fits(60000, 30000)).isTrue();
  }

  @Test
  void aPixelBeyondTheSidesIsRefused() {
    BitSet beyond = new BitSet();
    beyond.set(12);
    assertThatThrownBy(() -> Region.of(4, 3, beyond)).isInstanceOf(IllegalArgumentException.class);
  }
}
