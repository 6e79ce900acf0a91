package kintsugi.spark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.Sha256;
import kintsugi.weights.Safetensors;

/** What the driver has to know of a model, without the model in its heap. */
final class ModelFile {
  private ModelFile() {}

  /**
   * The digest of a calibrated model: the check before a job. Of a model without one, which an
   * earlier release wrote, that of the file.
   *
   * @throws InputException naming the file, if it is not a model, or not calibrated
   */
  static String digestOfCalibrated(Path file) {
    Map<String, String> metadata = requireModel(file);
    if (!metadata.containsKey("calibration")) {
      throw new InputException(
          file
              + ": the model has no threshold yet; calibrate it first, with normal images that it was"
              + " not fitted to");
    }
    try {
      String digest = metadata.get("sha256");
      return digest == null ? Sha256.of(file) : digest;
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read (" + AtomicOutput.reason(e) + ")", e);
    }
  }

  /**
   * The metadata of a model.
   *
   * @throws InputException naming the file, if it is not a model
   */
  static Map<String, String> requireModel(Path file) {
    Map<String, String> metadata = Safetensors.read(file).metadata();
    if (!"model".equals(metadata.get("kind"))) {
      throw new InputException(
          file + ": is not a model of Kintsugi; name the file that fit has written (model)");
    }
    return metadata;
  }
}
