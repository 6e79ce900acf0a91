package kintsugi.detector;

import java.io.Serializable;

/**
 * What a calibration keeps of one of its images.
 *
 * @param name of the image as it was named, such as the path of its file; empty in a calibration by
 *     an earlier release
 * @param sha256 of its width, its height and its RGB values, in hexadecimal digits; empty where it
 *     is not known
 * @param score the normalised image score
 * @param maximum of the normalised score map, by which the pixel threshold follows another
 *     threshold; NaN where it is not known
 * @param statistics by which a change of a stream of images is noticed
 */
public record CalibrationImage(
    String name, String sha256, double score, double maximum, ImageStatistics statistics)
    implements Serializable {
  /**
   * Checks the score.
   *
   * @throws IllegalArgumentException if it is not finite
   */
  public CalibrationImage {
    Recipe.require(Double.isFinite(score), "calibration: finite scores");
  }

  /**
   * {@return what a calibration would keep of an image, but for its hash and its maximum}
   *
   * @param prediction for the image
   */
  public static CalibrationImage of(Prediction prediction) {
    ImageStatistics statistics =
        ImageStatistics.of(
            prediction.image(),
            prediction.map(),
            prediction.looked(),
            prediction.model().recipe().preprocessing());
    double median =
        prediction
            .model()
            .calibration()
            .map(calibration -> calibration.normalise(statistics.median()))
            .orElse(statistics.median());
    return new CalibrationImage(
        prediction.source().name(),
        "",
        prediction.finding().score(),
        Double.NaN,
        statistics.withMedian(median));
  }

  /** That of an earlier release, which kept the score alone. */
  static CalibrationImage of(double score) {
    return new CalibrationImage("", "", score, Double.NaN, ImageStatistics.UNKNOWN);
  }
}
