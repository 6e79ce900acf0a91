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
   * predicted anomalous, midway between the maxima above and below it; if none or all of the images
   * are, the 95th percentile of the normal ones' maxima}
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
    // In the middle of the gap, in which every threshold does the same to these images.
    double below = Arrays.stream(maxima).filter(m -> m < best).max().orElse(best);
    return (below + best) / 2;
  }
}
