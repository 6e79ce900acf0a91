package kintsugi.detector;

import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import kintsugi.image.MapTransform;
import kintsugi.scoremap.Regions;
import kintsugi.tensor.Tensor;

/**
 * The patches behind an image's score and the regions where its map is high.
 *
 * @param patches the patches with the largest distances, largest first
 * @param boxes around connected regions of the map at or above the pixel threshold, highest first
 */
public record Explanation(List<Patch> patches, List<Box> boxes) {

  /**
   * A patch.
   *
   * @param row of the patch grid
   * @param column of the patch grid
   * @param distance its anomaly score
   * @param box the part of the image that it covers
   * @param channels those that contributed most, largest first
   */
  public record Patch(int row, int column, double distance, Box box, List<Channel> channels) {}

  /**
   * A channel's contribution to a patch's squared distance.
   *
   * @param tap the feature layer
   * @param channel of that layer
   * @param share the contribution as a fraction of the whole; all of a patch's fractions sum to 1,
   *     and one may be negative
   */
  public record Channel(String tap, int channel, double share) {}

  /**
   * A rectangle of the original image, in pixels.
   *
   * @param x the left edge
   * @param y the upper edge
   * @param width columns
   * @param height rows
   * @param peak the maximum of the normalised map in it
   */
  public record Box(double x, double y, double width, double height, double peak) {

    private static Box of(Rectangle2D rectangle, double peak) {
      return new Box(
          rectangle.getX(), rectangle.getY(), rectangle.getWidth(), rectangle.getHeight(), peak);
    }
  }

  /**
   * {@return the regions at or above a threshold, highest first}
   *
   * @param scored the image
   * @param recipe which made its input
   * @param calibration the score range
   * @param pixelThreshold the normalised score from which on a pixel belongs to a region
   */
  public static List<Box> boxes(
      Scored scored, Recipe recipe, Calibration calibration, double pixelThreshold) {
    MapTransform transform = transform(scored, recipe);
    List<Box> boxes = new ArrayList<>();
    for (Regions.Region region :
        Regions.of(scored.map(), calibration.denormalise(pixelThreshold))) {
      Rectangle2D box =
          transform.toImage(region.left(), region.top(), region.right(), region.bottom());
      boxes.add(Box.of(box, calibration.normalise(region.peak())));
    }
    return boxes;
  }

  private static MapTransform transform(Scored scored, Recipe recipe) {
    return recipe.preprocessing().toImage(scored.image().width(), scored.image().height());
  }

  /**
   * {@return the explanation of an image's score}
   *
   * @param scored the image
   * @param detector which scored it
   * @param calibration the score range
   * @param pixelThreshold the normalised score from which on a pixel belongs to a region
   * @param count how many patches, and how many channels of each, are named
   */
  public static Explanation of(
      Scored scored,
      AnomalyDetector detector,
      Calibration calibration,
      double pixelThreshold,
      int count) {
    Tensor distances = scored.distances();
    float[] values = distances.data();
    List<Patch> patches =
        IntStream.range(0, values.length)
            .boxed()
            .sorted(Comparator.comparingDouble(position -> -values[position]))
            .limit(count)
            .map(position -> patch(scored, detector, calibration, distances, position, count))
            .toList();
    return new Explanation(patches, boxes(scored, detector.recipe(), calibration, pixelThreshold));
  }

  private static Patch patch(
      Scored scored,
      AnomalyDetector detector,
      Calibration calibration,
      Tensor distances,
      int position,
      int count) {
    int row = position / distances.dim(1);
    int column = position % distances.dim(1);
    double distance = distances.data()[position];
    double height = (double) detector.inputSize().height() / distances.dim(0);
    double width = (double) detector.inputSize().width() / distances.dim(1);
    Rectangle2D box =
        transform(scored, detector.recipe())
            .toImage(column * width, row * height, column * width + width, row * height + height);
    Inspector.Contributions contributions =
        detector.inspector().contributions(scored.patch(position), position);
    return new Patch(
        row,
        column,
        distance,
        Box.of(box, calibration.normalise(distance)),
        largest(contributions, count));
  }

  private static List<Channel> largest(Inspector.Contributions contributions, int count) {
    double[] values = contributions.values();
    double sum = DoubleStream.of(values).sum();
    return IntStream.range(0, values.length)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -values[i]))
        .limit(count)
        .map(i -> channel(contributions.channels()[i], values[i] / sum, contributions.layers()))
        .toList();
  }

  private static Channel channel(int index, double fraction, Map<String, Integer> layers) {
    int channel = index;
    for (Map.Entry<String, Integer> layer : layers.entrySet()) {
      if (channel < layer.getValue()) {
        return new Channel(layer.getKey(), channel, fraction);
      }
      channel -= layer.getValue();
    }
    throw new IllegalStateException("channel " + index + " is beyond all layers");
  }
}
