package kintsugi.detector;

import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * The normalised image scores of a calibration's images, in ascending order, kept so that another
 * threshold can be found without the images. Up to {@value #LIMIT} of each kind all of them are
 * kept; of more, that many at even distances of their ranks, the first and the last included.
 *
 * @param normal those of the normal images
 * @param anomalous those of the anomalous ones
 */
public record CalibrationScores(List<Double> normal, List<Double> anomalous) {
  private static final int LIMIT = 10_000;

  /** Those of a calibration by an earlier release, which kept none. */
  static final CalibrationScores NONE = new CalibrationScores(List.of(), List.of());

  /**
   * Checks the scores.
   *
   * @throws IllegalArgumentException if one is not finite
   */
  public CalibrationScores {
    normal = List.copyOf(normal);
    anomalous = List.copyOf(anomalous);
    Recipe.require(
        normal.stream().allMatch(Double::isFinite) && anomalous.stream().allMatch(Double::isFinite),
        "calibration: finite scores");
  }

  static CalibrationScores of(double[] normal, double[] anomalous) {
    return new CalibrationScores(kept(normal), kept(anomalous));
  }

  private static List<Double> kept(double[] scores) {
    double[] sorted = scores.clone();
    Arrays.sort(sorted);
    if (sorted.length <= LIMIT) {
      return DoubleStream.of(sorted).boxed().toList();
    }
    return IntStream.range(0, LIMIT)
        .mapToObj(i -> sorted[(int) ((long) i * (sorted.length - 1) / (LIMIT - 1))])
        .toList();
  }

  /** All of them, normal ones first. */
  double[] all() {
    return DoubleStream.concat(
            normal.stream().mapToDouble(s -> s), anomalous.stream().mapToDouble(s -> s))
        .toArray();
  }
}
