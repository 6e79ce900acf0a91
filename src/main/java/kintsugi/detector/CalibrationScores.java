package kintsugi.detector;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The images of a calibration with their normalised scores, in ascending order of these, kept so
 * that another threshold can be found without the images, and new ones be compared with them. Up to
 * {@value #LIMIT} of each kind all of them are kept; of more, that many at even distances of their
 * ranks, the first and the last included.
 *
 * @param normal the normal images
 * @param anomalous the anomalous ones
 */
public record CalibrationScores(List<CalibrationImage> normal, List<CalibrationImage> anomalous) {
  private static final int LIMIT = 10_000;

  /** Those of a calibration by an earlier release, which kept none. */
  static final CalibrationScores NONE = new CalibrationScores(List.of(), List.of());

  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException if one is not in ascending order of the scores
   */
  public CalibrationScores {
    normal = List.copyOf(normal);
    anomalous = List.copyOf(anomalous);
    Recipe.require(
        isAscending(normal) && isAscending(anomalous), "calibration: scores in ascending order");
  }

  private static boolean isAscending(List<CalibrationImage> images) {
    return IntStream.range(1, images.size())
        .allMatch(i -> images.get(i - 1).score() <= images.get(i).score());
  }

  /** Those of images in any order. */
  static CalibrationScores of(List<CalibrationImage> normal, List<CalibrationImage> anomalous) {
    return new CalibrationScores(kept(normal), kept(anomalous));
  }

  private static List<CalibrationImage> kept(List<CalibrationImage> images) {
    List<CalibrationImage> sorted =
        images.stream()
            .sorted(
                Comparator.comparingDouble(CalibrationImage::score)
                    .thenComparing(CalibrationImage::sha256)
                    .thenComparing(CalibrationImage::name))
            .toList();
    if (sorted.size() <= LIMIT) {
      return sorted;
    }
    return IntStream.range(0, LIMIT)
        .mapToObj(i -> sorted.get((int) ((long) i * (sorted.size() - 1) / (LIMIT - 1))))
        .toList();
  }

  /** Whether models of a cross-validation made the scores, not the model itself. */
  boolean heldOut() {
    return !normal.isEmpty()
        && normal.stream()
            .map(CalibrationImage::statistics)
            .allMatch(s -> Double.isNaN(s.median()) && !Double.isNaN(s.luminance()));
  }

  /** How many of the normal scores are at or above a normalised score. */
  int normalAtLeast(double score) {
    return (int) normal.stream().filter(image -> image.score() >= score).count();
  }

  /** All scores, those of normal images first. */
  double[] all() {
    return Stream.concat(normal.stream(), anomalous.stream())
        .mapToDouble(CalibrationImage::score)
        .toArray();
  }

  /** Whether the maximum of every image's score map is known, and there are some. */
  boolean hasMaxima() {
    return !normal.isEmpty() && Arrays.stream(maxima()).allMatch(Double::isFinite);
  }

  /** The maxima of all score maps, those of normal images first. */
  double[] maxima() {
    return Stream.concat(normal.stream(), anomalous.stream())
        .mapToDouble(CalibrationImage::maximum)
        .toArray();
  }
}
