package kintsugi.interop;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import kintsugi.weights.OnnxGraph.Node;
import kintsugi.weights.StoredTensor;

/**
 * The sizes within an ONNX graph as torch's exporter writes them: constants, or height and width
 * taken from another value's shape.
 */
final class GraphSizes {
  private final GraphSteps steps;

  GraphSizes(GraphSteps steps) {
    this.steps = steps;
  }

  /** Height and width of a resize's result, which are constants. */
  int[] of(Node resize) {
    return fixed(resize)
        .orElseThrow(
            () -> new IllegalArgumentException("its graph resizes to a size that is not fixed"));
  }

  /**
   * Requires that a resize has the height and the width of a value.
   *
   * @param value the step that computes it
   * @throws IllegalArgumentException if it has others
   */
  void require(Node resize, int height, int width, Node value) {
    boolean right =
        fixed(resize)
            .map(size -> size[0] == height && size[1] == width)
            .orElseGet(() -> isOf(resize, value));
    GraphSteps.requireThat(
        right,
        "its graph resizes to another size than " + width + "x" + height + " at " + resize.name());
  }

  private Optional<int[]> fixed(Node resize) {
    return steps
        .constant(resize, 3)
        .or(() -> sides(resize).flatMap(sides -> steps.constant(sides, 1)))
        .filter(size -> size.count() == 2 || size.count() == 4)
        .map(
            size -> new int[] {(int) size.get(size.count() - 2), (int) size.get(size.count() - 1)});
  }

  /** Images and channels, and after them height and width. */
  private Optional<Node> sides(Node resize) {
    return operand(resize, 3, "Concat").filter(node -> node.inputs().size() == 2);
  }

  private boolean isOf(Node resize, Node value) {
    Node pair = sides(resize).flatMap(sides -> operand(sides, 1, "Concat")).orElse(null);
    return pair != null
        && pair.inputs().size() == 2
        && IntStream.range(0, 2).allMatch(i -> isExtent(pair, i, value));
  }

  /** Whether an operand is the extent of height, or of width, of a value. */
  private boolean isExtent(Node pair, int operand, Node value) {
    Node gather = operand(pair, operand, "Gather").orElse(null);
    return gather != null
        && steps.number(gather, 1, "a dimension") == 2 + operand
        && operand(gather, 0, "Shape").filter(shape -> steps.isOf(shape, 0, value)).isPresent();
  }

  /**
   * Whether a step pads height and width alone, by as much on each side: constants, or torch's list
   * of the amounts, from the last dimension on, brought to the order of ONNX.
   */
  boolean isReflection(Node pad, int amount) {
    Optional<StoredTensor> amounts = steps.constant(pad, 1);
    if (amounts.isPresent()) {
      return Arrays.equals(
          amounts.get().ints(), new int[] {0, 0, amount, amount, 0, 0, amount, amount});
    }
    Optional<Node> turned =
        operand(pad, 1, "Transpose").filter(n -> n.integers("perm").equals(List.of(1L, 0L)));
    Optional<Node> backwards =
        turned.flatMap(n -> operand(n, 0, "Slice")).filter(this::isBackwards);
    Optional<Node> list = backwards.flatMap(n -> operand(n, 0, "Concat"));
    return list.flatMap(n -> steps.constant(n, 0))
            .filter(four -> four.count() == 4)
            .filter(four -> Arrays.stream(four.ints()).allMatch(value -> value == amount))
            .isPresent()
        && list.filter(this::endsInZeros).isPresent();
  }

  private boolean endsInZeros(Node list) {
    return steps
        .constant(list, 1)
        .map(zeros -> Arrays.equals(zeros.ints(), new int[4]))
        .orElseGet(
            () ->
                operand(list, 1, "ConstantOfShape")
                    .filter(zeros -> steps.number(zeros, 0, "a count") == 4)
                    .flatMap(Node::constant)
                    .filter(zero -> zero.get(0) == 0)
                    .isPresent());
  }

  private boolean isBackwards(Node slice) {
    return steps.number(slice, 1, "a first row") == -1
        && steps.number(slice, 2, "a last row") < -4
        && steps.number(slice, 3, "an axis") == 0
        && steps.number(slice, 4, "a step") == -1;
  }

  /** The step that computes an operand, changes of shape left out, if it is of an operation. */
  private Optional<Node> operand(Node node, int operand, String operation) {
    return operand < node.inputs().size()
        ? steps
            .producer(node.inputs().get(operand))
            .filter(found -> found.operation().equals(operation))
        : Optional.empty();
  }
}
