package kintsugi.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.UnsafeByteOperations;
import java.util.List;
import kintsugi.interop.GraphSink;
import kintsugi.weights.OnnxGraph;

/** A graph as the message of ONNX's published schema. */
final class ProtoGraph implements GraphSink {
  private final GraphProto.Builder graph = GraphProto.newBuilder();

  GraphProto build(String name) {
    return graph.setName(name).build();
  }

  @Override
  public void node(Node node) {
    NodeProto.Builder proto =
        graph
            .addNodeBuilder()
            .setOpType(node.operation())
            .setName(node.name())
            .addAllInput(node.inputs())
            .addAllOutput(node.outputs());
    node.attributes().forEach(attribute -> proto.addAttribute(attribute(attribute)));
  }

  private static AttributeProto attribute(Attribute attribute) {
    AttributeProto.Builder proto = AttributeProto.newBuilder().setName(attribute.name());
    switch (attribute.value()) {
      case Long number -> proto.setType(AttributeType.INT).setI(number);
      case Float number -> proto.setType(AttributeType.FLOAT).setF(number);
      case List<?> numbers -> {
        proto.setType(AttributeType.INTS);
        numbers.forEach(number -> proto.addInts((Long) number));
      }
      default -> throw new IllegalArgumentException("no attribute has " + attribute.value());
    }
    return proto.build();
  }

  @Override
  public void constant(Constant constant) {
    graph.addInitializer(
        TensorProto.newBuilder()
            .setName(constant.name())
            .setDataType(OnnxGraph.code(constant.type()))
            .addAllDims(constant.shape())
            // The bytes are not copied.
            .setRawData(UnsafeByteOperations.unsafeWrap(constant.bytes().get().clear())));
  }

  @Override
  public void input(Value value) {
    graph.addInput(info(value));
  }

  @Override
  public void output(Value value) {
    graph.addOutput(info(value));
  }

  private static ValueInfoProto info(Value value) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (Object extent : value.extents()) {
      if (extent instanceof String free) {
        shape.addDimBuilder().setDimParam(free);
      } else {
        shape.addDimBuilder().setDimValue(((Number) extent).longValue());
      }
    }
    TypeProto.Tensor tensor =
        TypeProto.Tensor.newBuilder()
            .setElemType(OnnxGraph.code(value.type()))
            .setShape(shape)
            .build();
    return ValueInfoProto.newBuilder()
        .setName(value.name())
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }
}
