package kintsugi.interop;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import kintsugi.weights.OnnxGraph;
import kintsugi.weights.OnnxGraph.Node;
import kintsugi.weights.StoredTensor;

/**
 * The steps of an ONNX graph that compute with the image's values, in their order, taken part by
 * part. Left out is what only computes shapes, or changes the shape or the type alone.
 *
 * <p>Patterns of steps name each operation with the steps that it takes its operands from: {@code
 * Mul<1<2} takes the first from the step before it and the second from the one before that, {@code
 * <i} is the graph's input and {@code <c} a constant. Constants after the last computed operand are
 * left out.
 */
final class GraphSteps {
  private static final Set<String> SHAPING =
      Set.of("Cast", "Identity", "Reshape", "Flatten", "Unsqueeze", "Squeeze");

  /** The code of F32 in {@code TensorProto.DataType}. */
  private static final long F32 = 1;

  /** Four times what the largest ResNet and a search in 64 parts have. */
  private static final int MOST = 4000;

  /** The same of the parts that a search puts together. */
  private static final int MOST_OPERANDS = 256;

  private final Map<String, StoredTensor> initialisers;
  private final Map<String, Node> producers = new HashMap<>();
  private final List<Node> steps = new ArrayList<>();

  /** Each step as patterns have it. */
  private final List<String> written = new ArrayList<>();

  /** The step that a value is of, by its index, changes of shape left out; -1 is the input. */
  private final Map<String, Integer> origins = new HashMap<>();

  private int next;

  GraphSteps(OnnxGraph graph) {
    initialisers = graph.initialisers();
    Set<String> values = new HashSet<>(graph.inputs());
    values.removeAll(initialisers.keySet());
    if (values.size() != 1) {
      throw new IllegalArgumentException("its graph has " + values.size() + " inputs, not one");
    }
    values.forEach(input -> origins.put(input, -1));
    for (Node node : graph.nodes()) {
      boolean computes =
          !node.operation().equals("Shape") && node.inputs().stream().anyMatch(values::contains);
      for (String output : node.outputs()) {
        if (producers.put(output, node) != null || initialisers.containsKey(output)) {
          throw new IllegalArgumentException("its graph computes a value twice");
        }
      }
      if (computes) {
        requireThat(
            node.inputs().size() <= MOST_OPERANDS,
            "its graph has a step "
                + node.operation()
                + " of "
                + node.inputs().size()
                + " operands");
        values.addAll(node.outputs());
        add(node, values);
      }
    }
  }

  private void add(Node node, Set<String> values) {
    Integer origin = steps.size();
    if (isShaping(node)) {
      origin = origins.get(node.inputs().getFirst());
    } else {
      written.add(written(node, values));
      steps.add(node);
    }
    if (steps.size() > MOST) {
      throw new IllegalArgumentException("its graph has more than " + MOST + " steps");
    }
    for (String output : node.outputs()) {
      origins.put(output, origin);
    }
  }

  /** Of casts, those to F32 alone: others round. */
  private static boolean isShaping(Node node) {
    return SHAPING.contains(node.operation())
        && (!node.operation().equals("Cast") || node.integers("to").equals(List.of(F32)));
  }

  private String written(Node node, Set<String> values) {
    StringBuilder text = new StringBuilder(node.operation());
    int end = 0;
    for (String operand : node.inputs()) {
      Integer origin = origins.get(operand);
      if (!values.contains(operand)) {
        text.append("<c");
        continue;
      }
      text.append('<');
      text.append(origin == null ? "?" : origin < 0 ? "i" : "" + (steps.size() - origin));
      end = text.length();
    }
    text.setLength(Math.max(end, node.operation().length()));
    return text.append(' ').toString();
  }

  /** Whether the next steps begin like this. */
  boolean isNext(String operation) {
    return next < steps.size() && steps.get(next).operation().equals(operation);
  }

  /**
   * Takes the next steps.
   *
   * @param part what they are, for messages
   * @param pattern of their operations and operands, each with a space after it
   * @throws IllegalArgumentException if the next ones are others
   */
  List<Node> take(String part, String pattern) {
    StringBuilder left = new StringBuilder();
    written.subList(next, written.size()).forEach(left::append);
    Matcher matcher = Pattern.compile(pattern).matcher(left);
    if (!matcher.lookingAt()) {
      throw new IllegalArgumentException(
          "its graph has "
              + at(next)
              + " where anomalib's "
              + part
              + " begins, or other steps or connections in it");
    }
    int count = (int) left.substring(0, matcher.end()).chars().filter(c -> c == ' ').count();
    next += count;
    return steps.subList(next - count, next);
  }

  /**
   * Ends.
   *
   * @throws IllegalArgumentException if there are more steps
   */
  void end() {
    if (next < steps.size()) {
      throw new IllegalArgumentException(
          "its graph has " + at(next) + " after all of anomalib's steps");
    }
  }

  private String at(int step) {
    if (step >= steps.size()) {
      return "its end";
    }
    Node node = steps.get(step);
    return "the step " + node.operation() + (node.name().isEmpty() ? "" : " at " + node.name());
  }

  /** The step that computes a value, changes of shape left out; empty for the graph's input. */
  Optional<Node> source(String value) {
    return Optional.ofNullable(origins.get(value)).filter(i -> i >= 0).map(steps::get);
  }

  /** The step that an operand is computed by. */
  Optional<Node> source(Node step, int operand) {
    return operand < step.inputs().size() ? source(step.inputs().get(operand)) : Optional.empty();
  }

  /** What computes a value, whether or not of the input. */
  Optional<Node> producer(String value) {
    Node node = producers.get(value);
    for (int i = 0; i < producers.size() && node != null; i++) {
      if (!SHAPING.contains(node.operation()) || node.inputs().isEmpty()) {
        return Optional.of(node);
      }
      node = producers.get(node.inputs().getFirst());
    }
    return Optional.empty();
  }

  /** The nodes of an operation. */
  static List<Node> all(List<Node> nodes, String operation) {
    return nodes.stream().filter(n -> n.operation().equals(operation)).toList();
  }

  /** The first node of an operation, which a pattern has found. */
  static Node first(List<Node> nodes, String operation) {
    return all(nodes, operation).getFirst();
  }

  /** A tensor that has to be of F32 and of a rank. */
  static StoredTensor floats(StoredTensor tensor, int rank) {
    requireThat(
        tensor.type() == StoredTensor.Type.F32 && tensor.shape().length == rank,
        "its graph has "
            + tensor.type()
            + Arrays.toString(tensor.shape())
            + " where F32 of "
            + rank
            + " dimensions is expected");
    return tensor;
  }

  /** Refuses a graph with a message, which begins with "its graph", unless something is right. */
  static void requireThat(boolean right, String otherwise) {
    if (!right) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  /** Whether an operand is what a step computes. */
  boolean isOf(Node step, int operand, Node source) {
    return source(step, operand).filter(node -> node == source).isPresent();
  }

  /** The constant that a step takes, if it is one. */
  Optional<StoredTensor> constant(Node step, int operand) {
    return operand < step.inputs().size() ? constant(step.inputs().get(operand)) : Optional.empty();
  }

  private Optional<StoredTensor> constant(String name) {
    String current = name;
    for (int i = 0; i <= producers.size(); i++) {
      if (initialisers.containsKey(current)) {
        return Optional.of(initialisers.get(current));
      }
      Node node = producers.get(current);
      if (node == null || !node.operation().equals("Identity") || node.inputs().size() != 1) {
        return node != null && node.operation().equals("Constant")
            ? node.constant()
            : Optional.empty();
      }
      current = node.inputs().getFirst();
    }
    return Optional.empty();
  }

  /**
   * A constant that has to be there.
   *
   * @param what it is, for messages
   * @throws IllegalArgumentException if it is missing
   */
  StoredTensor require(Node step, int operand, String what) {
    return constant(step, operand)
        .orElseThrow(() -> new IllegalArgumentException("its graph has no constant " + what));
  }

  /** A constant of one element. */
  double number(Node step, int operand, String what) {
    StoredTensor constant = require(step, operand, what);
    if (constant.count() != 1) {
      throw new IllegalArgumentException(
          "its graph has " + constant.count() + " values of " + what + ", not one");
    }
    return constant.get(0);
  }

  /** Whether a step reduces some axes, by its attribute or its operand, and keeps them as 1. */
  boolean isReduced(Node step, boolean kept, long... axes) {
    List<Long> found =
        step.operation().startsWith("Arg") ? step.integers("axis") : step.integers("axes");
    if (found.isEmpty()) {
      found =
          constant(step, 1).stream()
              .flatMap(axis -> Arrays.stream(axis.ints()).mapToObj(Long::valueOf))
              .toList();
    }
    return found.equals(Arrays.stream(axes).boxed().toList())
        && step.integers("keepdims").stream().allMatch(flag -> flag == 1) == kept
        && step.integers("select_last_index").stream().allMatch(flag -> flag == 0);
  }

  /** Whether a step keeps values from 0 on, without a maximum. */
  boolean isClippedBelow(Node clip) {
    return number(clip, 1, "a bound") == 0
        && (clip.inputs().size() < 3 || clip.inputs().get(2).isEmpty());
  }

  /** Whether a step keeps values within two bounds. */
  boolean isClipped(Node clip, double low, double high) {
    return number(clip, 1, "a bound") == low && number(clip, 2, "a bound") == high;
  }

  /** Whether a convolution moves by 1 over all of one group. */
  static boolean isPlain(Node convolution) {
    return Stream.of("strides", "group", "dilations")
        .allMatch(name -> convolution.integers(name).stream().allMatch(value -> value == 1));
  }
}
