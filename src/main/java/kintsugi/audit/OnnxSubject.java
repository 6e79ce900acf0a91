package kintsugi.audit;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kintsugi.InputException;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.interop.OnnxFormat;
import kintsugi.interop.OnnxRunner;
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

  private final Path file;
  private final OnnxRunner runner;
  private final OnnxRunner.Value input;

  private OnnxSubject(Path file, OnnxRunner runner) {
    this.file = file;
    this.runner = runner;
    if (runner.inputs().size() != 1 || runner.inputs().getFirst().shape().size() != 4) {
      runner.close();
      throw new InputException(file + ": does not take one batch of images; name another graph");
    }
    this.input = runner.inputs().getFirst();
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
    List<String> outputs = runner.outputs().stream().map(OnnxRunner.Value::name).toList();
    Map<String, StoredTensor> found = runner.run(Map.of(input.name(), fed(pixels)), outputs);
    Map<String, StoredTensor> values = new LinkedHashMap<>();
    values.put("pixels", pixels(pixels));
    found.forEach((name, value) -> values.putIfAbsent(NAMES.getOrDefault(name, name), value));
    return Dump.stored("" + file, values);
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
    Planes planes = Planes.of(pixels);
    int height = extent(2).orElse(planes.h());
    int width = extent(3).orElse(planes.w());
    if (height != planes.h() || width != planes.w()) {
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
    return extent > 0 ? Optional.of(Math.toIntExact(extent)) : Optional.empty();
  }

  @Override
  public void close() {
    runner.close();
  }
}
