package kintsugi.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TilingTest {

  private static Tiling tiling(int side, int overlap) {
    return new Tiling(OptionalInt.of(side), OptionalInt.of(overlap));
  }

  @ParameterizedTest
  @CsvSource({
    "256, 256, 256, 64, 1, 1",
    "257, 256, 256, 64, 2, 1",
    "448, 448, 256, 64, 2, 2",
    "449, 448, 256, 64, 3, 2",
    "6000, 4000, 256, 64, 31, 21",
    "512, 256, 256, 0, 2, 1",
    "10, 8, 8, 7, 3, 1"
  })
  void tilesCoverTheImageWithTheOverlap(
      int width, int height, int side, int overlap, int columns, int rows) {
    TileGrid grid = tiling(side, overlap).grid(width, height);
    assertThat(grid.columns()).isEqualTo(columns);
    assertThat(grid.rows()).isEqualTo(rows);
    assertThat(grid.left(0)).isZero();
    assertThat(grid.top(0)).isZero();
    assertThat(grid.left(grid.count() - 1)).isEqualTo(width - side);
    assertThat(grid.top(grid.count() - 1)).isEqualTo(height - side);
    for (int tile = 1; tile < grid.count(); tile++) {
      int across = grid.left(tile) - grid.left(tile - 1);
      int down = grid.top(tile) - grid.top(tile - 1);
      boolean next = tile % columns == 0;
      assertThat(next ? down : across).isBetween(1, side - overlap);
      assertThat(next ? grid.left(tile) : down).isZero();
    }
  }

  @Test
  void withoutAnOverlapAQuarterIsShared() {
    TileGrid grid = new Tiling(OptionalInt.of(256), OptionalInt.empty()).grid(448, 256);
    assertThat(grid.columns()).isEqualTo(2);
    assertThat(new Tiling(OptionalInt.of(256), OptionalInt.empty()).grid(449, 256).columns())
        .isEqualTo(3);
  }

  @Test
  void anImageThatIsNotCutIsOneTile() {
    assertThat(Tiling.NONE.grid(31, 17)).isEqualTo(TileGrid.whole(31, 17));
    assertThat(Tiling.NONE.isCut()).isFalse();
  }

  @Test
  void aTilesPixelsAreThoseOfItsPlace() {
    byte[] rgb = new byte[40 * 20 * 3];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i * 7);
    }
    Pixels image = new Pixels(40, 20, rgb);
    TileGrid grid = tiling(16, 4).grid(40, 20);
    int tile = grid.columns() + 1;
    Pixels cut = grid.cut(image, tile);
    assertThat(cut.at(3, 5, 2)).isEqualTo(image.at(grid.left(tile) + 3, grid.top(tile) + 5, 2));
    float[] batch = new float[1 + 16 * 16 * 3];
    Preprocessing.normaliseInto(image, grid, tile, batch, 1);
    float[] expected = Preprocessing.normalised(cut).data();
    assertThat(Arrays.copyOfRange(batch, 1, batch.length)).isEqualTo(expected);
  }

  @Test
  void whatCannotBeCutIsRefusedWithTheWayOut() {
    assertThatThrownBy(() -> tiling(256, 64).grid(1200, 200))
        .hasMessage(
            "1200x200 is smaller than a tile of 256x256; enlarge it (resize), or cut smaller tiles"
                + " (tile)");
    assertThatThrownBy(() -> tiling(8, 7).grid(8000, 6000))
        .hasMessageContaining("tiles where 65536 is the maximum; cut larger tiles (tile)");
    assertThatThrownBy(() -> tiling(64, 64))
        .hasMessage("overlap: 0 or above, below the tile's side of 64, not 64");
    assertThatThrownBy(() -> tiling(64, -1)).hasMessageContaining("not -1");
    assertThatThrownBy(() -> tiling(7, 0)).hasMessage("tile: from 8 to 16384, or none");
    assertThatThrownBy(
            () ->
                new Preprocessing(
                    new TargetSize.Same(),
                    Interpolation.BILINEAR,
                    new TargetSize.Exact(224, 224),
                    OptionalInt.empty(),
                    ColorProfile.KEEP,
                    tiling(64, 0)))
        .hasMessage("crop: same where images are cut into tiles, not 224x224");
  }
}
