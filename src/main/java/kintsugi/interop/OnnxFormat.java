package kintsugi.interop;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import kintsugi.InputException;
import kintsugi.detector.Model;

/**
 * The writer of a model as one ONNX graph, in a jar of its own that is found by {@link
 * ServiceLoader}. The graph takes {@code images}, {@code U8 [N, H, W, 3]}, RGB, and has the outputs
 * below; {@link #STAGES} are values within it.
 */
public interface OnnxFormat {
  /** The input: {@code U8 [N, H, W, 3]}. */
  String IMAGES = "images";

  /** The image score, {@code F32 [N]}. */
  String IMAGE_SCORE = "image_score";

  /** The score map at the size of the network's input, {@code F32 [N, h, w]}. */
  String SCORE_MAP = "score_map";

  /** The image score by the calibration's range, {@code F32 [N]}; of calibrated models. */
  String NORMALISED_SCORE = "normalised_score";

  /** Whether an image is predicted anomalous, {@code BOOL [N]}; of calibrated models. */
  String ANOMALOUS = "anomalous";

  /** The pixels at or above the pixel threshold, {@code BOOL [N, h, w]}; of calibrated models. */
  String ANOMALY_MASK = "anomaly_mask";

  /**
   * The values within the graph by which implementations are compared, under the names and in the
   * layout of a dump ({@code docs/audit.md}), with a leading extent of {@code N}.
   */
  List<String> STAGES =
      List.of(
          "input",
          "layer1",
          "layer2",
          "layer3",
          "layer4",
          "embedding",
          "distances",
          "map",
          "score");

  /**
   * Writes a model.
   *
   * @param model of one of this library's methods
   * @param stages whether {@link #STAGES} are outputs, too
   * @param file the file, which is overwritten
   * @throws InputException if the model has something that cannot be expressed as such a graph, the
   *     graph is beyond the format's limit
   * @throws IOException if the file cannot be written
   */
  void write(Model model, boolean stages, Path file) throws IOException;

  /**
   * {@return the writer}
   *
   * @throws InputException if its jar is not on the module path
   */
  static OnnxFormat find() {
    return ServiceLoader.load(OnnxFormat.class)
        .findFirst()
        .orElseThrow(() -> new InputException(missing("cannot write ONNX")));
  }

  /**
   * {@return what cannot be done without the jar, with the way out}
   *
   * @param what cannot be done
   */
  static String missing(String what) {
    return what
        + ": the jar for ONNX is not built; build it once with mvn -Pinterop -Dmaven.test.skip"
        + " package";
  }
}
