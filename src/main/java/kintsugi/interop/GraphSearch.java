package kintsugi.interop;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kintsugi.weights.OnnxGraph.Node;
import kintsugi.weights.StoredTensor;

/**
 * The search of a PatchCore's ONNX graph: Euclid's distances of all patches to the memory bank, and
 * an image's score from them.
 */
final class GraphSearch {
  private static final String SQUARES = "Pow<1 ReduceSum<1 MatMul<3 Mul<1 ";
  private static final String DISTANCES = SQUARES + "(?:Add<1<3|Sub<3<1) Add<1 Clip<1 Sqrt<1 ";
  private static final String NEAREST = DISTANCES + "ReduceMin<1 (?:ArgMin<2 )?";

  /** The search of all patches at once, or of some at a time, whose results are put together. */
  static final String SEARCH =
      "(?:"
          + NEAREST
          + "|(?:Slice<\\d+ "
          + NEAREST
          + ")+Concat(?:<\\d+)++ (?:Concat(?:<\\d+)++ )?)";

  private static final String REWEIGHTED =
      "ArgMax<2 Add<1 Gather<\\d+<1 Add<3 Gather<6<1 Add<5 Gather<7<1 Gather<c<1 "
          + DISTANCES
          + "TopK<1 Gather<c<1 Pow<16 ReduceSum<1 Pow<3 ReduceSum<1 Transpose<5 MatMul<21<1 Mul<1"
          + " (?:Add<1<6|Sub<6<1) Transpose<5 Add<2<1 Clip<1 Sqrt<1"
          + " Softmax<1 Sub<c<1 Gather<1 Mul<1<29 ";
  private final GraphSteps steps;
  private final Node embedding;
  private final List<Node> search;
  private final List<Node> score;

  /** The bank as a product's second operand, whose columns are the vectors. */
  private final StoredTensor columns;

  private final StoredTensor bank;
  private final Node distances;

  /**
   * Takes the steps.
   *
   * @param embedding the step that has the patches
   * @throws IllegalArgumentException if they are others than anomalib's
   */
  GraphSearch(GraphSteps steps, Node embedding) {
    this.steps = steps;
    this.embedding = embedding;
    search = steps.take("search", SEARCH);
    score = steps.take("score", "(?:" + REWEIGHTED + "|ReduceMax<[12] )");
    Node product = GraphSteps.first(search, "MatMul");
    columns = GraphSteps.floats(steps.require(product, 1, "a memory bank"), 2);
    bank = columns.transposed();
    distances = requireParts();
    requireSquares(search);
    requireSquares(score);
    requireReductions();
  }

  StoredTensor bank() {
    return bank;
  }

  /** The step that has the distances of all patches. */
  Node distances() {
    return distances;
  }

  /** The step that has an image's score. */
  Node score() {
    return score.getLast();
  }

  /**
   * The step that has the distances of all patches: each of the search's parts takes the patches
   * after those of the part before it.
   */
  private Node requireParts() {
    List<Node> minima = GraphSteps.all(search, "ReduceMin");
    double end = 0;
    for (Node slice : GraphSteps.all(search, "Slice")) {
      boolean following =
          steps.isOf(slice, 0, embedding)
              && steps.number(slice, 1, "first patch") == end
              && steps.number(slice, 3, "an axis") == 0
              && (slice.inputs().size() < 5 || steps.number(slice, 4, "a step") == 1);
      GraphSteps.requireThat(
          following, "its graph searches patches in another order at " + slice.name());
      end = steps.constant(slice, 2).isEmpty() ? Double.NaN : steps.number(slice, 2, "last patch");
    }
    for (Node product : GraphSteps.all(search, "MatMul")) {
      GraphSteps.requireThat(
          steps.require(product, 1, "a memory bank") == columns,
          "its graph searches several memory banks");
    }
    List<Node> whole = GraphSteps.all(search, "Concat");
    for (int i = 0; i < whole.size(); i++) {
      List<Node> parts = i == 0 ? minima : GraphSteps.all(search, "ArgMin");
      Node concat = whole.get(i);
      boolean inOrder =
          concat.inputs().size() == parts.size()
              && List.of(0L).equals(concat.integers("axis"))
              && IntStream.range(0, parts.size())
                  .allMatch(p -> steps.isOf(concat, p, parts.get(p)));
      GraphSteps.requireThat(
          inOrder, "its graph puts the patches together in another order at " + concat.name());
    }
    return whole.isEmpty() ? minima.getFirst() : whole.getFirst();
  }

  /** That distances are {@code a² - 2ab + b²}. */
  private void requireSquares(List<Node> nodes) {
    for (int i = 0; i < nodes.size(); i++) {
      String operation = nodes.get(i).operation();
      boolean right =
          switch (operation) {
            case "Pow" -> steps.number(nodes.get(i), 1, "an exponent") == 2;
            case "ReduceSum" -> steps.isReduced(nodes.get(i), true, -1);
            case "Clip" -> steps.isClippedBelow(nodes.get(i));
            case "Mul" ->
                i == nodes.size() - 1
                    || steps.number(nodes.get(i), 1, "a factor")
                        == (nodes.get(i + 1).operation().equals("Sub") ? 2 : -2);
            default -> true;
          };
      GraphSteps.requireThat(
          right, "its graph has other distances than Euclid's at " + nodes.get(i).name());
    }
  }

  /** That nearest vectors are looked for among those of the bank, and maxima among the patches. */
  private void requireReductions() {
    for (Node node : Stream.concat(search.stream(), score.stream()).toList()) {
      if (List.of("ReduceMin", "ArgMin", "ArgMax", "ReduceMax").contains(node.operation())) {
        GraphSteps.requireThat(
            steps.isReduced(node, false, 1),
            "its graph reduces another axis than anomalib's at " + node.name());
      }
    }
  }

  /** The neighbours of the nearest vector that re-weight an image's score, or none. */
  String reweighting() {
    if (score.size() == 1) {
      return "none";
    }
    Node topK = GraphSteps.first(score, "TopK");
    List<Node> gathers = GraphSteps.all(score, "Gather");
    Node others = score.get(score.indexOf(GraphSteps.first(score, "Softmax")) + 1);
    boolean nearest =
        steps.isOf(gathers.getFirst(), 0, embedding)
            && GraphSteps.all(search, "ArgMin").size() == GraphSteps.all(search, "ReduceMin").size()
            && isBank(gathers.get(3))
            && isBank(gathers.get(4))
            && steps.require(GraphSteps.first(score, "MatMul"), 1, "a memory bank") == columns
            && gathers.get(4).inputs().get(1).equals(topK.outputs().getLast())
            && topK.integers("largest").equals(List.of(0L))
            && isLast(topK)
            && isLast(GraphSteps.first(score, "Softmax"))
            && gathers.subList(0, 5).stream().allMatch(n -> isAlong(n, 0))
            && isAlong(gathers.getLast(), 1)
            && GraphSteps.all(score, "Transpose").stream()
                .allMatch(n -> n.integers("perm").equals(List.of(0L, 2L, 1L)))
            && steps.number(others, 0, "a weight") == 1
            && steps.number(gathers.getLast(), 1, "a neighbour") == 0;
    GraphSteps.requireThat(nearest, "its graph re-weights its score in another way than anomalib");
    return String.valueOf(Math.round(steps.number(topK, 1, "neighbours")));
  }

  private boolean isBank(Node gather) {
    StoredTensor rows = steps.require(gather, 0, "a memory bank");
    return Arrays.equals(rows.shape(), bank.shape()) && Arrays.equals(rows.floats(), bank.floats());
  }

  /** Whether a step works along a matrix's rows, the last axis, as it does where it names none. */
  private static boolean isLast(Node step) {
    return step.integers("axis").stream().allMatch(axis -> axis == 1 || axis == -1);
  }

  private static boolean isAlong(Node gather, long axis) {
    List<Long> found = gather.integers("axis");
    return found.isEmpty() ? axis == 0 : found.equals(List.of(axis));
  }
}
