package kintsugi.onnx;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import kintsugi.detector.Model;
import kintsugi.padim.PadimRecipe;
import kintsugi.weights.StoredTensor;

/**
 * PaDiM. ONNX has no triangular solve: with {@code L·Lᵀ = Σ} the distance {@code ‖L⁻¹·(x − μ)‖} is
 * computed by a product with {@code L⁻¹}, inverted in fp64 and rounded to fp32. An element of the
 * product is then off by at most {@code (D + 1)·2⁻²⁴·Σ_j |L⁻¹(i,j)|·|x(j) − μ(j)|}.
 */
final class PadimGraph implements MethodGraph {
  private final Graph graph;
  private final PadimRecipe recipe;
  private final Map<String, int[]> shapes;
  private final int[] channels;
  private final StoredTensor mean;
  private final StoredTensor factor;

  PadimGraph(Graph graph, Model model) {
    this.graph = graph;
    this.recipe = (PadimRecipe) model.recipe();
    this.shapes = model.detector().session().shapes(recipe.taps(), model.detector().inputSize());
    Map<String, StoredTensor> tensors = model.detector().tensors();
    this.channels = StoredTensor.of(tensors, "channels", 1).ints();
    this.mean = StoredTensor.of(tensors, "mean", 3);
    this.factor = StoredTensor.of(tensors, "cholesky_factor", 2);
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
    graph.group("padim");
    String delta = graph.add("Sub", embedding, graph.floats("mean", mean.floats(), p, d));
    String inverse = graph.constant("inverse_factor_transposed", Graph.FLOAT, inverses(), p, d, d);
    String y = graph.add("MatMul", graph.transpose(delta, 1, 0, 2), inverse);
    String length = graph.add("Sqrt", graph.sum(graph.add("Mul", y, y), 2));
    return graph.reshape(graph.transpose(length, 1, 0), -1, grid()[0], grid()[1]);
  }

  @Override
  public String score(String distances, String map, int pixels) {
    graph.group("score");
    return Parts.imageScore(graph, recipe.score(), graph.reshape(map, -1, pixels), pixels);
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
    String sorted = graph.gather(all, graph.vector("order", order), 1);
    String rows = graph.transpose(sorted, 0, 2, 3, 1);
    return graph.named("embedding", graph.reshape(rows, -1, positions(), channels.length));
  }

  /** Some channels of a layer, its positions repeated up to the first layer's grid. */
  private String part(String tap, String layer, long[] own) {
    String local = Parts.localMean(graph, layer, recipe.layers().neighbourhood());
    String scaled = Parts.scaled(graph, recipe.layers().scale(), layer, local);
    String chosen = graph.gather(scaled, graph.vector("channels_of_" + tap, own), 1);
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

  /** {@code L⁻ᵀ} of every position, {@code [P, D, D]}. */
  private ByteBuffer inverses() {
    int d = channels.length;
    ByteBuffer bytes = Graph.buffer(positions() * d * d, Float.BYTES);
    FloatBuffer all = bytes.asFloatBuffer();
    float[] factors = factor.floats();
    int triangle = d * (d + 1) / 2;
    IntStream.range(0, positions())
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
