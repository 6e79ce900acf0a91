package kintsugi.scoremap;

import kintsugi.engine.Engine;
import kintsugi.engine.Upsampling;
import kintsugi.image.TileGrid;
import kintsugi.tensor.Tensor;

/**
 * The map of an image from its tiles' own. A pixel is the weighted mean of the tiles that it lies
 * in, with a weight that falls linearly from a tile's middle to its edges, so that there is no step
 * where a tile ends. The weights of a pixel sum to 1.
 */
final class Mosaic {
  private final TileGrid grid;

  /** The share of each tile of a row of tiles in each of its columns, {@code [tile][column]}. */
  private final float[][] across;

  /** The share of each row of tiles in each of its rows. */
  private final float[][] down;

  Mosaic(TileGrid grid) {
    this.grid = grid;
    int[] lefts = new int[grid.columns()];
    for (int i = 0; i < lefts.length; i++) {
      lefts[i] = grid.left(i);
    }
    int[] tops = new int[grid.rows()];
    for (int i = 0; i < tops.length; i++) {
      tops[i] = grid.top(i * grid.columns());
    }
    across = shares(lefts, grid.tileWidth(), grid.width());
    down = shares(tops, grid.tileHeight(), grid.height());
  }

  private static float[][] shares(int[] starts, int side, int length) {
    double[] sum = new double[length];
    for (int start : starts) {
      for (int i = 0; i < side; i++) {
        sum[start + i] += weight(i, side);
      }
    }
    float[][] shares = new float[starts.length][side];
    for (int tile = 0; tile < starts.length; tile++) {
      for (int i = 0; i < side; i++) {
        shares[tile][i] = (float) (weight(i, side) / sum[starts[tile] + i]);
      }
    }
    return shares;
  }

  /** The distance of a pixel's centre to the nearer edge. */
  private static double weight(int i, int side) {
    return Math.min(i, side - 1 - i) + 0.5;
  }

  /**
   * The maps of a batch of images.
   *
   * @param distances {@code [N, T·h, w]}: the grids of an image's tiles one below the other
   * @return {@code [N, height, width]}
   */
  Tensor join(Engine engine, Tensor distances, Upsampling how) {
    int rows = grid.rows() * distances.dim(0);
    int perRow = distances.size() / rows;
    int h = distances.dim(1) / grid.count();
    Tensor maps = Tensor.zeros(distances.dim(0), grid.height(), grid.width());
    for (int row = 0; row < rows; row++) {
      float[] values = new float[perRow];
      System.arraycopy(distances.data(), row * perRow, values, 0, perRow);
      Tensor tiles = Tensor.of(values, grid.columns(), h, distances.dim(2));
      Tensor large = engine.upsample(tiles, grid.tileHeight(), grid.tileWidth(), how);
      add(large, row % grid.rows(), maps, row / grid.rows() * grid.height() * grid.width());
    }
    return maps;
  }

  private void add(Tensor tiles, int row, Tensor maps, int map) {
    int first = row * grid.columns();
    for (int y = 0; y < grid.tileHeight(); y++) {
      int line = map + (grid.top(first) + y) * grid.width();
      for (int tile = 0; tile < grid.columns(); tile++) {
        int from = (tile * grid.tileHeight() + y) * grid.tileWidth();
        int to = line + grid.left(first + tile);
        for (int x = 0; x < grid.tileWidth(); x++) {
          maps.data()[to + x] += down[row][y] * across[tile][x] * tiles.data()[from + x];
        }
      }
    }
  }
}
