package kintsugi.audit;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import kintsugi.embedding.LocalEmbedding;
import kintsugi.embedding.PatchEmbedding;
import kintsugi.engine.Filter;
import kintsugi.tensor.Tensor;
import kintsugi.weights.BatchNorm;
import kintsugi.weights.StoredTensor;

/** From a network's features to patches, and from its batch norms to folded convolutions. */
final class EmbeddingAudit {
  private static final List<String> TAPS = List.of("a", "b");
  private static final int H = 6;
  private static final int W = 9;

  private EmbeddingAudit() {}

  static void run(Bench bench) {
    Map<String, Tensor> features = new LinkedHashMap<>();
    Random random = new Random(11);
    features.put("a", Bench.random(random, 2, H, W, 5));
    features.put("b", Bench.random(random, 2, H / 2, (W + 1) / 2, 7));
    gathered(bench, features);
    local(bench, features, 0);
    local(bench, features, 10);
    folding(bench);
  }

  /** A patch's channels, each read at its own layer's {@code ⌊i·in/out⌋}. */
  private static void gathered(Bench bench, Map<String, Tensor> features) {
    int[] channels = {0, 3, 3, 11, 5, 8};
    Tensor patches = new PatchEmbedding(TAPS, channels).embed(features, bench.parallel());
    double[] wanted = new double[patches.size()];
    for (int i = 0; i < wanted.length; i++) {
      int channel = channels[i % channels.length];
      int position = i / channels.length;
      int n = position / (H * W);
      Tensor layer = features.get(channel < 5 ? "a" : "b");
      int y = position / W % H * layer.dim(1) / H;
      int x = position % W * layer.dim(2) / W;
      int c = channel < 5 ? channel : channel - 5;
      wanted[i] = at(layer, n, y, x, c);
    }
    bench.compare(
        "–",
        "PaDiM patches of two layers, channels with repetition",
        "definition",
        "equal bits",
        Bench.doubles(patches.data()),
        Expected.exactly(wanted));
  }

  private static double at(Tensor layer, int n, int y, int x, int c) {
    return layer.data()[((n * layer.dim(1) + y) * layer.dim(2) + x) * layer.dim(3) + c];
  }

  /** Zero beyond the edge. */
  private static double padded(Tensor layer, int n, int y, int x, int c) {
    boolean inside = y >= 0 && y < layer.dim(1) && x >= 0 && x < layer.dim(2);
    return inside ? at(layer, n, y, x, c) : 0;
  }

  private static void local(Bench bench, Map<String, Tensor> features, int width) {
    Tensor patches = new LocalEmbedding(TAPS, 3, width).embed(features, bench.parallel());
    double[] wanted = new double[patches.size()];
    int d = patches.dim(3);
    for (int p = 0; p < wanted.length / d; p++) {
      double[] patch = patch(features, p / (H * W), p / W % H, p % W, width);
      System.arraycopy(patch, 0, wanted, p * d, d);
    }
    bench.compare(
        "–",
        "PatchCore patches, 3x3, " + (width == 0 ? "means" : width + " adaptive means"),
        "fp64 definition",
        "γ(80)·max|x|",
        Bench.doubles(patches.data()),
        Expected.within(wanted, Expected.gamma(80, Expected.FLOAT)));
  }

  private static double[] patch(Map<String, Tensor> features, int n, int y, int x, int width) {
    double[] joined = new double[0];
    for (String tap : TAPS) {
      Tensor layer = features.get(tap);
      double[] interpolated = null;
      double sy = (y + 0.5) * layer.dim(1) / H - 0.5;
      double sx = (x + 0.5) * layer.dim(2) / W - 0.5;
      for (int dy = 0; dy <= 1; dy++) {
        for (int dx = 0; dx <= 1; dx++) {
          int row = (int) Math.floor(sy) + dy;
          int column = (int) Math.floor(sx) + dx;
          double weight = (1 - Math.abs(sy - row)) * (1 - Math.abs(sx - column));
          double[] here =
              neighbourhood(
                  layer,
                  n,
                  Math.clamp(row, 0, layer.dim(1) - 1),
                  Math.clamp(column, 0, layer.dim(2) - 1),
                  width);
          interpolated = interpolated == null ? new double[here.length] : interpolated;
          for (int i = 0; i < here.length; i++) {
            interpolated[i] += weight * here[i];
          }
        }
      }
      double[] longer = Arrays.copyOf(joined, joined.length + interpolated.length);
      System.arraycopy(interpolated, 0, longer, joined.length, interpolated.length);
      joined = longer;
    }
    return width == 0 ? joined : adaptive(joined, width);
  }

  private static double[] neighbourhood(Tensor layer, int n, int y, int x, int width) {
    int channels = layer.dim(3);
    double[] unfolded = new double[9 * channels];
    double[] means = new double[channels];
    for (int c = 0; c < channels; c++) {
      for (int k = 0; k < 9; k++) {
        unfolded[c * 9 + k] = padded(layer, n, y - 1 + k / 3, x - 1 + k % 3, c);
        means[c] += unfolded[c * 9 + k] / 9;
      }
    }
    return width == 0 ? means : adaptive(unfolded, width);
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

  /** {@code γ·(w∗x − μ)/√(σ² + 10⁻⁵) + β}: with the norm and with it folded in. */
  private static void folding(Bench bench) {
    Random random = new Random(12);
    Map<String, StoredTensor> tensors = new TreeMap<>();
    Tensor weight = Bench.random(random, 6, 4, 3, 3);
    float[][] norm = new float[4][6];
    for (int o = 0; o < 6; o++) {
      norm[0][o] = 0.5f + random.nextFloat();
      norm[1][o] = random.nextFloat() - 0.5f;
      norm[2][o] = random.nextFloat() - 0.5f;
      norm[3][o] = 0.1f + random.nextFloat();
    }
    tensors.put("conv1.weight", StoredTensor.of(weight));
    String[] names = {"weight", "bias", "running_mean", "running_var"};
    for (int i = 0; i < 4; i++) {
      tensors.put("bn1." + names[i], StoredTensor.of(norm[i], 6));
    }
    Map<String, StoredTensor> folded = BatchNorm.fold(tensors);
    Tensor picture = Bench.random(random, 1, 5, 5, 4);
    Filter plain = Filter.ofTorch(weight, Tensor.zeros(6));
    Filter one =
        Filter.ofTorch(folded.get("conv1.weight").tensor(), folded.get("conv1.bias").tensor());
    double[] before = Reference.convolution(picture, plain, 1, 1).value();
    double[] wanted = new double[before.length];
    for (int i = 0; i < wanted.length; i++) {
      int o = i % 6;
      double scaled = (before[i] - norm[2][o]) / Math.sqrt(norm[3][o] + 1e-5);
      wanted[i] = norm[0][o] * scaled + norm[1][o];
    }
    bench.compare(
        "–",
        "batch norm folded into a 3x3 convolution",
        "convolution, then norm, in fp64",
        "γ(8)·36·max|w| (its fp32 weights)",
        Reference.convolution(picture, one, 1, 1).value(),
        Expected.within(wanted, Expected.gamma(8, Expected.FLOAT) * 36 * 5));
  }
}
