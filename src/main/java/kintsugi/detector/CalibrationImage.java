package kintsugi.detector;

/**
 * What a calibration keeps of one of its images.
 *
 * @param name of the image as it was named, such as the path of its file; empty in a calibration by
 *     an earlier release
 * @param sha256 of its width, its height and its RGB values, in hexadecimal digits; empty in a
 *     calibration by an earlier release
 * @param score the normalised image score
 * @param statistics by which a change of a stream of images is noticed
 */
public record CalibrationImage(
    String name, String sha256, double score, ImageStatistics statistics) {
  /**
   * Checks the score.
   *
   * @throws IllegalArgumentException if it is not finite
   */
  public CalibrationImage {
    Recipe.require(Double.isFinite(score), "calibration: finite scores");
  }

  /** That of an earlier release, which kept the score alone. */
  static CalibrationImage of(double score) {
    return new CalibrationImage("", "", score, ImageStatistics.UNKNOWN);
  }
}
