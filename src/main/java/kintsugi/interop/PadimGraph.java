package kintsugi.interop;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import kintsugi.padim.PadimRecipe;
import kintsugi.weights.StoredTensor;

/**
 * PaDiM. ONNX has no triangular solve: with {@code L·Lᵀ = Σ} the distance {@code ‖L⁻¹·(x − μ)‖} is
 * computed by a product with {@code L⁻¹}, inverted in fp64 and rounded to fp32. An element of the
 * product is then off by at most {@code (D + 1)·2⁻²⁴·Σ_j |L⁻¹(i,j)|·|x(j) − μ(j)|}.
 */
final class PadimGraph implements MethodGraph {
  static final String GROUP = "padim";
  static final String MEAN = "mean";
  static final String ORDER = "order";
  static final String CHANNELS = "channels_of_";
  static final String INVERSES = "inverse_factor_transposed";

  private final ExportGraph graph;
  private final PadimRecipe recipe;
  private final Map<String, int[]> shapes;
  private final int[] channels;
  private final Supplier<float[]> mean;
  private final Supplier<ByteBuffer> inverses;

  /**
   * A graph.
   *
   * @param shapes {@code [h, w, C]} of every layer
   * @param channels that were drawn, counted through all feature layers
   * @param mean of every position, {@code [P, D]}
   * @param inverses {@code L⁻ᵀ} of every position, {@code [P, D, D]}
   */
  PadimGraph(
      ExportGraph graph,
      PadimRecipe recipe,
      Map<String, int[]> shapes,
      int[] channels,
      Supplier<float[]> mean,
      Supplier<ByteBuffer> inverses) {
    this.graph = graph;
    this.recipe = recipe;
    this.shapes = shapes;
    this.channels = channels;
    this.mean = mean;
    this.inverses = inverses;
  }

  /** The graph of a model's tensors. */
  static PadimGraph of(
      ExportGraph graph,
      PadimRecipe recipe,
      Map<String, int[]> shapes,
      Map<String, StoredTensor> tensors) {
    int[] channels = StoredTensor.of(tensors, "channels", 1).ints();
    StoredTensor mean = StoredTensor.of(tensors, "mean", 3);
    StoredTensor factor = StoredTensor.of(tensors, "cholesky_factor", 2);
    return new PadimGraph(
        graph, recipe, shapes, channels, mean::floats, () -> inverses(factor, channels.length));
  }

  @Override
  public long bytes() {
    return (long) positions() * channels.length * channels.length * Float.BYTES;
  }

  private int positions() {
    return grid()[0] * grid()[1];
  }

  private int[] grid() {
    return shapes.get(recipe.taps().getFirst());
  }

  @Override
  public String distances(Map<String, String> taps) {
    int d = channels.length;
    int p = positions();
    String embedding = embedding(taps);
    graph.group(GROUP);
    String delta = graph.add("Sub", embedding, graph.fitted(MEAN, mean, p, d));
    String inverse = graph.fittedBytes(INVERSES, inverses, p, d, d);
    String y = graph.add("MatMul", graph.transpose(delta, 1, 0, 2), inverse);
    String length = graph.add("Sqrt", graph.sum(graph.add("Mul", y, y), 2));
    return graph.reshape(graph.transpose(length, 1, 0), -1, grid()[0], grid()[1]);
  }

  @Override
  public String score(String distances, String map, int pixels) {
    graph.group("score");
    return GraphParts.imageScore(graph, recipe.score(), graph.reshape(map, -1, pixels), pixels);
  }

  /** The chosen channels of all layers on the first layer's grid, {@code [N, P, D]}. */
  private String embedding(Map<String, String> taps) {
    graph.group("embedding");
    List<String> parts = new ArrayList<>();
    long[] order = new long[channels.length];
    int first = 0;
    int done = 0;
    for (String tap : recipe.taps()) {
      int from = first;
      int end = first + shapes.get(tap)[2];
      int[] places =
          IntStream.range(0, channels.length)
              .filter(i -> channels[i] >= from && channels[i] < end)
              .toArray();
      for (int place : places) {
        order[place] = done++;
      }
      if (places.length > 0) {
        long[] own = IntStream.of(places).mapToLong(i -> channels[i] - from).toArray();
        parts.add(part(tap, taps.get(tap), own));
      }
      first = end;
    }
    String all = graph.concat(parts, 1);
    String sorted = graph.gather(all, graph.vector(ORDER, order), 1);
    String rows = graph.transpose(sorted, 0, 2, 3, 1);
    return graph.named("embedding", graph.reshape(rows, -1, positions(), channels.length));
  }

  /** Some channels of a layer, its positions repeated up to the first layer's grid. */
  private String part(String tap, String layer, long[] own) {
    String local = GraphParts.localMean(graph, layer, recipe.layers().neighbourhood());
    String scaled = GraphParts.scaled(graph, recipe.layers().scale(), layer, local);
    String chosen = graph.gather(scaled, graph.vector(CHANNELS + tap, own), 1);
    for (int side = 0; side < 2; side++) {
      int in = shapes.get(tap)[side];
      int out = grid()[side];
      if (in != out) {
        long[] nearest = IntStream.range(0, out).mapToLong(i -> (long) i * in / out).toArray();
        String name = (side == 0 ? "rows_of_" : "columns_of_") + tap;
        chosen = graph.gather(chosen, graph.vector(name, nearest), 2 + side);
      }
    }
    return chosen;
  }

  private static ByteBuffer inverses(StoredTensor factor, int d) {
    int positions = (int) factor.shape()[0];
    ByteBuffer bytes = ExportGraph.buffer(positions * d * d, Float.BYTES);
    FloatBuffer all = bytes.asFloatBuffer();
    float[] factors = factor.floats();
    int triangle = d * (d + 1) / 2;
    IntStream.range(0, positions)
        .parallel()
        .forEach(p -> invert(factors, p * triangle, d, all, p * d * d));
    return bytes;
  }

  /** Column {@code j} of {@code L⁻¹} by forward substitution in fp64, as row {@code j}. */
  private static void invert(float[] factors, int at, int d, FloatBuffer all, int to) {
    double[] column = new double[d];
    for (int j = 0; j < d; j++) {
      for (int i = j; i < d; i++) {
        int row = at + i * (i + 1) / 2;
        double rest = i == j ? 1 : 0;
        for (int k = j; k < i; k++) {
          rest -= factors[row + k] * column[k];
        }
        column[i] = rest / factors[row + i];
        all.put(to + j * d + i, (float) column[i]);
      }
    }
  }
}
