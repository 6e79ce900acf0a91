package kintsugi.examples;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import kintsugi.Kintsugi;
import kintsugi.detector.Calibration;
import kintsugi.detector.Model;
import kintsugi.image.ImageSource;
import kintsugi.metric.ThresholdRule;

/** A calibration from good images alone, with a threshold that one in a hundred exceeds. */
public final class ThresholdByHand {
  private ThresholdByHand() {}

  /**
   * Runs the example.
   *
   * @param arguments the folder of images to fit, the folder of good images to calibrate with, the
   *     model file to write
   */
  public static void main(String... arguments) {
    try (Kintsugi kintsugi = Kintsugi.open()) {
      Model fitted = kintsugi.fit("padim", Path.of(arguments[0]));
      List<ImageSource> good = kintsugi.images(Path.of(arguments[1]));
      Optional<ThresholdRule> rule = Optional.of(ThresholdRule.parse("quantile:0.99"));
      Model model = kintsugi.calibrate(fitted, good, List.of(), rule);
      kintsugi.save(model, Path.of(arguments[2]));
      Calibration calibration = model.requireCalibration();
      System.out.printf(
          "threshold %.3f: %s%n", calibration.threshold(), calibration.rates().sentence());
    }
  }
}
