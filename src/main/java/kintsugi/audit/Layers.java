package kintsugi.audit;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import kintsugi.tensor.Tensor;

/** Feature layers {@code [1, h, w, C]} changed as unpublished variants have it. */
final class Layers {
  private Layers() {}

  /** Every layer, changed. */
  static Map<String, Tensor> mapped(Map<String, Tensor> layers, UnaryOperator<Tensor> change) {
    Map<String, Tensor> mapped = new LinkedHashMap<>();
    layers.forEach((name, layer) -> mapped.put(name, change.apply(layer)));
    return mapped;
  }

  /** Every layer on the grid of one of them. */
  static Map<String, Tensor> enlarged(Map<String, Tensor> layers, String grid, Resampling way) {
    int height = layers.get(grid).dim(1);
    int width = layers.get(grid).dim(2);
    if (layers.values().stream().anyMatch(l -> l.dim(1) > height || l.dim(2) > width)) {
      throw new IllegalArgumentException("a layer is larger than " + grid);
    }
    return mapped(
        layers,
        layer ->
            layer.dim(1) == height && layer.dim(2) == width
                ? layer
                : Planes.ofChannelsLast(layer.part(0)).resized(way, height, width).channelsLast());
  }

  /** The means of 3x3 neighbourhoods; zeros beyond the edge count or not. */
  static Tensor means(Tensor layer, boolean padded) {
    return pooled(layer, (sum, maximum, count) -> sum / (padded ? 9 : count));
  }

  /** The maxima of 3x3 neighbourhoods. */
  static Tensor maxima(Tensor layer) {
    return pooled(layer, (sum, maximum, count) -> maximum);
  }

  private interface Pool {
    double of(double sum, double maximum, int count);
  }

  private static Tensor pooled(Tensor layer, Pool pool) {
    int h = layer.dim(1);
    int w = layer.dim(2);
    int c = layer.dim(3);
    Tensor pooled = Tensor.zeros(1, h, w, c);
    for (int i = 0; i < pooled.size(); i++) {
      int y = i / c / w;
      int x = i / c % w;
      double sum = 0;
      double maximum = Double.NEGATIVE_INFINITY;
      int count = 0;
      for (int sy = Math.max(0, y - 1); sy <= Math.min(h - 1, y + 1); sy++) {
        for (int sx = Math.max(0, x - 1); sx <= Math.min(w - 1, x + 1); sx++) {
          double value = layer.data()[(sy * w + sx) * c + i % c];
          sum += value;
          maximum = Math.max(maximum, value);
          count++;
        }
      }
      pooled.data()[i] = (float) pool.of(sum, maximum, count);
    }
    return pooled;
  }
}
