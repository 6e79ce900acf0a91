package kintsugi.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * A graph that grows node by node. A value is named by a text; a node that is added gets a name of
 * the form {@code group/Operation.N}, so that a reader of the file finds the group.
 */
final class Graph {
  static final int FLOAT = TensorProto.DataType.FLOAT_VALUE;
  static final int DOUBLE = TensorProto.DataType.DOUBLE_VALUE;
  static final int INT64 = TensorProto.DataType.INT64_VALUE;
  static final int UINT8 = TensorProto.DataType.UINT8_VALUE;
  static final int BOOL = TensorProto.DataType.BOOL_VALUE;

  private final GraphProto.Builder graph = GraphProto.newBuilder();
  private String group = "";
  private int nodes;

  /** A named attribute of a node. */
  record Attribute(AttributeProto proto) {}

  /** Begins a group of nodes, by which they and their constants are named. */
  Graph group(String name) {
    group = name;
    return this;
  }

  /** {@return the graph as it is now} */
  GraphProto build(String name) {
    return graph.setName(name).build();
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
    NodeProto.Builder node =
        graph
            .addNodeBuilder()
            .setOpType(operation)
            .setName(outputs.getFirst())
            .addAllInput(inputs)
            .addAllOutput(outputs);
    for (Attribute attribute : attributes) {
      node.addAttribute(attribute.proto);
    }
    return outputs;
  }

  /** Adds a second name for a value, under which it can be an output. */
  String named(String name, String value) {
    add("Identity", List.of(value), List.of(name));
    return name;
  }

  static Attribute integer(String name, long value) {
    return new Attribute(attribute(name, AttributeProto.AttributeType.INT).setI(value).build());
  }

  static Attribute integers(String name, long... values) {
    return new Attribute(
        attribute(name, AttributeProto.AttributeType.INTS)
            .addAllInts(LongStream.of(values).boxed().toList())
            .build());
  }

  static Attribute number(String name, float value) {
    return new Attribute(attribute(name, AttributeProto.AttributeType.FLOAT).setF(value).build());
  }

  private static AttributeProto.Builder attribute(String name, AttributeProto.AttributeType type) {
    return AttributeProto.newBuilder().setName(name).setType(type);
  }

  /** An fp32 constant. */
  String floats(String name, float[] values, long... shape) {
    ByteBuffer bytes = buffer(values.length, Float.BYTES);
    bytes.asFloatBuffer().put(values);
    return constant(name, FLOAT, bytes, shape);
  }

  /** An fp64 constant. */
  String doubles(String name, double[] values, long... shape) {
    ByteBuffer bytes = buffer(values.length, Double.BYTES);
    bytes.asDoubleBuffer().put(values);
    return constant(name, DOUBLE, bytes, shape);
  }

  /** An fp64 constant of no dimensions. */
  String scalar(String name, double value) {
    return doubles(name, new double[] {value});
  }

  /** A vector of integers. */
  String vector(String name, long... values) {
    return constant(name, INT64, bytes(values), values.length);
  }

  /** An integer of no dimensions. */
  String index(String name, long value) {
    return constant(name, INT64, bytes(value));
  }

  private static ByteBuffer bytes(long... values) {
    ByteBuffer bytes = buffer(values.length, Long.BYTES);
    bytes.asLongBuffer().put(values);
    return bytes;
  }

  /** Little-endian bytes for a constant. */
  static ByteBuffer buffer(int count, int size) {
    return ByteBuffer.allocate(Math.multiplyExact(count, size)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A constant of given bytes, which are not copied. */
  String constant(String name, int type, ByteBuffer bytes, long... shape) {
    String full = group + "/" + name;
    ByteString raw = UnsafeByteOperations.unsafeWrap(bytes.duplicate().clear());
    graph.addInitializer(
        TensorProto.newBuilder()
            .setName(full)
            .setDataType(type)
            .addAllDims(Arrays.stream(shape).boxed().toList())
            .setRawData(raw));
    return full;
  }

  String cast(String value, int type) {
    return add("Cast", value, integer("to", type));
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
  void input(String name, int type, Object... extents) {
    graph.addInput(info(name, type, extents));
  }

  /** Declares a value as output; an extent is a number, or a text where it is free. */
  void output(String name, int type, Object... extents) {
    graph.addOutput(info(name, type, extents));
  }

  private static ValueInfoProto info(String name, int type, Object... extents) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (Object extent : extents) {
      if (extent instanceof String free) {
        shape.addDimBuilder().setDimParam(free);
      } else {
        shape.addDimBuilder().setDimValue(((Number) extent).longValue());
      }
    }
    TypeProto.Tensor tensor =
        TypeProto.Tensor.newBuilder().setElemType(type).setShape(shape).build();
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }
}
