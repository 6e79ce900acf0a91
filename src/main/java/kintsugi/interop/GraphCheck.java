package kintsugi.interop;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import kintsugi.weights.OnnxGraph;
import kintsugi.weights.StoredTensor;

/**
 * The comparison of a file's graph with one that is handed out node by node: it ends with an {@link
 * IllegalArgumentException} at the first difference. Constants that were fitted are compared by
 * their type and shape alone.
 */
final class GraphCheck implements GraphSink {
  /** Of a tensor's maximum: an exponential's last bit may be another on another processor. */
  private static final double ROUNDING = 1e-6;

  private final OnnxGraph graph;
  private final Set<String> outputs = new HashSet<>();
  private int next;

  GraphCheck(OnnxGraph graph) {
    this.graph = graph;
  }

  @Override
  public void node(Node expected) {
    GraphSteps.requireThat(
        next < graph.nodes().size(),
        "its graph ends where Kintsugi's export has " + shown(expected));
    OnnxGraph.Node found = graph.nodes().get(next++);
    GraphSteps.requireThat(
        found.operation().equals(expected.operation())
            && found.name().equals(expected.name())
            && found.outputs().equals(expected.outputs()),
        "its graph has "
            + found.operation()
            + " at "
            + found.name()
            + " where Kintsugi's export has "
            + shown(expected));
    GraphSteps.requireThat(
        found.inputs().equals(expected.inputs()),
        "its graph computes " + found.name() + " from other values than Kintsugi's export");
    boolean same =
        found.attributes().size() == expected.attributes().size()
            && expected.attributes().stream().allMatch(each -> isSame(found, each));
    GraphSteps.requireThat(
        same, "its graph has other attributes at " + found.name() + " than Kintsugi's export");
  }

  private static String shown(Node expected) {
    return expected.operation() + " at " + expected.name();
  }

  private static boolean isSame(OnnxGraph.Node found, Attribute expected) {
    return switch (expected.value()) {
      case Float number -> found.number(expected.name()).filter(number::equals).isPresent();
      case List<?> numbers -> found.integers(expected.name()).equals(numbers);
      default -> found.integers(expected.name()).equals(List.of(expected.value()));
    };
  }

  @Override
  public void constant(Constant expected) {
    StoredTensor found = graph.initialisers().get(expected.name());
    GraphSteps.requireThat(
        found != null
            && found.type() == expected.type()
            && Arrays.stream(found.shape()).boxed().toList().equals(expected.shape()),
        "its graph has no constant "
            + expected.name()
            + " of "
            + expected.type()
            + expected.shape()
            + ", which Kintsugi's export has");
    GraphSteps.requireThat(
        expected.fitted() || isSame(found, expected),
        "its graph has other values in " + expected.name() + " than its recipe makes");
  }

  private static boolean isSame(StoredTensor found, Constant expected) {
    StoredTensor made =
        new StoredTensor(found.type(), found.shape(), expected.bytes().get().clear());
    int count = made.count();
    boolean rounded = made.type() == StoredTensor.Type.F32;
    double scale =
        rounded
            ? IntStream.range(0, count).mapToDouble(i -> Math.abs(made.get(i))).max().orElse(0)
            : 0;
    return IntStream.range(0, count)
        .allMatch(i -> Math.abs(made.get(i) - found.get(i)) <= ROUNDING * scale);
  }

  @Override
  public void input(Value value) {
    GraphSteps.requireThat(
        graph.inputs().equals(List.of(value.name())),
        "its graph takes other inputs than " + value.name());
  }

  @Override
  public void output(Value value) {
    outputs.add(value.name());
  }

  /**
   * Ends.
   *
   * @param more names that may be outputs, too
   */
  void end(Collection<String> more) {
    if (next < graph.nodes().size()) {
      throw new IllegalArgumentException(
          "its graph has more than Kintsugi's export, at " + graph.nodes().get(next).name());
    }
    Set<String> others = new HashSet<>(graph.outputs());
    GraphSteps.requireThat(
        others.containsAll(outputs), "its graph does not have the outputs of Kintsugi's export");
    others.removeAll(outputs);
    others.removeAll(more);
    GraphSteps.requireThat(others.isEmpty(), "its graph has more outputs than Kintsugi's export");
  }
}
