package kintsugi.detector;

import java.awt.geom.Point2D;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import kintsugi.image.MapTransform;
import kintsugi.image.Pixels;
import kintsugi.image.Preprocessing;
import kintsugi.image.Region;
import kintsugi.tensor.Tensor;
import org.apache.commons.math3.stat.StatUtils;

/**
 * The statistics of one image by which a change of a stream of images is noticed, such as of its
 * light. They are of at most {@value #POINTS} pixels at even distances of what the score map covers
 * and is looked at. NaN where unknown.
 *
 * @param luminance the mean luminance by ITU-R BT.601, 0 to 255
 * @param contrast the standard deviation of the luminance
 * @param sharpness the standard deviation of the luminance's Laplacian, over neighbouring pixels
 * @param warmth the mean of red minus blue
 * @param median of the score map, normalised; NaN where the score is of a model of a
 *     cross-validation
 */
public record ImageStatistics(
    double luminance, double contrast, double sharpness, double warmth, double median)
    implements Serializable {
  private static final int POINTS = 4096;

  /** Those of an image of a calibration by an earlier release. */
  static final ImageStatistics UNKNOWN =
      new ImageStatistics(Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN);

  /**
   * {@return the statistics of an image, the median as the map has it}
   *
   * @param image the image
   * @param map its score map, {@code [H, W]}
   * @param looked the map's pixels that were looked at; empty if all were
   * @param preprocessing by which the image became the network's input
   */
  static ImageStatistics of(
      Pixels image, Tensor map, Optional<Region> looked, Preprocessing preprocessing) {
    MapTransform toImage = preprocessing.toImage(image.width(), image.height());
    int[] points = points(map.size(), looked);
    float[] values = new float[points.length];
    double[] luminance = new double[points.length];
    double[] laplacian = new double[points.length];
    double[] warmth = new double[points.length];
    for (int i = 0; i < points.length; i++) {
      values[i] = map.data()[points[i]];
      int column = points[i] % map.dim(1);
      int row = points[i] / map.dim(1);
      Point2D at = toImage.toImage(column + 0.5, row + 0.5);
      int x = Math.clamp((long) at.getX(), 0, image.width() - 1);
      int y = Math.clamp((long) at.getY(), 0, image.height() - 1);
      luminance[i] = luminance(image, x, y);
      laplacian[i] = laplacian(image, x, y);
      warmth[i] = image.at(x, y, 0) - image.at(x, y, 2);
    }
    Arrays.sort(values);
    return new ImageStatistics(
        StatUtils.mean(luminance),
        Math.sqrt(StatUtils.populationVariance(luminance)),
        Math.sqrt(StatUtils.populationVariance(laplacian)),
        StatUtils.mean(warmth),
        values[values.length / 2]);
  }

  /** The same with the median in other units, or unknown. */
  ImageStatistics withMedian(double other) {
    return new ImageStatistics(luminance, contrast, sharpness, warmth, other);
  }

  private static int[] points(int size, Optional<Region> looked) {
    if (looked.isEmpty()) {
      int step = Math.ceilDiv(size, POINTS);
      return IntStream.range(0, Math.ceilDiv(size, step)).map(i -> i * step).toArray();
    }
    int[] inside = IntStream.range(0, size).filter(looked.get()::at).toArray();
    int[] places = points(inside.length, Optional.empty());
    return Arrays.stream(places).map(i -> inside[i]).toArray();
  }

  private static double luminance(Pixels image, int x, int y) {
    return 0.299 * image.at(x, y, 0) + 0.587 * image.at(x, y, 1) + 0.114 * image.at(x, y, 2);
  }

  /** Of the five-point stencil, with the image's edge repeated. */
  private static double laplacian(Pixels image, int x, int y) {
    return luminance(image, Math.max(0, x - 1), y)
        + luminance(image, Math.min(image.width() - 1, x + 1), y)
        + luminance(image, x, Math.max(0, y - 1))
        + luminance(image, x, Math.min(image.height() - 1, y + 1))
        - 4 * luminance(image, x, y);
  }
}
