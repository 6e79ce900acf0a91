package kintsugi.weights;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import kintsugi.InputException;
import kintsugi.weights.Protobuf.Field;
import kintsugi.weights.Protobuf.Fields;
import kintsugi.weights.StoredTensor.Type;

/**
 * An ONNX graph as its file has it: nodes, in the order of their computation, and initialisers.
 *
 * <p>Source: {@code onnx.proto}; only the part of Protocol Buffers that it needs is supported.
 *
 * @param nodes the operations
 * @param initialisers the tensors by their names
 * @param inputs the names of the graph's inputs, initialisers among them where an exporter lists
 *     them
 * @param outputs the names of the graph's outputs
 * @param metadata what the file says of itself, by keys
 */
public record OnnxGraph(
    List<Node> nodes,
    Map<String, StoredTensor> initialisers,
    List<String> inputs,
    List<String> outputs,
    Map<String, String> metadata) {
  private static final int MODEL_GRAPH = 7;
  private static final int MODEL_METADATA = 14;
  private static final int GRAPH_NODE = 1;
  private static final int GRAPH_INITIALIZER = 5;
  private static final int GRAPH_INPUT = 11;
  private static final int GRAPH_OUTPUT = 12;

  /** The bytes of an entry of the metadata that is kept: those of a name. */
  private static final int MAX_METADATA = Protobuf.MAX_NAME;

  /** The dimensions of a filter, and some more. */
  private static final int MAX_DIMENSIONS = 8;

  /** The values of an attribute that is a list, such as the pads of a convolution. */
  private static final int MAX_VALUES = 64;

  /** The codes of {@code TensorProto.DataType} that have a type here. */
  private static final Map<Integer, Type> TYPES =
      Map.of(
          1, Type.F32, 2, Type.U8, 3, Type.I8, 5, Type.I16, 6, Type.I32, 7, Type.I64, 9, Type.BOOL,
          10, Type.F16, 11, Type.F64, 16, Type.BF16);

  /**
   * One operation.
   *
   * @param operation its type such as {@code Conv}
   * @param name its name, which exporters make of the modules' names; may be empty
   * @param inputs the names of its operands, empty where an optional one is left out
   * @param outputs the names of its results
   * @param attributes its attributes, which are read where they are asked for
   */
  public record Node(
      String operation,
      String name,
      List<String> inputs,
      List<String> outputs,
      List<ByteBuffer> attributes) {

    /**
     * {@return the values of an attribute that is an integer or a list of them; empty where it is
     * left out}
     *
     * @param wanted its name
     * @throws IllegalArgumentException if it is something else or has too many
     */
    public List<Long> integers(String wanted) {
      return whole(() -> integersOf(wanted));
    }

    private List<Long> integersOf(String wanted) {
      List<Long> values = new ArrayList<>();
      for (Field field : attribute(wanted)) {
        if (field.number() == 3 || field.number() == 8) {
          addAll(field, values, MAX_VALUES);
        }
      }
      return values;
    }

    /**
     * {@return an attribute that is a number in fp32; empty where it is left out}
     *
     * @param wanted its name
     * @throws IllegalArgumentException if it is not whole
     */
    public Optional<Float> number(String wanted) {
      return whole(
          () -> {
            Float number = null;
            for (Field field : attribute(wanted)) {
              if (field.number() == 2) {
                number = Float.intBitsToFloat((int) field.value());
              }
            }
            return Optional.ofNullable(number);
          });
    }

    /**
     * {@return an attribute that is a text}
     *
     * @param wanted its name
     * @throws IllegalArgumentException if it is something else
     */
    public Optional<String> text(String wanted) {
      return whole(() -> textOf(wanted));
    }

    private Optional<String> textOf(String wanted) {
      String text = null;
      for (Field field : attribute(wanted)) {
        text = field.number() == 4 ? field.text() : text;
      }
      return Optional.ofNullable(text);
    }

    /**
     * {@return the tensor of a {@code Constant}; empty where it is an integer or a text}
     *
     * @throws IllegalArgumentException if it is not whole
     */
    public Optional<StoredTensor> constant() {
      return whole(this::constantOf);
    }

    private Optional<StoredTensor> constantOf() {
      Map<String, StoredTensor> tensors = new LinkedHashMap<>();
      for (Field field : attribute("value")) {
        if (field.number() == 5 && tensors.isEmpty()) {
          // Views of the file's bytes; what its size justifies is a constant's limit, too.
          initializer(field.message(), tensors, new Budget(field.bytes().remaining()));
        }
      }
      return tensors.values().stream().findFirst();
    }

    /** Attributes are read after the file, whose reader would have named what ends too early. */
    private static <T> T whole(Supplier<T> reading) {
      try {
        return reading.get();
      } catch (BufferUnderflowException e) {
        throw new IllegalArgumentException("its graph has an attribute that ends too early", e);
      }
    }

    private Fields attribute(String wanted) {
      for (ByteBuffer bytes : attributes) {
        for (Field field : new Fields(bytes)) {
          if (field.number() == 1 && field.text().equals(wanted)) {
            return new Fields(bytes);
          }
        }
      }
      return new Fields(ByteBuffer.allocate(0));
    }
  }

  /**
   * A graph without metadata.
   *
   * @param nodes the operations
   * @param initialisers the tensors by their names
   * @param inputs the names of the graph's inputs
   * @param outputs the names of the graph's outputs
   */
  public OnnxGraph(
      List<Node> nodes,
      Map<String, StoredTensor> initialisers,
      List<String> inputs,
      List<String> outputs) {
    this(nodes, initialisers, inputs, outputs, Map.of());
  }

  /**
   * Reads a graph.
   *
   * @param file the file
   * @return the graph
   * @throws InputException if it cannot be read, is damaged, or asks for more than its size
   *     justifies
   */
  public static OnnxGraph read(Path file) {
    return Checkpoint.graph(file);
  }

  /**
   * {@return the tensors by torch's names as far as the graph has them; those of convolutions by
   * the names of their modules}
   *
   * @throws IllegalArgumentException if two tensors have one name
   */
  public Map<String, StoredTensor> tensors() {
    return Onnx.named(this);
  }

  static OnnxGraph read(ByteBuffer file, Budget budget) {
    OnnxGraph graph =
        new OnnxGraph(
            new ArrayList<>(),
            new LinkedHashMap<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new LinkedHashMap<>());
    boolean graphs = false;
    for (Field model : new Fields(file)) {
      if (model.number() == MODEL_GRAPH) {
        graphs = true;
        graph.add(model.message(), budget);
      } else if (model.number() == MODEL_METADATA) {
        graph.addMetadata(model.message(), budget);
      }
    }
    if (graph.initialisers.isEmpty()) {
      throw new IllegalArgumentException(
          graphs
              ? "its graph has no initialisers"
              : "it has no ONNX graph; TensorFlow's saved models begin alike");
    }
    return graph;
  }

  private void add(Fields message, Budget budget) {
    for (Field field : message) {
      switch (field.number()) {
        case GRAPH_NODE -> nodes.add(node(field.message(), budget));
        case GRAPH_INITIALIZER -> initializer(field.message(), initialisers, budget);
        case GRAPH_INPUT -> inputs.add(valueName(field.message(), budget));
        case GRAPH_OUTPUT -> outputs.add(valueName(field.message(), budget));
        default -> {}
      }
    }
  }

  /** Adds an entry, unless it is longer than what is looked up here ever is. */
  private void addMetadata(Fields entry, Budget budget) {
    budget.take("its metadata", 0);
    if (entry.message().remaining() > MAX_METADATA) {
      return;
    }
    budget.take("its metadata", entry.message().remaining());
    String key = "";
    String value = "";
    for (Field field : entry) {
      key = field.number() == 1 ? field.text() : key;
      value = field.number() == 2 ? field.text() : value;
    }
    metadata.put(key, value);
  }

  private static String valueName(Fields value, Budget budget) {
    budget.take("its graph's inputs and outputs", 0);
    String name = "";
    for (Field field : value) {
      name = field.number() == 1 ? field.text() : name;
    }
    return name;
  }

  private static Node node(Fields message, Budget budget) {
    List<String> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    List<ByteBuffer> attributes = new ArrayList<>();
    String name = "";
    String operation = "";
    String domain = "";
    budget.take("its node", 0);
    for (Field field : message) {
      budget.take("its node " + name, 0);
      switch (field.number()) {
        case 1 -> inputs.add(field.text());
        case 2 -> outputs.add(field.text());
        case 3 -> name = field.text();
        case 4 -> operation = field.text();
        case 5 -> attributes.add(field.message().message());
        case 7 -> domain = field.text().isEmpty() ? "" : field.text() + "::";
        default -> {}
      }
    }
    // Another domain's operation is another one, whatever its name.
    return new Node(domain.replace("ai.onnx::", "") + operation, name, inputs, outputs, attributes);
  }

  /** Adds a tensor, unless it has integers in their variable length, which no filter has. */
  private static void initializer(Fields fields, Map<String, StoredTensor> tensors, Budget budget) {
    List<Long> shape = new ArrayList<>();
    String name = "";
    long type = 0;
    ByteBuffer raw = null;
    boolean integers = false;
    for (Field field : fields) {
      switch (field.number()) {
        case 1 -> addAll(field, shape, MAX_DIMENSIONS);
        case 2 -> type = field.value();
        case 8 -> name = field.text();
        case 4, 9, 10 -> raw = field.bytes() == null ? raw : field.bytes();
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
    Type type = code > Integer.MAX_VALUE ? null : TYPES.get((int) code);
    if (type == null) {
      throw new IllegalArgumentException("its tensor " + name + " has type " + code);
    }
    return type;
  }

  /**
   * {@return ONNX's code of a type}
   *
   * @param type one that ONNX has
   */
  public static int code(Type type) {
    return TYPES.entrySet().stream()
        .filter(each -> each.getValue() == type)
        .findFirst()
        .orElseThrow()
        .getKey();
  }

  private static void addAll(Field field, List<Long> to, int most) {
    if (field.bytes() == null) {
      add(field.value(), to, most);
      return;
    }
    ByteBuffer packed = field.bytes().duplicate();
    while (packed.hasRemaining()) {
      add(Protobuf.varint(packed), to, most);
    }
  }

  private static void add(long value, List<Long> to, int most) {
    if (to.size() == most) {
      throw new IllegalArgumentException("its graph has a tensor of too many dimensions");
    }
    to.add(value);
  }
}
