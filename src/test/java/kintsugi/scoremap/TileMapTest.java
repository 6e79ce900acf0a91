package kintsugi.scoremap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.OptionalInt;
import java.util.function.DoubleBinaryOperator;
import kintsugi.engine.Border;
import kintsugi.engine.Parallel;
import kintsugi.engine.Upsampling;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.image.TileGrid;
import kintsugi.image.Tiling;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The blending of tiles' maps into one. */
class TileMapTest {
  private static final int SIDE = 32;
  private static final int PATCHES = 8;
  private static final int WIDTH = 117;
  private static final int HEIGHT = 83;

  private final ScalarEngine engine = new ScalarEngine(new Parallel(1));

  private static TileGrid grid(int overlap) {
    return new Tiling(OptionalInt.of(SIDE), OptionalInt.of(overlap)).grid(WIDTH, HEIGHT);
  }

  /** The distances of two images, the second twice the first, as a function of a place. */
  private static Tensor distances(TileGrid grid, DoubleBinaryOperator at) {
    int patch = SIDE / PATCHES;
    Tensor distances = Tensor.zeros(2, grid.count() * PATCHES, PATCHES);
    int half = distances.size() / 2;
    for (int i = 0; i < half; i++) {
      int tile = i / (PATCHES * PATCHES);
      double x = grid.left(tile) + (i % PATCHES + 0.5) * patch;
      double y = grid.top(tile) + (i / PATCHES % PATCHES + 0.5) * patch;
      distances.data()[i] = (float) at.applyAsDouble(x, y);
      distances.data()[half + i] = 2 * distances.data()[i];
    }
    return distances;
  }

  private Tensor map(TileGrid grid, DoubleBinaryOperator at, double sigma) {
    return new ScoreMaps(Upsampling.BILINEAR, sigma, Border.REPLICATE)
        .compute(engine, distances(grid, at), grid);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "8, 0", "8, 4", "20, 0", "31, 0"})
  void aConstantStaysOne(int overlap, double sigma) {
    Tensor maps = map(grid(overlap), (x, y) -> 3, sigma);
    assertThat(maps.shape()).containsExactly(2, HEIGHT, WIDTH);
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
      assertThat(maps.data()[i]).isCloseTo(3, within(5e-5f));
      assertThat(maps.data()[WIDTH * HEIGHT + i]).isCloseTo(6, within(1e-4f));
    }
  }

  /** A tile's own map is level within half a patch of its edge; between tiles that disappears. */
  @ParameterizedTest
  @CsvSource({"8", "16", "20"})
  void aSlopeHasNoStepWhereTilesEnd(int overlap) {
    double slope = 0.25;
    Tensor maps = map(grid(overlap), (x, y) -> 1 + slope * (x + y), 0);
    for (int y = 2; y < HEIGHT - 2; y++) {
      for (int x = 2; x < WIDTH - 3; x++) {
        float here = maps.data()[y * WIDTH + x];
        assertThat(here).isCloseTo((float) (1 + slope * (x + y + 1)), within(0.3f));
        assertThat(maps.data()[y * WIDTH + x + 1] - here).isBetween(0f, 2 * (float) slope);
      }
    }
  }

  @Test
  void aDefectThatOneTileSeesFadesTowardsThatTilesEdge() {
    TileGrid grid = grid(16);
    int first = PATCHES * PATCHES;
    Tensor distances = Tensor.zeros(1, grid.count() * PATCHES, PATCHES);
    Arrays.fill(distances.data(), first, 2 * first, 1);
    float[] map =
        new ScoreMaps(Upsampling.NEAREST, 0, Border.REPLICATE)
            .compute(engine, distances, grid)
            .data();
    int left = grid.left(1);
    int right = left + SIDE;
    for (int x = left + 1; x < right; x++) {
      assertThat(Math.abs(map[x] - map[x - 1])).as("column %d", x).isLessThan(0.1f);
    }
    assertThat(map[left]).isBetween(0f, 0.1f);
    assertThat(map[right - 1]).isBetween(0f, 0.1f);
    assertThat(map[right]).isZero();
  }
}
