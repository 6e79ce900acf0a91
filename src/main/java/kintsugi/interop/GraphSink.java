package kintsugi.interop;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Supplier;
import kintsugi.weights.StoredTensor;

/**
 * A receiver of the parts of an export's ONNX graph one by one: a writer of files, or a reader that
 * compares a file with them.
 */
public interface GraphSink {

  /**
   * An attribute of a node.
   *
   * @param name by ONNX
   * @param value a {@link Long}, a list of them, or a {@link Float}
   */
  record Attribute(String name, Object value) {}

  /**
   * An operation of ONNX's standard ones.
   *
   * @param operation its type
   * @param inputs names of values and constants that are there already
   * @param outputs its results, the first of which names the node
   * @param attributes those that are not left at ONNX's default
   */
  record Node(
      String operation, List<String> inputs, List<String> outputs, List<Attribute> attributes) {
    /** Copies the lists. */
    public Node {
      inputs = List.copyOf(inputs);
      outputs = List.copyOf(outputs);
      attributes = List.copyOf(attributes);
    }

    /** {@return its name, that of its first result} */
    public String name() {
      return outputs.getFirst();
    }
  }

  /**
   * A constant tensor.
   *
   * @param name its name
   * @param type of its elements
   * @param shape its extents
   * @param fitted whether it was learnt or fitted, where all others follow from the recipe
   * @param bytes its elements, row-major and little-endian; computed where they are asked for
   */
  record Constant(
      String name,
      StoredTensor.Type type,
      List<Long> shape,
      boolean fitted,
      Supplier<ByteBuffer> bytes) {
    /** Copies the list. */
    public Constant {
      shape = List.copyOf(shape);
    }
  }

  /**
   * An input or an output.
   *
   * @param name its name
   * @param type of its elements
   * @param extents a number each, or a text where it is free
   */
  record Value(String name, StoredTensor.Type type, List<Object> extents) {
    /** Copies the list. */
    public Value {
      extents = List.copyOf(extents);
    }
  }

  /**
   * Receives a node.
   *
   * @param node after all whose results it takes
   */
  void node(Node node);

  /**
   * Receives a constant.
   *
   * @param constant before the first node that takes it
   */
  void constant(Constant constant);

  /**
   * Receives the input.
   *
   * @param value the images
   */
  void input(Value value);

  /**
   * Receives an output.
   *
   * @param value a result of a node
   */
  void output(Value value);
}
