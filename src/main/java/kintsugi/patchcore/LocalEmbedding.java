package kintsugi.patchcore;

import java.util.List;
import java.util.Map;
import kintsugi.detector.LocalMean;
import kintsugi.engine.Parallel;
import kintsugi.tensor.Tensor;

/**
 * The locally aware patch embedding of PatchCore (Roth et al., <i>Towards Total Recall in
 * Industrial Anomaly Detection</i>, section 3.1): every position of a layer sees its neighbourhood,
 * coarser layers are brought to the first layer's grid by bilinear interpolation, and the layers
 * stand side by side. Beyond the edge there are zeros, and they count.
 *
 * <p>Without a dimension of its own a neighbourhood becomes its mean, channel by channel. With one,
 * its {@code C·p·p} values (channels outermost) become as many means of equal parts of them, and
 * the layers' means one after the other become again as many means, as the authors' code has it.
 *
 * <p>Before the layers meet, each may be brought to a scale of its own ({@link
 * kintsugi.detector.LayerScale}); every image is scaled by itself alone.
 *
 * @param taps the feature layers, finest first
 * @param neighbourhood its side {@code p}, and the dimension of an embedding
 */
public record LocalEmbedding(List<String> taps, PatchCoreRecipe.Neighbourhood neighbourhood) {

  /**
   * The embeddings of a batch.
   *
   * @param features {@code [N, h, w, c]} of each feature layer
   * @param parallel the threads
   * @return {@code [N, H, W, D]} on the grid of the first layer
   */
  public Tensor embed(Map<String, Tensor> features, Parallel parallel) {
    Tensor finest = features.get(taps.getFirst());
    int count = finest.dim(0);
    int height = finest.dim(1);
    int columns = finest.dim(2);
    Tensor[] local = new Tensor[taps.size()];
    int sum = 0;
    for (int t = 0; t < local.length; t++) {
      Tensor layer = features.get(taps.get(t));
      local[t] = local(layer, parallel);
      neighbourhood.scale().apply(layer, local[t], parallel);
      sum += local[t].dim(3);
    }
    int all = sum;
    int dimension = neighbourhood.dimension().orElse(all);
    Tensor patches = Tensor.zeros(count, height, columns, dimension);
    parallel.forEach(
        count * height,
        row -> {
          float[] joined = new float[columns * all];
          int from = 0;
          for (Tensor layer : local) {
            bilinearRow(layer, row / height, row % height, height, columns, joined, from, all);
            from += layer.dim(3);
          }
          if (dimension == all) {
            System.arraycopy(joined, 0, patches.data(), row * joined.length, joined.length);
            return;
          }
          for (int x = 0; x < columns; x++) {
            int to = (row * columns + x) * dimension;
            adaptiveMean(joined, x * all, all, patches.data(), to, dimension);
          }
        });
    return patches;
  }

  private Tensor local(Tensor layer, Parallel parallel) {
    if (neighbourhood.dimension().isEmpty()) {
      return LocalMean.of(layer, neighbourhood.side(), parallel);
    }
    int dimension = neighbourhood.dimension().getAsInt();
    Tensor local = Tensor.zeros(layer.dim(0), layer.dim(1), layer.dim(2), dimension);
    parallel.forEach(layer.dim(0) * layer.dim(1), row -> localRow(layer, row, local));
    return local;
  }

  private void localRow(Tensor layer, int row, Tensor local) {
    int columns = layer.dim(2);
    int channels = layer.dim(3);
    int window = neighbourhood.side() * neighbourhood.side();
    float[] unfolded = new float[channels * window];
    for (int x = 0; x < columns; x++) {
      unfold(layer, row, x, unfolded);
      int to = (row * columns + x) * local.dim(3);
      adaptiveMean(unfolded, 0, unfolded.length, local.data(), to, local.dim(3));
    }
  }

  /** The neighbourhood of one position, {@code [C, p, p]}. */
  private void unfold(Tensor layer, int row, int x, float[] unfolded) {
    int height = layer.dim(1);
    int columns = layer.dim(2);
    int channels = layer.dim(3);
    int reach = neighbourhood.side() / 2;
    int window = neighbourhood.side() * neighbourhood.side();
    for (int k = 0; k < window; k++) {
      int sy = row % height + k / neighbourhood.side() - reach;
      int sx = x + k % neighbourhood.side() - reach;
      boolean inside = sy >= 0 && sy < height && sx >= 0 && sx < columns;
      int from = ((row / height * height + sy) * columns + sx) * channels;
      for (int c = 0; c < channels; c++) {
        unfolded[c * window + k] = inside ? layer.data()[from + c] : 0;
      }
    }
  }

  /**
   * torch's adaptive mean: output {@code i} is the mean of the inputs from {@code ⌊i·n/m⌋} to
   * before {@code ⌈(i+1)·n/m⌉}.
   */
  private static void adaptiveMean(float[] in, int from, int n, float[] out, int to, int m) {
    for (int i = 0; i < m; i++) {
      int first = (int) ((long) i * n / m);
      int end = (int) (((long) (i + 1) * n + m - 1) / m);
      float sum = 0;
      for (int k = first; k < end; k++) {
        sum += in[from + k];
      }
      out[to + i] = sum / (end - first);
    }
  }

  /** One row of a layer on the first layer's grid, between its pixels' centres. */
  private static void bilinearRow(
      Tensor layer, int n, int y, int height, int columns, float[] out, int at, int stride) {
    int h = layer.dim(1);
    int w = layer.dim(2);
    int channels = layer.dim(3);
    double placeY = place(y, h, height);
    int top = (int) placeY;
    int bottom = Math.min(top + 1, h - 1);
    float down = (float) (placeY - top);
    for (int x = 0; x < columns; x++) {
      double placeX = place(x, w, columns);
      int left = (int) placeX;
      int right = Math.min(left + 1, w - 1);
      float across = (float) (placeX - left);
      int a = ((n * h + top) * w + left) * channels;
      int b = ((n * h + top) * w + right) * channels;
      int c = ((n * h + bottom) * w + left) * channels;
      int d = ((n * h + bottom) * w + right) * channels;
      mix(layer.data(), a, b, c, d, across, down, out, x * stride + at, channels);
    }
  }

  private static void mix(
      float[] in,
      int a,
      int b,
      int c,
      int d,
      float across,
      float down,
      float[] out,
      int to,
      int count) {
    for (int k = 0; k < count; k++) {
      float upper = (1 - across) * in[a + k] + across * in[b + k];
      float lower = (1 - across) * in[c + k] + across * in[d + k];
      out[to + k] = (1 - down) * upper + down * lower;
    }
  }

  private static double place(int i, int in, int out) {
    return Math.max(0, (i + 0.5) * in / out - 0.5);
  }
}
