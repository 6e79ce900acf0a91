package kintsugi.detector;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kintsugi.InputException;
import kintsugi.image.Interpolation;
import kintsugi.image.Preprocessing;
import kintsugi.image.TargetSize;
import kintsugi.weights.Safetensors;

/**
 * A fitted detector with, once it is calibrated, its score range and threshold: what a model file
 * holds. The file is safetensors; everything but the numbers of the fit is in its metadata.
 *
 * @param detector the fitted method
 * @param calibration empty until the model is calibrated
 * @param fingerprint of the weights it was fitted with
 * @param seed of the fit
 */
public record Model(
    AnomalyDetector detector, Optional<Calibration> calibration, String fingerprint, long seed) {
  private static final String FORMAT = "kintsugi.format";
  private static final String VERSION = "1";

  /** The same model with a calibration. */
  public Model with(Calibration calibrated) {
    return new Model(detector, Optional.of(calibrated), fingerprint, seed);
  }

  /**
   * The calibration.
   *
   * @param file where the model came from, for the message
   * @throws InputException if there is none
   */
  public Calibration requireCalibration(Path file) {
    return calibration.orElseThrow(
        () ->
            new InputException(
                file
                    + ": has no threshold yet; run ./kintsugi calibrate --model "
                    + file
                    + " --normal DIR --anomalous DIR first"));
  }

  /**
   * Writes the model file whole or not at all.
   *
   * @throws InputException if it cannot be written
   */
  public void save(Path file) {
    new Safetensors(metadata(), detector.tensors()).write(file);
  }

  private Map<String, String> metadata() {
    Recipe recipe = detector.recipe();
    Preprocessing input = recipe.preprocessing();
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(FORMAT, VERSION);
    metadata.put("recipe", recipe.name());
    metadata.put("resize", input.resize().toString());
    metadata.put("interpolation", input.interpolation().name());
    metadata.put("crop", new TargetSize.Exact(input.cropWidth(), input.cropHeight()).toString());
    metadata.put("taps", String.join(",", recipe.taps()));
    metadata.put("channels", Integer.toString(recipe.channels()));
    metadata.put("replacement", Boolean.toString(recipe.replacement()));
    metadata.put("epsilon", Double.toString(recipe.epsilon()));
    metadata.put("blur_sigma", Double.toString(recipe.blurSigma()));
    metadata.put("weights", fingerprint);
    metadata.put("seed", Long.toString(seed));
    calibration.ifPresent(
        c -> {
          metadata.put("calibration.low", Double.toString(c.low()));
          metadata.put("calibration.high", Double.toString(c.high()));
          metadata.put("calibration.threshold", Double.toString(c.threshold()));
          metadata.put("calibration.display_high", Double.toString(c.displayHigh()));
        });
    return metadata;
  }

  /**
   * Reads a model file.
   *
   * @param fingerprint of the weights that will be used with it
   * @throws InputException if it is no model file, is cut short, or was fitted with other weights
   */
  public static Model load(Path file, String fingerprint) {
    Safetensors stored = Safetensors.read(file);
    Metadata metadata = new Metadata(stored.metadata());
    try {
      if (!VERSION.equals(metadata.get(FORMAT))) {
        throw new IllegalArgumentException("its format is " + metadata.get(FORMAT));
      }
      String fittedWith = metadata.get("weights");
      if (!fittedWith.equals(fingerprint)) {
        throw new InputException(
            file
                + ": was fitted with other weights ("
                + fittedWith
                + ", not "
                + fingerprint
                + "); name those with --weights, or fit again");
      }
      Recipe recipe = metadata.recipe();
      AnomalyDetector detector = PadimDetector.load(recipe, stored.tensors());
      long seed = Long.parseLong(metadata.get("seed"));
      return new Model(detector, metadata.calibration(), fittedWith, seed);
    } catch (IllegalArgumentException e) {
      throw new InputException(
          file + ": is no model of Kintsugi (" + e.getMessage() + "); make one with fit", e);
    }
  }

  /** The metadata of a file, where nothing may be missing. */
  private record Metadata(Map<String, String> entries) {

    String get(String key) {
      String value = entries.get(key);
      if (value == null) {
        throw new IllegalArgumentException("its metadata has no " + key);
      }
      return value;
    }

    double number(String key) {
      return Double.parseDouble(get(key));
    }

    Recipe recipe() {
      TargetSize crop = TargetSize.parse(get("crop"));
      Preprocessing input =
          new Preprocessing(
              TargetSize.parse(get("resize")),
              Interpolation.valueOf(get("interpolation")),
              crop.width(1, 1),
              crop.height(1, 1));
      return new Recipe(
          get("recipe"),
          input,
          List.of(get("taps").split(",")),
          Integer.parseInt(get("channels")),
          Boolean.parseBoolean(get("replacement")),
          number("epsilon"),
          number("blur_sigma"));
    }

    Optional<Calibration> calibration() {
      if (!entries.containsKey("calibration.threshold")) {
        return Optional.empty();
      }
      return Optional.of(
          new Calibration(
              number("calibration.low"),
              number("calibration.high"),
              number("calibration.threshold"),
              number("calibration.display_high")));
    }
  }
}
