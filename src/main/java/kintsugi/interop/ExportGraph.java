package kintsugi.interop;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import kintsugi.interop.GraphSink.Attribute;
import kintsugi.weights.OnnxGraph;
import kintsugi.weights.StoredTensor.Type;

/**
 * A graph that grows node by node. A value is named by a text; a node that is added gets a name of
 * the form {@code group/Operation.N}, so that a reader of the file finds the group.
 */
final class ExportGraph {
  static final Type FLOAT = Type.F32;
  static final Type DOUBLE = Type.F64;
  static final Type INT64 = Type.I64;
  static final Type UINT8 = Type.U8;
  static final Type BOOL = Type.BOOL;

  private final GraphSink sink;
  private String group = "";
  private int nodes;

  ExportGraph(GraphSink sink) {
    this.sink = sink;
  }

  /** Begins a group of nodes, by which they and their constants are named. */
  ExportGraph group(String name) {
    group = name;
    return this;
  }

  /**
   * Adds a node with one output.
   *
   * @param operation of ONNX's standard operators
   * @return the name of its output
   */
  String add(String operation, List<String> inputs, Attribute... attributes) {
    String name = group + "/" + operation + "." + nodes++;
    return add(operation, inputs, List.of(name), attributes).getFirst();
  }

  String add(String operation, String input, Attribute... attributes) {
    return add(operation, List.of(input), attributes);
  }

  String add(String operation, String a, String b, Attribute... attributes) {
    return add(operation, List.of(a, b), attributes);
  }

  /** Adds a node whose outputs are named, the first of which names it. */
  List<String> add(
      String operation, List<String> inputs, List<String> outputs, Attribute... attributes) {
    sink.node(new GraphSink.Node(operation, inputs, outputs, List.of(attributes)));
    return outputs;
  }

  /** Adds a second name for a value, under which it can be an output. */
  String named(String name, String value) {
    add("Identity", List.of(value), List.of(name));
    return name;
  }

  static Attribute integer(String name, long value) {
    return new Attribute(name, value);
  }

  static Attribute integers(String name, long... values) {
    return new Attribute(name, LongStream.of(values).boxed().toList());
  }

  static Attribute number(String name, float value) {
    return new Attribute(name, value);
  }

  /** An fp32 constant that follows from the recipe. */
  String floats(String name, float[] values, long... shape) {
    return constant(name, FLOAT, false, () -> bytes(values), shape);
  }

  /** An fp32 constant that was learnt or fitted. */
  String fitted(String name, Supplier<float[]> values, long... shape) {
    return constant(name, FLOAT, true, () -> bytes(values.get()), shape);
  }

  /** An fp32 constant that was learnt or fitted, as little-endian bytes. */
  String fittedBytes(String name, Supplier<ByteBuffer> values, long... shape) {
    return constant(name, FLOAT, true, values, shape);
  }

  private static ByteBuffer bytes(float[] values) {
    ByteBuffer bytes = buffer(values.length, Float.BYTES);
    bytes.asFloatBuffer().put(values);
    return bytes;
  }

  /** An fp64 constant. */
  String doubles(String name, double[] values, long... shape) {
    ByteBuffer bytes = buffer(values.length, Double.BYTES);
    bytes.asDoubleBuffer().put(values);
    return constant(name, DOUBLE, false, () -> bytes, shape);
  }

  /** An fp64 constant of no dimensions. */
  String scalar(String name, double value) {
    return doubles(name, new double[] {value});
  }

  /** A vector of integers. */
  String vector(String name, long... values) {
    return constant(name, INT64, false, () -> bytes(values), values.length);
  }

  /** An integer of no dimensions. */
  String index(String name, long value) {
    return constant(name, INT64, false, () -> bytes(new long[] {value}));
  }

  private static ByteBuffer bytes(long[] values) {
    ByteBuffer bytes = buffer(values.length, Long.BYTES);
    bytes.asLongBuffer().put(values);
    return bytes;
  }

  /** Little-endian bytes for a constant. */
  static ByteBuffer buffer(int count, int size) {
    return ByteBuffer.allocate(Math.multiplyExact(count, size)).order(ByteOrder.LITTLE_ENDIAN);
  }

  private String constant(
      String name, Type type, boolean fitted, Supplier<ByteBuffer> bytes, long... shape) {
    String full = group + "/" + name;
    List<Long> extents = Arrays.stream(shape).boxed().toList();
    sink.constant(new GraphSink.Constant(full, type, extents, fitted, bytes));
    return full;
  }

  String cast(String value, Type type) {
    return add("Cast", value, integer("to", OnnxGraph.code(type)));
  }

  String reshape(String value, long... shape) {
    return add("Reshape", value, vector("shape." + nodes, shape));
  }

  String transpose(String value, long... order) {
    return add("Transpose", value, integers("perm", order));
  }

  String gather(String value, String indices, int axis) {
    return add("Gather", value, indices, integer("axis", axis));
  }

  /** Part of a value along an axis; {@code end} is not included. */
  String slice(String value, int axis, long start, long end) {
    String at = "slice." + nodes;
    return add(
        "Slice",
        List.of(
            value,
            vector(at + ".start", start),
            vector(at + ".end", end),
            vector(at + ".axis", axis)));
  }

  String concat(List<String> values, int axis) {
    return values.size() == 1 ? values.getFirst() : add("Concat", values, integer("axis", axis));
  }

  /** The sum along an axis, which goes. */
  String sum(String value, int axis) {
    return sum(value, axis, false);
  }

  String sum(String value, int axis, boolean keep) {
    String axes = vector("axes." + nodes, axis);
    return add("ReduceSum", List.of(value, axes), integer("keepdims", keep ? 1 : 0));
  }

  /** {@code Mean} or {@code Max} along an axis. */
  String reduce(String what, String value, int axis, boolean keep) {
    return add("Reduce" + what, value, integers("axes", axis), integer("keepdims", keep ? 1 : 0));
  }

  /** The highest or lowest values along the last axis, and their indices. */
  List<String> top(String value, int count, boolean largest) {
    String name = group + "/TopK." + nodes++;
    return add(
        "TopK",
        List.of(value, vector("k." + nodes, count)),
        List.of(name, name + ".index"),
        integer("largest", largest ? 1 : 0));
  }

  /** Declares the input. */
  void input(String name, Type type, Object... extents) {
    sink.input(new GraphSink.Value(name, type, List.of(extents)));
  }

  /** Declares a value as output; an extent is a number, or a text where it is free. */
  void output(String name, Type type, Object... extents) {
    sink.output(new GraphSink.Value(name, type, List.of(extents)));
  }
}
