package kintsugi.interop;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import kintsugi.engine.Upsampling;
import kintsugi.patchcore.PatchCoreRecipe;

/** PatchCore's locally aware patch embedding, with the channels before rows and columns. */
final class LocalEmbeddingGraph {
  private final ExportGraph graph;
  private final PatchCoreRecipe recipe;
  private final Map<String, int[]> shapes;

  LocalEmbeddingGraph(ExportGraph graph, PatchCoreRecipe recipe, Map<String, int[]> shapes) {
    this.graph = graph.group("embedding");
    this.recipe = recipe;
    this.shapes = shapes;
  }

  /** {@return the value {@code embedding}, {@code F32 [N, P, D]}} */
  String add(Map<String, String> taps) {
    PatchCoreRecipe.Neighbourhood near = recipe.neighbourhood();
    int[] grid = shapes.get(recipe.taps().getFirst());
    List<String> layers = new ArrayList<>();
    int sum = 0;
    for (String tap : recipe.taps()) {
      int[] shape = shapes.get(tap);
      graph.group("embedding/" + tap);
      String layer = taps.get(tap);
      String local =
          near.dimension().isEmpty()
              ? GraphParts.localMean(graph, layer, near.side())
              : adaptiveMean(
                  unfolded(layer, shape),
                  shape[2] * near.side() * near.side(),
                  dimension(shape[2]));
      String scaled = GraphParts.scaled(graph, near.scale(), layer, local);
      layers.add(enlarged(scaled, shape, grid));
      sum += dimension(shape[2]);
    }
    graph.group("embedding");
    int dimension = dimension(sum);
    String all = graph.concat(layers, 1);
    String joined = dimension == sum ? all : adaptiveMean(all, sum, dimension);
    String rows = graph.transpose(joined, 0, 2, 3, 1);
    return graph.named("embedding", graph.reshape(rows, -1, (long) grid[0] * grid[1], dimension));
  }

  private int dimension(int channels) {
    return recipe.neighbourhood().dimension().orElse(channels);
  }

  /** Bilinear to the first layer's grid, by a matrix for each side. */
  private String enlarged(String layer, int[] shape, int[] grid) {
    if (shape[0] == grid[0] && shape[1] == grid[1]) {
      return layer;
    }
    String down = graph.floats("rows", matrix(shape[0], grid[0]), grid[0], shape[0]);
    String across = graph.floats("columns", matrix(shape[1], grid[1]), grid[1], shape[1]);
    String wide = graph.add("MatMul", layer, graph.transpose(across, 1, 0));
    return graph.add("MatMul", down, wide);
  }

  private static float[] matrix(int in, int out) {
    return GraphParts.floats(GraphParts.interpolation(Upsampling.BILINEAR, in, out));
  }

  /** The neighbourhoods, {@code [N, C·p·p, h, w]} with the channels outermost and zeros outside. */
  private String unfolded(String layer, int[] shape) {
    int side = recipe.neighbourhood().side();
    int reach = side / 2;
    String padded =
        graph.add("Pad", layer, graph.vector("padding", 0, 0, reach, reach, 0, 0, reach, reach));
    List<String> offsets = new ArrayList<>();
    for (int k = 0; k < side * side; k++) {
      String rows = graph.slice(padded, 2, k / side, k / side + shape[0]);
      String both = graph.slice(rows, 3, k % side, k % side + shape[1]);
      offsets.add(graph.add("Unsqueeze", both, graph.vector("axis." + k, 2)));
    }
    return graph.reshape(
        graph.concat(offsets, 2), -1, (long) shape[2] * side * side, shape[0], shape[1]);
  }

  /** torch's adaptive mean over the channels: sums of up to a few of them, each divided. */
  private String adaptiveMean(String values, int in, int out) {
    int[] first = IntStream.range(0, out).map(i -> (int) ((long) i * in / out)).toArray();
    int[] count =
        IntStream.range(0, out)
            .map(i -> (int) (((long) (i + 1) * in + out - 1) / out) - first[i])
            .toArray();
    String sum = null;
    for (int k = 0; k < IntStream.of(count).max().orElseThrow(); k++) {
      int at = k;
      long[] index =
          IntStream.range(0, out).mapToLong(i -> Math.min(first[i] + at, in - 1)).toArray();
      String part = graph.gather(values, graph.vector("channels." + k, index), 1);
      if (IntStream.of(count).anyMatch(n -> n <= at)) {
        float[] taken = new float[out];
        IntStream.range(0, out).forEach(i -> taken[i] = at < count[i] ? 1 : 0);
        part = graph.add("Mul", part, graph.floats("taken." + k, taken, out, 1, 1));
      }
      sum = sum == null ? part : graph.add("Add", sum, part);
    }
    float[] counts = new float[out];
    IntStream.range(0, out).forEach(i -> counts[i] = count[i]);
    return graph.add("Div", sum, graph.floats("counts", counts, out, 1, 1));
  }
}
