package kintsugi.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/**
 * An exported graph of which a node or a constant is changed, as another exporter would have it.
 */
final class GraphEdit {
  private final ModelProto.Builder model;
  private final GraphProto.Builder graph;

  GraphEdit(Path file) throws IOException {
    this.model = ModelProto.parseFrom(Files.readAllBytes(file)).toBuilder();
    this.graph = model.getGraphBuilder();
  }

  Path write(Path file) throws IOException {
    return Files.write(file, model.build().toByteArray());
  }

  private int index(String prefix) {
    return IntStream.range(0, graph.getNodeCount())
        .filter(i -> graph.getNode(i).getName().startsWith(prefix))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no node " + prefix));
  }

  /** The first node whose name begins like this. */
  NodeProto.Builder node(String prefix) {
    return graph.getNodeBuilder(index(prefix));
  }

  /** Lets a node hand on its first input. */
  GraphEdit bypass(String prefix) {
    node(prefix).setOpType("Identity").clearAttribute();
    String first = node(prefix).getInput(0);
    node(prefix).clearInput().addInput(first);
    return this;
  }

  /** Makes a node another operation of the same operands. */
  GraphEdit as(String prefix, String operation) {
    node(prefix).setOpType(operation);
    return this;
  }

  /** Lets a node take another value. */
  GraphEdit input(String prefix, int operand, String value) {
    node(prefix).setInput(operand, value);
    return this;
  }

  /** Puts a node in between: all that took its input take its output. */
  GraphEdit after(String prefix, NodeProto.Builder next) {
    int at = index(prefix);
    String value = graph.getNode(at).getOutput(0);
    for (int i = at + 1; i < graph.getNodeCount(); i++) {
      NodeProto.Builder node = graph.getNodeBuilder(i);
      for (int k = 0; k < node.getInputCount(); k++) {
        if (node.getInput(k).equals(value)) {
          node.setInput(k, next.getOutput(0));
        }
      }
    }
    graph.addNode(at + 1, next);
    return this;
  }

  TensorProto.Builder constant(String name) {
    return graph.getInitializerBuilderList().stream()
        .filter(tensor -> tensor.getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no constant " + name));
  }

  /** Changes every element of an fp32 constant. */
  GraphEdit floats(String name, DoubleUnaryOperator change) {
    ByteBuffer bytes = bytes(name);
    for (int i = 0; i < bytes.capacity(); i += Float.BYTES) {
      bytes.putFloat(i, (float) change.applyAsDouble(bytes.getFloat(i)));
    }
    constant(name).setRawData(ByteString.copyFrom(bytes));
    return this;
  }

  GraphEdit floats(String name, float... values) {
    ByteBuffer bytes = bytes(name);
    bytes.asFloatBuffer().put(values);
    constant(name).setRawData(ByteString.copyFrom(bytes));
    return this;
  }

  GraphEdit number(String name, double value) {
    constant(name).setRawData(ByteString.copyFrom(bytes(name).putDouble(0, value)));
    return this;
  }

  GraphEdit integers(String name, long... values) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    constant(name).setRawData(ByteString.copyFrom(bytes));
    return this;
  }

  /** Adds a vector of integers. */
  GraphEdit add(String name, long... values) {
    graph
        .addInitializerBuilder()
        .setName(name)
        .setDataType(TensorProto.DataType.INT64_VALUE)
        .addDims(values.length);
    return integers(name, values);
  }

  /** Adds an fp32 output that an operation makes of another value. */
  GraphEdit alsoReturns(String name, String operation, String value) {
    graph.addNodeBuilder().setName(name).setOpType(operation).addInput(value).addOutput(name);
    describe(graph.addOutputBuilder().setName(name));
    return this;
  }

  /** Takes outputs back; their values stay in the graph. */
  GraphEdit without(String... names) {
    for (int i = graph.getOutputCount() - 1; i >= 0; i--) {
      if (List.of(names).contains(graph.getOutput(i).getName())) {
        graph.removeOutput(i);
      }
    }
    return this;
  }

  /** Adds an input of one fp32 value per image. */
  GraphEdit alsoTakes(String name) {
    describe(graph.addInputBuilder().setName(name));
    return this;
  }

  private static void describe(ValueInfoProto.Builder value) {
    value
        .getTypeBuilder()
        .getTensorTypeBuilder()
        .setElemType(TensorProto.DataType.FLOAT_VALUE)
        .getShapeBuilder()
        .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("N"));
  }

  long[] integers(String name) {
    ByteBuffer bytes = bytes(name);
    long[] values = new long[bytes.capacity() / Long.BYTES];
    bytes.asLongBuffer().get(values);
    return values;
  }

  /** Takes a constant of another export. */
  GraphEdit take(GraphEdit other, String name) {
    constant(name).setRawData(other.constant(name).getRawData());
    return this;
  }

  private ByteBuffer bytes(String name) {
    byte[] copy = constant(name).getRawData().toByteArray();
    return ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN);
  }
}
