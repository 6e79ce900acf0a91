package kintsugi.detector;

import java.util.Arrays;
import java.util.stream.IntStream;
import kintsugi.metric.ThresholdRule;
import org.apache.commons.math3.stat.descriptive.rank.Percentile;

/**
 * The choice of the pixel threshold, so that regions and verdicts agree: an image has a region if
 * the maximum of its map reaches the threshold, and it should have one if it is predicted
 * anomalous.
 */
final class PixelThreshold {
  private static final double PERCENTILE = 95;

  private PixelThreshold() {}

  /**
   * {@return the threshold of the maxima that tells best, by Youden's index, which images are
   * predicted anomalous; if none or all of them are, the 95th percentile of the normal images'
   * maxima}
   *
   * @param maxima of the images' maps, first those of the normal images
   * @param scores of the images
   * @param threshold the score from which on an image is predicted anomalous
   * @param normals how many of the images are normal
   */
  static double of(double[] maxima, double[] scores, double threshold, int normals) {
    boolean[] predicted = new boolean[scores.length];
    IntStream.range(0, scores.length).forEach(i -> predicted[i] = scores[i] >= threshold);
    long count = IntStream.range(0, scores.length).filter(i -> predicted[i]).count();
    if (count == 0 || count == scores.length) {
      return new Percentile().evaluate(Arrays.copyOf(maxima, normals), PERCENTILE);
    }
    double best = ThresholdRule.YOUDEN.threshold(maxima, predicted);
    // The next fp32 value below, so that rounding does not cost the image at it its region.
    return Math.min(best, Math.nextDown((float) best));
  }
}
