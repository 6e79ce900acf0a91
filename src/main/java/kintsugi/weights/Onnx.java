package kintsugi.weights;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
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

  private Onnx() {}

  /** One field of a message: an integer, or bytes. */
  private record Field(int number, long value, ByteBuffer bytes) {
    String text() {
      if (bytes == null) {
        throw new IllegalArgumentException("its graph has an integer instead of a text");
      }
      return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }

    List<Field> message() {
      if (bytes == null) {
        throw new IllegalArgumentException("its graph has an integer instead of a message");
      }
      return fields(bytes);
    }
  }

  static Map<String, StoredTensor> read(ByteBuffer file) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    Map<String, String> names = new HashMap<>();
    for (Field model : fields(file)) {
      if (model.number == MODEL_GRAPH) {
        for (Field graph : model.message()) {
          if (graph.number == GRAPH_INITIALIZER) {
            initializer(graph.message(), tensors);
          } else if (graph.number == GRAPH_NODE) {
            node(graph.message(), names);
          }
        }
      }
    }
    if (tensors.isEmpty()) {
      throw new IllegalArgumentException("its graph has no initialisers");
    }
    Map<String, StoredTensor> named = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) -> {
          String own = name.matches(".*\\.(weight|bias|running_\\w+)") ? name : names.get(name);
          named.put(own == null ? name : own, tensor);
        });
    return named;
  }

  private static void node(List<Field> node, Map<String, String> names) {
    List<String> inputs = new ArrayList<>();
    String path = "";
    String operation = "";
    for (Field field : node) {
      switch (field.number) {
        case NODE_INPUT -> inputs.add(field.text());
        case NODE_NAME -> path = path(field.text());
        case NODE_OPERATION -> operation = field.text();
        default -> {}
      }
    }
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
    for (String part : node.replaceFirst("^/", "").replaceFirst("/?[A-Z]\\w*$", "").split("/")) {
      if (!parts.isEmpty() && part.startsWith(parts.getLast() + ".")) {
        parts.removeLast();
      }
      parts.add(part);
    }
    return String.join(".", parts);
  }

  private static void initializer(List<Field> fields, Map<String, StoredTensor> tensors) {
    List<Long> shape = new ArrayList<>();
    String name = "";
    long type = 0;
    ByteBuffer raw = null;
    for (Field field : fields) {
      switch (field.number) {
        case 1 -> integers(field, shape);
        case 2 -> type = field.value;
        case 8 -> name = field.text();
        case 4, 5, 7, 9, 10 -> raw = field.bytes == null ? raw : field.bytes;
        case 13, 14 ->
            throw new IllegalArgumentException(
                "its tensor " + name + " is in another file; export the graph into one file");
        default -> {}
      }
    }
    long[] extents = shape.stream().mapToLong(Long::longValue).toArray();
    Type stored = type(type, name);
    long count = 1;
    long[] strides = new long[extents.length];
    for (int i = extents.length - 1; i >= 0; i--) {
      strides[i] = count;
      if (extents[i] < 0) {
        throw new IllegalArgumentException("its tensor " + name + " has a negative extent");
      }
      count = Math.multiplyExact(count, extents[i]);
    }
    ByteBuffer bytes = raw == null ? ByteBuffer.allocate(0) : raw;
    if (count != bytes.remaining() / stored.size()) {
      throw new IllegalArgumentException("its tensor " + name + " does not fill its shape");
    }
    ByteBuffer little = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    if (tensors.put(name, StoredTensor.view(stored, extents, 0, strides, little)) != null) {
      throw new IllegalArgumentException("it has the tensor " + name + " twice");
    }
  }

  private static Type type(long code, String name) {
    return switch ((int) code) {
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
      to.add(field.value);
      return;
    }
    ByteBuffer packed = field.bytes.duplicate();
    while (packed.hasRemaining() && to.size() <= 8) {
      to.add(varint(packed));
    }
  }

  private static List<Field> fields(ByteBuffer message) {
    ByteBuffer in = message.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    List<Field> fields = new ArrayList<>();
    while (in.hasRemaining()) {
      long tag = varint(in);
      int number = (int) (tag >>> 3);
      switch ((int) tag & 7) {
        case 0 -> fields.add(new Field(number, varint(in), null));
        case 1 -> fields.add(new Field(number, in.getLong(), null));
        case 2 -> fields.add(new Field(number, 0, bytes(in)));
        case 5 -> fields.add(new Field(number, in.getInt(), null));
        default -> throw new IllegalArgumentException("it is not an ONNX graph");
      }
    }
    return fields;
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
