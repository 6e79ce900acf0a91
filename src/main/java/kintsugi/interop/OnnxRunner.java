package kintsugi.interop;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import kintsugi.InputException;
import kintsugi.image.Pixels;
import kintsugi.weights.StoredTensor;

/**
 * A loaded ONNX graph, run by a runtime that is found on the module path. To be closed; one thread
 * at a time.
 */
public interface OnnxRunner extends AutoCloseable {

  /**
   * An input or an output of a graph.
   *
   * @param name in the graph
   * @param type of its elements
   * @param shape its extents; −1 where one is free
   */
  record Value(String name, StoredTensor.Type type, List<Long> shape) {
    /** Copies the list. */
    public Value {
      shape = List.copyOf(shape);
    }
  }

  /** {@return the runtime and its version} */
  String runtime();

  /** {@return the inputs in the graph's order} */
  List<Value> inputs();

  /** {@return the outputs in the graph's order, those asked for in addition last} */
  List<Value> outputs();

  /** {@return the file's metadata by its keys} */
  Map<String, String> metadata();

  /**
   * Runs the graph.
   *
   * @param inputs every input by its name
   * @param outputs the names of the outputs to compute
   * @return those outputs by their names, in that order
   * @throws InputException if the runtime refuses the inputs or fails
   */
  Map<String, StoredTensor> run(Map<String, StoredTensor> inputs, Collection<String> outputs);

  /** Releases the runtime's memory. */
  @Override
  void close();

  /**
   * {@return a graph, loaded by the first runtime on the module path}
   *
   * @param file an ONNX file
   * @param more names of intermediate values that become outputs as far as the graph has them
   * @throws InputException if the jar with the runtime is not there, or the file is not a graph
   *     that it runs
   */
  static OnnxRunner open(Path file, Collection<String> more) {
    return ServiceLoader.load(Provider.class)
        .findFirst()
        .orElseThrow(() -> new InputException(OnnxFormat.missing(file + ": cannot be run")))
        .open(file, more);
  }

  /** {@return whether there is a runtime on the module path} */
  static boolean isThere() {
    return ServiceLoader.load(Provider.class).findFirst().map(Provider::isThere).orElse(false);
  }

  /**
   * {@return an image as the graphs of {@link OnnxFormat} take it: {@code U8 [1, H, W, 3]}}
   *
   * @param image its pixels
   */
  static StoredTensor images(Pixels image) {
    long[] shape = {1, image.height(), image.width(), 3};
    return new StoredTensor(StoredTensor.Type.U8, shape, ByteBuffer.wrap(image.rgb()));
  }

  /** A runtime in a jar of its own, found by {@link ServiceLoader}. */
  interface Provider {

    /** {@return whether the runtime itself is there} */
    boolean isThere();

    /**
     * {@return a loaded graph}
     *
     * @param file an ONNX file
     * @param more names of intermediate values that become outputs as far as the graph has them
     * @throws InputException if the file is not a graph that the runtime runs
     */
    OnnxRunner open(Path file, Collection<String> more);
  }
}
