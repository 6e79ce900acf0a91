package kintsugi.weights;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kintsugi.weights.StoredTensor.Type;

/**
 * The reader of an ONNX graph's initialisers. Exporters that fold batch norms replace the names of
 * the folded tensors by numbers; such tensors are named after the convolution that uses them.
 *
 * <p>Source: {@code onnx.proto}; only the part of Protocol Buffers that it needs is supported.
 */
final class Onnx {
  private static final int MODEL_GRAPH = 7;
  private static final int GRAPH_NODE = 1;
  private static final int GRAPH_INITIALIZER = 5;
  private static final int NODE_INPUT = 1;
  private static final int NODE_NAME = 3;
  private static final int NODE_OPERATION = 4;

  /** The dimensions of a filter, and some more. */
  private static final int MAX_DIMENSIONS = 8;

  /** The last code of {@code TensorProto.DataType} that has a type here. */
  private static final int MAX_TYPE = 16;

  /** The maximum length of a name; exporters' paths have some hundred characters. */
  private static final int MAX_NAME = 4096;

  private Onnx() {}

  /** One field of a message: an integer, or bytes. */
  private record Field(int number, long value, ByteBuffer bytes) {
    String text() {
      if (bytes == null) {
        throw new IllegalArgumentException("its graph has an integer instead of a text");
      }
      if (bytes.remaining() > MAX_NAME) {
        throw new IllegalArgumentException(
            "its graph has a name of " + bytes.remaining() + " characters");
      }
      return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }

    Fields message() {
      if (bytes == null) {
        throw new IllegalArgumentException("its graph has an integer instead of a message");
      }
      return new Fields(bytes);
    }
  }

  /** The fields of a message, read one after the other and never kept. */
  private record Fields(ByteBuffer message) implements Iterable<Field> {
    @Override
    public Iterator<Field> iterator() {
      ByteBuffer in = message.duplicate().order(ByteOrder.LITTLE_ENDIAN);
      return new Iterator<>() {
        @Override
        public boolean hasNext() {
          return in.hasRemaining();
        }

        @Override
        public Field next() {
          return field(in);
        }
      };
    }
  }

  static Map<String, StoredTensor> read(ByteBuffer file, Budget budget) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    Map<String, String> names = new HashMap<>();
    boolean graphs = false;
    for (Field model : new Fields(file)) {
      if (model.number == MODEL_GRAPH) {
        graphs = true;
        for (Field graph : model.message()) {
          if (graph.number == GRAPH_INITIALIZER) {
            initializer(graph.message(), tensors, budget);
          } else if (graph.number == GRAPH_NODE) {
            node(graph.message(), names, budget);
          }
        }
      }
    }
    if (tensors.isEmpty()) {
      throw new IllegalArgumentException(
          graphs
              ? "its graph has no initialisers"
              : "it has no ONNX graph; TensorFlow's saved models begin alike");
    }
    return named(tensors, names);
  }

  private static Map<String, StoredTensor> named(
      Map<String, StoredTensor> tensors, Map<String, String> names) {
    Map<String, StoredTensor> named = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) -> {
          String last = name.substring(name.lastIndexOf('.') + 1);
          boolean own = last.equals("weight") || last.equals("bias") || last.startsWith("running_");
          if (named.put(own ? name : names.getOrDefault(name, name), tensor) != null) {
            throw new IllegalArgumentException("it has the tensor " + name + " twice");
          }
        });
    return named;
  }

  private static void node(Fields node, Map<String, String> names, Budget budget) {
    List<String> inputs = new ArrayList<>();
    String path = "";
    String operation = "";
    for (Field field : node) {
      switch (field.number) {
        case NODE_INPUT -> {
          if (inputs.size() < 3) {
            inputs.add(field.text());
          }
        }
        case NODE_NAME -> path = path(field.text());
        case NODE_OPERATION -> operation = field.text();
        default -> {}
      }
    }
    budget.take("its node " + path, 0);
    if ((operation.equals("Conv") || operation.equals("Gemm")) && inputs.size() > 1) {
      names.put(inputs.get(1), path + ".weight");
      if (inputs.size() > 2) {
        names.put(inputs.get(2), path + ".bias");
      }
    }
  }

  /** {@code /layer1/layer1.0/conv1/Conv} is {@code layer1.0.conv1}. */
  private static String path(String node) {
    List<String> parts = new ArrayList<>();
    int operation = node.lastIndexOf('/') + 1;
    boolean named = operation < node.length() && Character.isUpperCase(node.charAt(operation));
    String path = named ? node.substring(0, Math.max(0, operation - 1)) : node;
    for (String part : path.replaceFirst("^/", "").split("/")) {
      if (!parts.isEmpty() && part.startsWith(parts.getLast() + ".")) {
        parts.removeLast();
      }
      parts.add(part);
    }
    return String.join(".", parts);
  }

  private static void initializer(Fields fields, Map<String, StoredTensor> tensors, Budget budget) {
    List<Long> shape = new ArrayList<>();
    String name = "";
    long type = 0;
    ByteBuffer raw = null;
    boolean integers = false;
    for (Field field : fields) {
      switch (field.number) {
        case 1 -> integers(field, shape);
        case 2 -> type = field.value;
        case 8 -> name = field.text();
        case 4, 9, 10 -> raw = field.bytes == null ? raw : field.bytes;
        case 5, 7, 11 -> integers = true;
        case 13, 14 ->
            throw new IllegalArgumentException(
                "its tensor " + name + " is in another file; export the graph into one file");
        default -> {}
      }
    }
    if (integers) {
      // Integers in their variable length: constants of the graph, never a filter.
      return;
    }
    long[] extents = shape.stream().mapToLong(Long::longValue).toArray();
    Type stored = type(type, name);
    ByteBuffer bytes = raw == null ? ByteBuffer.allocate(0) : raw;
    if ((long) StoredTensor.elements(extents) * stored.size() != bytes.remaining()) {
      throw new IllegalArgumentException("its tensor " + name + " does not fill its shape");
    }
    ByteBuffer little = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    long[] strides = StoredTensor.rowMajor(extents);
    if (tensors.containsKey(name)) {
      throw new IllegalArgumentException("it has the tensor " + name + " twice");
    }
    tensors.put(name, StoredTensor.view(name, stored, extents, 0, strides, little, budget));
  }

  private static Type type(long code, String name) {
    return switch (code > MAX_TYPE ? 0 : (int) code) {
      case 1 -> Type.F32;
      case 2 -> Type.U8;
      case 3 -> Type.I8;
      case 5 -> Type.I16;
      case 6 -> Type.I32;
      case 7 -> Type.I64;
      case 9 -> Type.BOOL;
      case 10 -> Type.F16;
      case 11 -> Type.F64;
      case 16 -> Type.BF16;
      default -> throw new IllegalArgumentException("its tensor " + name + " has type " + code);
    };
  }

  private static void integers(Field field, List<Long> to) {
    if (field.bytes == null) {
      add(field.value, to);
      return;
    }
    ByteBuffer packed = field.bytes.duplicate();
    while (packed.hasRemaining()) {
      add(varint(packed), to);
    }
  }

  private static void add(long extent, List<Long> to) {
    if (to.size() == MAX_DIMENSIONS) {
      throw new IllegalArgumentException("its graph has a tensor of too many dimensions");
    }
    to.add(extent);
  }

  private static Field field(ByteBuffer in) {
    long tag = varint(in);
    int number = (int) (tag >>> 3);
    return switch ((int) tag & 7) {
      case 0 -> new Field(number, varint(in), null);
      case 1 -> new Field(number, in.getLong(), null);
      case 2 -> new Field(number, 0, bytes(in));
      case 5 -> new Field(number, in.getInt(), null);
      default -> throw new IllegalArgumentException("it is not an ONNX graph");
    };
  }

  private static ByteBuffer bytes(ByteBuffer in) {
    long length = varint(in);
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    ByteBuffer bytes = in.slice(in.position(), (int) length);
    in.position(in.position() + (int) length);
    return bytes;
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte next = in.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("it is not an ONNX graph");
  }
}
