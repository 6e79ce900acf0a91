package kintsugi.audit;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import kintsugi.InputException;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.interop.OnnxFormat;
import kintsugi.interop.OnnxRunner;
import kintsugi.weights.OnnxGraph;
import kintsugi.weights.StoredTensor;

/**
 * An ONNX graph that a runtime runs: one that takes pixels, as this library's exports, or an image
 * of values from 0 to 1, channels first, as anomalib's.
 */
public final class OnnxSubject implements Subject, AutoCloseable {
  /** The outputs of this library's graphs and of anomalib's by the names of a dump. */
  private static final Map<String, String> NAMES =
      Map.of(
          OnnxFormat.IMAGE_SCORE,
          "score",
          OnnxFormat.SCORE_MAP,
          "map",
          OnnxFormat.NORMALISED_SCORE,
          "normalised",
          OnnxFormat.ANOMALOUS,
          "verdict",
          "pred_score",
          "normalised",
          "pred_label",
          "verdict");

  private static final String PRED_SCORE = "pred_score";

  /** Operations that leave the values of their first operand as they are. */
  private static final Set<String> SHAPES =
      Set.of("Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze");

  private static final int MOST_PIXELS = 1 << 26;

  private final Path file;
  private final OnnxRunner runner;
  private final List<String> outputs;
  private final boolean isNormalised;
  private final OnnxRunner.Value input;
  private final Set<String> notices = new LinkedHashSet<>();

  private OnnxSubject(Path file, OnnxRunner runner) {
    this.file = file;
    this.runner = runner;
    if (runner.inputs().size() != 1 || runner.inputs().getFirst().shape().size() != 4) {
      runner.close();
      throw new InputException(file + ": does not take one batch of images; name another graph");
    }
    this.input = runner.inputs().getFirst();
    this.outputs = runner.outputs().stream().map(OnnxRunner.Value::name).toList();
    this.isNormalised = outputs.contains("pred_label") && isCut(file, outputs);
  }

  /**
   * {@return a graph}
   *
   * @param file an ONNX file
   * @throws InputException if it cannot be run here, or takes something else than images
   */
  public static OnnxSubject of(Path file) {
    return new OnnxSubject(file, OnnxRunner.open(file, OnnxFormat.STAGES));
  }

  @Override
  public String name() {
    return file + " (" + runner.runtime() + ")";
  }

  @Override
  public List<String> images() {
    return List.of();
  }

  @Override
  public Dump values(ImageSource image) {
    Pixels pixels = image.read();
    Map<String, StoredTensor> found = runner.run(Map.of(input.name(), fed(pixels)), outputs);
    Map<String, StoredTensor> values = new LinkedHashMap<>();
    values.put("pixels", pixels(pixels));
    found.forEach((name, value) -> values.putIfAbsent(name(name), value));
    return Dump.stored("" + file, values);
  }

  /** An output's name in a dump: anomalib's has one name for both kinds of score. */
  private String name(String output) {
    return output.equals(PRED_SCORE) && !isNormalised
        ? "score"
        : NAMES.getOrDefault(output, output);
  }

  /**
   * Whether the graph cuts its score to a range, as anomalib's post-processor does after it has
   * normalised it; where its steps cannot be read, a label speaks for a post-processor.
   */
  private static boolean isCut(Path file, List<String> outputs) {
    if (!outputs.contains(PRED_SCORE)) {
      return false;
    }
    List<OnnxGraph.Node> nodes;
    try {
      nodes = OnnxGraph.read(file).nodes();
    } catch (InputException unreadable) {
      return true;
    }
    String value = PRED_SCORE;
    for (OnnxGraph.Node node : nodes.reversed()) {
      if (node.outputs().contains(value)) {
        if (!SHAPES.contains(node.operation())) {
          return node.operation().equals("Clip");
        }
        value = node.inputs().getFirst();
      }
    }
    return false;
  }

  @Override
  public List<String> notices() {
    return List.copyOf(notices);
  }

  private static StoredTensor pixels(Pixels pixels) {
    return OnnxRunner.images(pixels);
  }

  private StoredTensor fed(Pixels pixels) {
    if (input.type() == StoredTensor.Type.U8) {
      return OnnxRunner.images(pixels);
    }
    if (input.type() != StoredTensor.Type.F32) {
      throw new InputException(file + ": takes " + input.type() + " where U8 or F32 is known");
    }
    if (extent(1).orElse(3) != 3) {
      throw new InputException(
          file + ": takes " + extent(1).get() + " channels where 3 are known; name another graph");
    }
    Planes planes = Planes.of(pixels);
    int height = extent(2).orElse(planes.h());
    int width = extent(3).orElse(planes.w());
    if ((long) height * width > MOST_PIXELS) {
      throw new InputException(
          file + ": takes " + width + "x" + height + " pixels, more than " + MOST_PIXELS);
    }
    if (height != planes.h() || width != planes.w()) {
      notices.add(
          file
              + ": takes "
              + width
              + "x"
              + height
              + " pixels, to which images were resized here (bilinear with antialias); the graph's"
              + " own program may resize otherwise");
      planes = planes.resized(Resampling.SHRINKING.getFirst(), height, width);
    }
    float[] values = new float[3 * height * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (planes.planes()[i / (height * width)][i % (height * width)] / 255);
    }
    return StoredTensor.of(values, 1, 3, height, width);
  }

  private Optional<Integer> extent(int dimension) {
    long extent = input.shape().get(dimension);
    return extent > 0 ? Optional.of((int) Math.min(extent, Integer.MAX_VALUE)) : Optional.empty();
  }

  @Override
  public void close() {
    runner.close();
  }
}
