package kintsugi.spark;

import java.nio.file.Path;
import java.util.Map;
import kintsugi.InputException;
import kintsugi.weights.Safetensors;

/** What the driver has to know of a model, without the model in its heap. */
final class ModelFile {
  private ModelFile() {}

  /**
   * Throws unless a file is a calibrated model: the check before a job.
   *
   * @throws InputException naming the file
   */
  static void requireCalibrated(Path file) {
    Map<String, String> metadata = Safetensors.read(file).metadata();
    if (!"model".equals(metadata.get("kind"))) {
      throw new InputException(
          file + ": is not a model of Kintsugi; name the file that fit has written (model)");
    }
    if (!metadata.containsKey("calibration")) {
      throw new InputException(
          file
              + ": the model has no threshold yet; calibrate it first, with normal images that it was"
              + " not fitted to");
    }
  }
}
