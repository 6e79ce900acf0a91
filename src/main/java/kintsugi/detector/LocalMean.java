package kintsugi.detector;

import kintsugi.engine.Parallel;
import kintsugi.tensor.Tensor;

/**
 * The mean of every position's neighbourhood, channel by channel. Beyond the edge there are zeros,
 * and they count.
 */
public final class LocalMean {
  private LocalMean() {}

  /**
   * {@return the means, {@code [N, h, w, c]}}
   *
   * @param layer {@code [N, h, w, c]}
   * @param side rows and columns of a neighbourhood, odd
   * @param parallel the threads
   */
  public static Tensor of(Tensor layer, int side, Parallel parallel) {
    Tensor local = Tensor.zeros(layer.dim(0), layer.dim(1), layer.dim(2), layer.dim(3));
    parallel.forEach(layer.dim(0) * layer.dim(1), row -> row(layer, side, row, local));
    return local;
  }

  /** The means of all neighbourhoods of a row, channels side by side. */
  private static void row(Tensor layer, int side, int row, Tensor local) {
    int height = layer.dim(1);
    int columns = layer.dim(2);
    int channels = layer.dim(3);
    int reach = side / 2;
    int y = row % height;
    for (int x = 0; x < columns; x++) {
      int to = (row * columns + x) * channels;
      for (int sy = Math.max(0, y - reach); sy <= Math.min(height - 1, y + reach); sy++) {
        for (int sx = Math.max(0, x - reach); sx <= Math.min(columns - 1, x + reach); sx++) {
          int from = ((row - y + sy) * columns + sx) * channels;
          add(layer.data(), from, local.data(), to, channels);
        }
      }
      for (int c = to; c < to + channels; c++) {
        local.data()[c] /= side * side;
      }
    }
  }

  private static void add(float[] in, int from, float[] out, int to, int count) {
    for (int c = 0; c < count; c++) {
      out[to + c] += in[from + c];
    }
  }
}
