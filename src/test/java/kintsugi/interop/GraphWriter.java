package kintsugi.interop;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** An ONNX graph that is put together node by node, and may be changed before it is written. */
final class GraphWriter {
  private static final int F32 = 1;
  private static final int I64 = 7;

  /** A node; attributes are integers, lists of them, and texts. */
  record Step(
      String operation,
      String name,
      List<String> inputs,
      List<String> outputs,
      Map<String, Object> attributes) {
    Step with(int operand, String value) {
      List<String> changed = new ArrayList<>(inputs);
      changed.set(operand, value);
      return new Step(operation, name, changed, outputs, attributes);
    }

    Step more(String operand) {
      List<String> changed = new ArrayList<>(inputs);
      changed.add(operand);
      return new Step(operation, name, changed, outputs, attributes);
    }

    Step with(String attribute, Object value) {
      Map<String, Object> changed = new LinkedHashMap<>(attributes);
      changed.put(attribute, value);
      return new Step(operation, name, inputs, outputs, changed);
    }

    Step to(String output) {
      return new Step(operation, name, inputs, List.of(output), attributes);
    }

    Step as(String other) {
      return new Step(other, name, inputs, outputs, attributes);
    }
  }

  private record Values(int type, long[] shape, byte[] bytes) {}

  private final List<Step> steps = new ArrayList<>();
  private final Map<String, Values> initialisers = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final List<String> outputs = new ArrayList<>();

  /** Adds a node, and returns the name of its result. */
  String add(String operation, String name, Map<String, Object> attributes, String... inputs) {
    String output = name + "_output_0";
    List<String> outputs =
        operation.equals("TopK") ? List.of(output, name + "_output_1") : List.of(output);
    steps.add(new Step(operation, name, List.of(inputs), outputs, attributes));
    return output;
  }

  /** Adds or replaces an initialiser. */
  String floats(String name, float[] values, long... shape) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    initialisers.put(name, new Values(F32, shape, bytes.array()));
    return name;
  }

  /** Adds or replaces an initialiser of integers in one dimension. */
  String integers(String name, long... values) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    initialisers.put(name, new Values(I64, new long[] {values.length}, bytes.array()));
    return name;
  }

  /** Adds a node as it is. */
  void add(Step step) {
    steps.add(step);
  }

  /** Adds or replaces an initialiser of any type. */
  void values(String name, int type, List<Long> shape, ByteBuffer values) {
    byte[] bytes = new byte[values.remaining()];
    values.get(bytes);
    long[] extents = shape.stream().mapToLong(Long::longValue).toArray();
    initialisers.put(name, new Values(type, extents, bytes));
  }

  void output(String name) {
    outputs.add(name);
  }

  void metadata(Map<String, String> entries) {
    metadata.putAll(entries);
  }

  Step step(String name) {
    return steps.stream().filter(step -> step.name().equals(name)).findFirst().orElseThrow();
  }

  void change(String name, UnaryOperator<Step> change) {
    Step old = step(name);
    steps.set(steps.indexOf(old), change.apply(old));
  }

  Path write(Path file, String... inputs) throws IOException {
    ByteArrayOutputStream graph = new ByteArrayOutputStream();
    steps.forEach(step -> field(graph, 1, node(step)));
    initialisers.forEach((name, values) -> field(graph, 5, tensor(name, values)));
    for (String input : inputs) {
      field(graph, 11, text(1, input));
    }
    outputs.forEach(output -> field(graph, 12, text(1, output)));
    ByteArrayOutputStream model = new ByteArrayOutputStream();
    integer(model, 1, 8);
    field(model, 7, graph.toByteArray());
    metadata.forEach((key, value) -> field(model, 14, joined(text(1, key), text(2, value))));
    return Files.write(file, model.toByteArray());
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private static byte[] node(Step step) {
    ByteArrayOutputStream node = new ByteArrayOutputStream();
    step.inputs().forEach(input -> node.writeBytes(text(1, input)));
    step.outputs().forEach(output -> node.writeBytes(text(2, output)));
    node.writeBytes(text(3, step.name()));
    node.writeBytes(text(4, step.operation()));
    new TreeMap<>(step.attributes())
        .forEach((name, value) -> field(node, 5, attribute(name, value)));
    return node.toByteArray();
  }

  private static byte[] attribute(String name, Object value) {
    ByteArrayOutputStream attribute = new ByteArrayOutputStream();
    attribute.writeBytes(text(1, name));
    switch (value) {
      case Integer number -> integer(attribute, 3, number);
      case Long number -> integer(attribute, 3, number);
      case Float number -> fixed(attribute, 2, number);
      case String text -> attribute.writeBytes(text(4, text));
      case List<?> list -> list.forEach(each -> integer(attribute, 8, ((Number) each).longValue()));
      default -> throw new IllegalArgumentException("" + value);
    }
    return attribute.toByteArray();
  }

  private static byte[] tensor(String name, Values values) {
    ByteArrayOutputStream tensor = new ByteArrayOutputStream();
    Arrays.stream(values.shape()).forEach(extent -> integer(tensor, 1, extent));
    integer(tensor, 2, values.type());
    tensor.writeBytes(text(8, name));
    field(tensor, 9, values.bytes());
    return tensor.toByteArray();
  }

  private static byte[] text(int number, String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    field(out, number, text.getBytes(StandardCharsets.UTF_8));
    return out.toByteArray();
  }

  private static void field(ByteArrayOutputStream out, int number, byte[] bytes) {
    varint(out, (long) number << 3 | 2);
    varint(out, bytes.length);
    out.writeBytes(bytes);
  }

  private static void integer(ByteArrayOutputStream out, int number, long value) {
    varint(out, (long) number << 3);
    varint(out, value);
  }

  private static void fixed(ByteArrayOutputStream out, int number, float value) {
    varint(out, (long) number << 3 | 5);
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.writeBytes(bytes.putFloat(value).array());
  }

  private static void varint(ByteArrayOutputStream out, long value) {
    long left = value;
    for (; (left & ~127L) != 0; left >>>= 7) {
      out.write((int) (left & 127 | 128));
    }
    out.write((int) left);
  }
}
