package kintsugi.audit;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import kintsugi.detector.LayerScale;
import kintsugi.patchcore.PatchCoreRecipe.Neighbourhood;
import kintsugi.tensor.Tensor;

/**
 * The patch embeddings of both papers by their definitions, in fp64, one patch at a time and with
 * nothing shared with the methods: beyond the edge there are zeros that are looked up, and bilinear
 * weights are those of the four positions around a place.
 */
final class EmbeddingReference {
  /** The reason for the bound of {@link #local}. */
  static final String LOCAL_BOUND = "γ(80)·max|x|";

  /** Roundings of a neighbourhood's mean, the interpolation and the last mean, generously. */
  private static final int LOCAL_ROUNDINGS = 80;

  private EmbeddingReference() {}

  /**
   * PaDiM's: a patch's channels, each read at its own layer's {@code ⌊i·in/out⌋}.
   *
   * @param features {@code [N, h, w, c]} of each layer
   * @param taps the layers, finest first
   * @param channels indices into the channels of all layers
   */
  static double[] drawn(Map<String, Tensor> features, List<String> taps, int[] channels) {
    Tensor finest = features.get(taps.getFirst());
    int h = finest.dim(1);
    int w = finest.dim(2);
    double[] value = new double[finest.dim(0) * h * w * channels.length];
    for (int i = 0; i < value.length; i++) {
      int channel = channels[i % channels.length];
      int tap = 0;
      while (channel >= features.get(taps.get(tap)).dim(3)) {
        channel -= features.get(taps.get(tap++)).dim(3);
      }
      Tensor layer = features.get(taps.get(tap));
      int position = i / channels.length;
      int y = position / w % h * layer.dim(1) / h;
      int x = position % w * layer.dim(2) / w;
      value[i] = at(layer, position / (h * w), y, x, channel);
    }
    return value;
  }

  /**
   * PaDiM's with neighbourhoods or scaled layers: each channel read from the means at its own
   * layer's {@code ⌊i·in/out⌋}.
   *
   * @param features {@code [N, h, w, c]} of each layer
   * @param taps the layers, finest first
   * @param channels indices into the channels of all layers
   * @param how the neighbourhood and the scale
   */
  static Expected drawn(
      Map<String, Tensor> features, List<String> taps, int[] channels, Neighbourhood how) {
    Map<String, Tensor> means = new LinkedHashMap<>();
    double maximum = 0;
    for (String tap : taps) {
      Tensor layer = features.get(tap);
      Tensor mean = Tensor.zeros(layer.dim(0), layer.dim(1), layer.dim(2), layer.dim(3));
      for (int p = 0; p < layer.size() / layer.dim(3); p++) {
        int x = p % layer.dim(2);
        int y = p / layer.dim(2) % layer.dim(1);
        double[] there = neighbourhood(layer, p / (layer.dim(1) * layer.dim(2)), y, x, how);
        for (int c = 0; c < there.length; c++) {
          mean.data()[p * there.length + c] = (float) there[c];
        }
      }
      means.put(tap, mean);
      maximum = Math.max(maximum, maximum(layer, how));
    }
    return Expected.within(
        drawn(means, taps, channels), Expected.gamma(LOCAL_ROUNDINGS, Expected.FLOAT) * maximum);
  }

  private static double at(Tensor layer, int n, int y, int x, int c) {
    return layer.data()[((n * layer.dim(1) + y) * layer.dim(2) + x) * layer.dim(3) + c];
  }

  /**
   * PatchCore's: each position's neighbourhood, layers next to each other on the first one's grid.
   *
   * @param features {@code [N, h, w, c]} of each layer
   * @param taps the layers, finest first
   * @param how the neighbourhood; an embedding with a dimension is made of adaptive means
   */
  static Expected local(Map<String, Tensor> features, List<String> taps, Neighbourhood how) {
    Tensor finest = features.get(taps.getFirst());
    int h = finest.dim(1);
    int w = finest.dim(2);
    double[] value = new double[0];
    for (int p = 0; p < finest.dim(0) * h * w; p++) {
      double[] joined = new double[0];
      for (String tap : taps) {
        double[] there = bilinear(features.get(tap), p / (h * w), p / w % h, p % w, h, w, how);
        joined = Bench.join(joined, there);
      }
      double[] patch =
          how.dimension().isPresent() ? adaptive(joined, how.dimension().getAsInt()) : joined;
      value = p == 0 ? new double[finest.dim(0) * h * w * patch.length] : value;
      System.arraycopy(patch, 0, value, p * patch.length, patch.length);
    }
    double maximum = 0;
    for (String tap : taps) {
      maximum = Math.max(maximum, maximum(features.get(tap), how));
    }
    return Expected.within(value, Expected.gamma(LOCAL_ROUNDINGS, Expected.FLOAT) * maximum);
  }

  /** The maximum of a layer's values once they are scaled. */
  private static double maximum(Tensor layer, Neighbourhood how) {
    int size = layer.size() / layer.dim(0);
    double maximum = 0;
    for (int i = 0; i < layer.size(); i++) {
      maximum = Math.max(maximum, Math.abs(layer.data()[i]) / meanLength(layer, i / size, how));
    }
    return maximum;
  }

  /** The divisor of an image's layer: the mean length of its vectors, or 1. */
  private static double meanLength(Tensor layer, int n, Neighbourhood how) {
    if (how.scale() != LayerScale.IMAGE) {
      return 1;
    }
    double sum = 0;
    for (int p = 0; p < layer.dim(1) * layer.dim(2); p++) {
      double squares = 0;
      for (int c = 0; c < layer.dim(3); c++) {
        squares += Math.pow(at(layer, n, p / layer.dim(2), p % layer.dim(2), c), 2);
      }
      sum += Math.sqrt(squares);
    }
    return sum / (layer.dim(1) * layer.dim(2));
  }

  /** The neighbourhoods of a layer at a place of another grid, {@code [h, w]}. */
  private static double[] bilinear(
      Tensor layer, int n, int y, int x, int h, int w, Neighbourhood how) {
    double sy = (y + 0.5) * layer.dim(1) / h - 0.5;
    double sx = (x + 0.5) * layer.dim(2) / w - 0.5;
    double[] sum = null;
    for (int corner = 0; corner < 4; corner++) {
      int row = (int) Math.floor(sy) + corner / 2;
      int column = (int) Math.floor(sx) + corner % 2;
      double weight = (1 - Math.abs(sy - row)) * (1 - Math.abs(sx - column));
      int insideRow = Math.clamp(row, 0, layer.dim(1) - 1);
      int insideColumn = Math.clamp(column, 0, layer.dim(2) - 1);
      double[] here = neighbourhood(layer, n, insideRow, insideColumn, how);
      sum = sum == null ? new double[here.length] : sum;
      for (int i = 0; i < here.length; i++) {
        sum[i] += weight * here[i];
      }
    }
    return sum;
  }

  private static double[] neighbourhood(Tensor layer, int n, int y, int x, Neighbourhood how) {
    int side = how.side();
    int channels = layer.dim(3);
    int window = side * side;
    double[] unfolded = new double[window * channels];
    double[] means = new double[channels];
    double divisor = meanLength(layer, n, how);
    for (int c = 0; c < channels; c++) {
      for (int k = 0; k < window; k++) {
        double value =
            padded(layer, n, y - side / 2 + k / side, x - side / 2 + k % side, c) / divisor;
        unfolded[c * window + k] = value;
        means[c] += value / window;
      }
    }
    double[] all =
        how.dimension().isPresent() ? adaptive(unfolded, how.dimension().getAsInt()) : means;
    if (how.scale() == LayerScale.PATCH) {
      double length = Math.sqrt(DoubleStream.of(all).map(value -> value * value).sum());
      return DoubleStream.of(all).map(value -> value / length).toArray();
    }
    return all;
  }

  /** Zero beyond the edge. */
  private static double padded(Tensor layer, int n, int y, int x, int c) {
    boolean inside = y >= 0 && y < layer.dim(1) && x >= 0 && x < layer.dim(2);
    return inside ? at(layer, n, y, x, c) : 0;
  }

  /** torch's {@code adaptive_avg_pool1d}. */
  private static double[] adaptive(double[] in, int m) {
    double[] out = new double[m];
    for (int i = 0; i < m; i++) {
      int from = (int) Math.floor((double) i * in.length / m);
      int to = (int) Math.ceil((double) (i + 1) * in.length / m);
      for (int k = from; k < to; k++) {
        out[i] += in[k] / (to - from);
      }
    }
    return out;
  }
}
