package kintsugi.interop;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import kintsugi.InputException;
import kintsugi.patchcore.PatchCoreRecipe;
import kintsugi.weights.StoredTensor;

/**
 * PatchCore. The nearest rows {@code c} of the memory bank are found by a product, {@code ‖x − c‖²
 * = ‖x‖² + ‖c‖² − 2·x·c} without {@code ‖x‖²}, which is the same for all. That difference of large
 * numbers loses digits, so the bank is moved to mean 0, a few more rows are found than are needed,
 * and the distances to these are computed from the differences themselves.
 */
final class PatchCoreGraph implements MethodGraph {
  static final String GROUP = "patchcore";
  static final String MEAN = "bank_mean";
  static final String BANK = "centred_bank";

  /** Rows of the bank that are searched at once; their products with all patches are held. */
  private static final int CHUNK = 4096;

  /** Rows that are found in addition, among which rounding may have changed the order. */
  private static final int SPARE = 3;

  /** The differences to all neighbours of all patches are held at once. */
  private static final int MAXIMUM_NEIGHBOURS = 64;

  private final ExportGraph graph;
  private final PatchCoreRecipe recipe;
  private final Map<String, int[]> shapes;
  private final int rows;
  private final int dimension;
  private final Supplier<float[]> mean;
  private final Supplier<float[]> bank;
  private String patches;
  private String nearest;
  private String centred;
  private String norms;

  /**
   * A graph.
   *
   * @param shapes {@code [h, w, C]} of every layer
   * @param rows of the memory bank
   * @param dimension of a patch
   * @param mean of the memory bank
   * @param bank without its mean, {@code [rows, dimension]}
   */
  PatchCoreGraph(
      ExportGraph graph,
      PatchCoreRecipe recipe,
      Map<String, int[]> shapes,
      int rows,
      int dimension,
      Supplier<float[]> mean,
      Supplier<float[]> bank) {
    this.graph = graph;
    this.recipe = recipe;
    this.shapes = shapes;
    this.rows = rows;
    this.dimension = dimension;
    this.mean = mean;
    this.bank = bank;
    if (recipe.scoring().k() > MAXIMUM_NEIGHBOURS) {
      throw new InputException(
          "k "
              + recipe.scoring().k()
              + " cannot be exported to ONNX, where it is at most "
              + MAXIMUM_NEIGHBOURS
              + "; fit with fewer neighbours (k)");
    }
  }

  /** The graph of a model's tensors. */
  static PatchCoreGraph of(
      ExportGraph graph,
      PatchCoreRecipe recipe,
      Map<String, int[]> shapes,
      Map<String, StoredTensor> tensors) {
    StoredTensor stored = StoredTensor.of(tensors, "memory_bank", 2);
    int rows = (int) stored.shape()[0];
    int dimension = (int) stored.shape()[1];
    float[] bank = stored.floats();
    float[] mean = mean(bank, dimension);
    for (int i = 0; i < bank.length; i++) {
      bank[i] -= mean[i % dimension];
    }
    return new PatchCoreGraph(graph, recipe, shapes, rows, dimension, () -> mean, () -> bank);
  }

  @Override
  public long bytes() {
    return (long) rows * dimension * Float.BYTES;
  }

  private int[] grid() {
    return shapes.get(recipe.taps().getFirst());
  }

  private int positions() {
    return grid()[0] * grid()[1];
  }

  @Override
  public String distances(Map<String, String> taps) {
    String embedding = new LocalEmbeddingGraph(graph, recipe, shapes).add(taps);
    graph.group(GROUP);
    String flat = graph.reshape(embedding, -1, dimension);
    patches = graph.add("Sub", flat, graph.fitted(MEAN, mean, dimension));
    centred = graph.fitted(BANK, bank, rows, dimension);
    norms = graph.floats("squared_norms", norms(bank.get()), rows);
    int k = Math.min(recipe.scoring().k(), rows);
    List<String> found = neighbours(patches, k, true);
    nearest = found.get(1);
    String squared = found.getFirst();
    String each = recipe.scoring().squared() ? squared : graph.add("Sqrt", squared);
    String distance = graph.reduce("Mean", each, 1, false);
    return graph.reshape(distance, -1, grid()[0], grid()[1]);
  }

  private static float[] mean(float[] bank, int dimension) {
    double[] sums = new double[dimension];
    for (int i = 0; i < bank.length; i++) {
      sums[i % dimension] += bank[i];
    }
    int rows = bank.length / dimension;
    return GraphParts.floats(Arrays.stream(sums).map(sum -> sum / rows).toArray());
  }

  private float[] norms(float[] bank) {
    double[] norms = new double[rows];
    for (int i = 0; i < bank.length; i++) {
      norms[i / dimension] += (double) bank[i] * bank[i];
    }
    return GraphParts.floats(norms);
  }

  /**
   * The nearest rows of the bank.
   *
   * @param queries {@code F32 [Q, D]}, moved as the bank is
   * @param wanted how many rows
   * @return {@code F32 [Q, wanted]}, the squared distances, and {@code I64 [Q, wanted]}, the rows
   */
  private List<String> neighbours(String queries, int wanted, boolean chunked) {
    int count = Math.min(rows, wanted + SPARE);
    int chunk = chunked ? CHUNK : rows;
    List<String> values = new ArrayList<>();
    List<String> indices = new ArrayList<>();
    for (int from = 0; from < rows; from += chunk) {
      int end = Math.min(rows, from + chunk);
      boolean whole = end - from == rows;
      String part = whole ? centred : graph.slice(centred, 0, from, end);
      String norm = whole ? norms : graph.slice(norms, 0, from, end);
      String products =
          graph.add(
              "Gemm",
              List.of(queries, part, norm),
              ExportGraph.number("alpha", -2),
              ExportGraph.integer("transB", 1));
      List<String> top = graph.top(products, Math.min(count, end - from), false);
      values.add(top.getFirst());
      indices.add(
          from == 0
              ? top.get(1)
              : graph.add("Add", top.get(1), graph.index("first_row." + from, from)));
    }
    String index = graph.concat(indices, 1);
    if (values.size() > 1) {
      List<String> top = graph.top(graph.concat(values, 1), count, false);
      index = graph.add("GatherElements", index, top.get(1), ExportGraph.integer("axis", 1));
    }
    String squared = squaredDistances(queries, index);
    List<String> best = graph.top(squared, wanted, false);
    String rowsFound =
        graph.add("GatherElements", index, best.get(1), ExportGraph.integer("axis", 1));
    return List.of(best.getFirst(), rowsFound);
  }

  /** From the differences: of {@code [Q, D]} to the rows {@code [Q, k]} of the bank. */
  private String squaredDistances(String queries, String index) {
    String found = graph.gather(centred, index, 0);
    String axis = graph.vector("axis." + index.replace('/', '.'), 1);
    String difference = graph.add("Sub", found, graph.add("Unsqueeze", queries, axis));
    return graph.sum(graph.add("Mul", difference, difference), 2);
  }

  @Override
  public String score(String distances, String map, int pixels) {
    graph.group("score");
    String flat = graph.reshape(distances, -1, positions());
    String score = GraphParts.imageScore(graph, recipe.scoring().image(), flat, positions());
    return recipe.scoring().reweighting().isEmpty()
        ? score
        : graph.add("Mul", score, weight(flat, recipe.scoring().reweighting().getAsInt()));
  }

  /**
   * The weight of an image's score (equation 7): {@code 1 − exp ‖p − m‖ / Σ_b exp ‖p − b‖} with the
   * maximum distance subtracted before {@code exp}.
   *
   * @param flat {@code F32 [N, P]}, the distances
   * @return {@code F64 [N]}
   */
  private String weight(String flat, int neighbours) {
    String worst =
        graph.add(
            "ArgMax", flat, ExportGraph.integer("axis", 1), ExportGraph.integer("keepdims", 0));
    String images = graph.gather(graph.add("Shape", flat), graph.index("first", 0), 0);
    String image =
        graph.add("Range", List.of(graph.index("zero", 0), images, graph.index("one", 1)));
    String start = graph.add("Mul", image, graph.index("patches", positions()));
    String position = graph.add("Add", start, worst);
    String p = graph.gather(patches, position, 0);
    String first = graph.slice(nearest, 1, 0, 1);
    String m = graph.gather(graph.reshape(first, -1), position, 0);
    List<String> support =
        neighbours(graph.gather(centred, m, 0), Math.min(neighbours, rows), false);
    String distance =
        graph.cast(graph.add("Sqrt", squaredDistances(p, support.get(1))), ExportGraph.DOUBLE);
    String maximum = graph.reduce("Max", distance, 1, true);
    String exponent = graph.add("Exp", graph.add("Sub", distance, maximum));
    String own = graph.reshape(graph.slice(exponent, 1, 0, 1), -1);
    String fraction = graph.add("Div", own, graph.sum(exponent, 1));
    return graph.add("Sub", graph.scalar("whole", 1), fraction);
  }
}
