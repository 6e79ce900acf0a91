package kintsugi.interop;

import java.util.List;
import java.util.Optional;
import kintsugi.detector.Calibration;
import kintsugi.detector.CalibrationScores;
import kintsugi.metric.ErrorRate;
import kintsugi.metric.ThresholdRule;

/**
 * anomalib's normalisation and thresholds as a calibration. anomalib shows {@code (s − t)/(max −
 * min) + 1/2}, cut to 0 and 1, with its threshold {@code t} on the scores and the range of the
 * validation images; the same scale, not cut, is the calibration's from {@code t − (max − min)/2}
 * on. Pixels have a range of their own there; here they have the images' scale, and the pixel
 * threshold is brought to it.
 *
 * @param image of the image scores
 * @param pixel of the score maps
 * @param strict whether a score at the threshold is normal, as in anomalib 2
 */
record AnomalibCalibration(Range image, Range pixel, boolean strict) {
  private static final double MIDDLE = 0.5;

  /**
   * The normalisation of one kind of score; NaN for what is not known.
   *
   * @param sensitivity how low the threshold lies on the normalised scale, from its upper end
   */
  record Range(double minimum, double maximum, double threshold, double sensitivity) {
    boolean isKnown() {
      return Double.isFinite(minimum) && Double.isFinite(maximum) && maximum > minimum;
    }

    double length() {
      return maximum - minimum;
    }

    /** anomalib takes the middle of the range where it has no threshold. */
    double middle() {
      return Double.isFinite(threshold) ? threshold : (minimum + maximum) / 2;
    }

    /** The score at which the owner's verdict changes. */
    double verdict() {
      return middle() + (MIDDLE - sensitivity) * length();
    }
  }

  /** The calibration; empty where the range of the image scores is not known. */
  Optional<Calibration> calibration() {
    if (!image.isKnown()) {
      return Optional.empty();
    }
    double low = image.middle() - MIDDLE * image.length();
    double high = low + image.length();
    Range shown = pixel.isKnown() ? pixel : image;
    return Optional.of(
        new Calibration(
            low,
            high,
            lowest(1 - image.sensitivity),
            ThresholdRule.parse(ThresholdRule.VALUE + (1 - image.sensitivity)),
            ErrorRate.UNKNOWN,
            ErrorRate.UNKNOWN,
            lowest((shown.verdict() - low) / image.length()),
            shown.minimum,
            shown.maximum,
            0,
            new CalibrationScores(List.of(), List.of())));
  }

  /** The lowest score that is anomalous. */
  private double lowest(double threshold) {
    return strict ? Math.nextUp((float) threshold) : threshold;
  }
}
