package kintsugi.bench;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The writer of ONNX models of a few operations: Protocol Buffers by hand, as they are short. */
final class OnnxGraph {
  private final ByteArrayOutputStream graph = new ByteArrayOutputStream();

  /** One operation with integer lists as its attributes; returns its output's name. */
  String node(
      String operation, List<String> inputs, String output, Map<String, long[]> attributes) {
    ByteArrayOutputStream node = new ByteArrayOutputStream();
    inputs.forEach(input -> bytes(node, 1, text(input)));
    bytes(node, 2, text(output));
    bytes(node, 4, text(operation));
    new TreeMap<>(attributes)
        .forEach(
            (name, values) -> {
              ByteArrayOutputStream attribute = new ByteArrayOutputStream();
              bytes(attribute, 1, text(name));
              boolean one = name.equals("transB") || name.equals("axis");
              for (long value : values) {
                number(attribute, one ? 3 : 8, value);
              }
              number(attribute, 20, one ? 2 : 7);
              bytes(node, 5, attribute.toByteArray());
            });
    bytes(graph, 1, node.toByteArray());
    return output;
  }

  /** A constant of the graph. */
  void tensor(String name, float[] values, long... shape) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (long extent : shape) {
      number(out, 1, extent);
    }
    number(out, 2, 1);
    bytes(out, 8, text(name));
    ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    raw.asFloatBuffer().put(values);
    bytes(out, 9, raw.array());
    bytes(graph, 5, out.toByteArray());
  }

  /** The whole model with one input of four dimensions and these outputs. */
  byte[] model(List<String> outputs) {
    bytes(graph, 2, text("resnet"));
    bytes(graph, 11, value("input", 4));
    outputs.forEach(output -> bytes(graph, 12, value(output, output.equals("fc") ? 2 : 4)));
    ByteArrayOutputStream operators = new ByteArrayOutputStream();
    number(operators, 2, 17);
    ByteArrayOutputStream model = new ByteArrayOutputStream();
    number(model, 1, 8);
    bytes(model, 7, graph.toByteArray());
    bytes(model, 8, operators.toByteArray());
    return model.toByteArray();
  }

  private static byte[] value(String name, int dimensions) {
    ByteArrayOutputStream shape = new ByteArrayOutputStream();
    for (int i = 0; i < dimensions; i++) {
      ByteArrayOutputStream dimension = new ByteArrayOutputStream();
      bytes(dimension, 2, text("d" + name + i));
      bytes(shape, 1, dimension.toByteArray());
    }
    ByteArrayOutputStream tensor = new ByteArrayOutputStream();
    number(tensor, 1, 1);
    bytes(tensor, 2, shape.toByteArray());
    ByteArrayOutputStream type = new ByteArrayOutputStream();
    bytes(type, 1, tensor.toByteArray());
    ByteArrayOutputStream value = new ByteArrayOutputStream();
    bytes(value, 1, text(name));
    bytes(value, 2, type.toByteArray());
    return value.toByteArray();
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void number(ByteArrayOutputStream out, int field, long value) {
    varint(out, (long) field << 3);
    varint(out, value);
  }

  private static void bytes(ByteArrayOutputStream out, int field, byte[] bytes) {
    varint(out, (long) field << 3 | 2);
    varint(out, bytes.length);
    out.writeBytes(bytes);
  }

  private static void varint(ByteArrayOutputStream out, long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.write((int) (rest & 0x7f | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }
}
