package kintsugi.detector;

import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kintsugi.image.MapTransform;
import kintsugi.image.TileGrid;
import kintsugi.scoremap.Regions;
import kintsugi.tensor.Tensor;

/**
 * The patches behind an image's score and the regions where its map is high.
 *
 * @param patches the patches with the largest distances, largest first
 * @param boxes around connected regions of the map at or above the pixel threshold, highest first
 */
public record Explanation(List<Patch> patches, List<Box> boxes) {
  /** Training patches that are named for a patch. */
  private static final int NEAREST = 3;

  /**
   * A patch.
   *
   * @param row of the patch grid; the grids of an image's tiles stand one below the other
   * @param column of the patch grid
   * @param distance its anomaly score
   * @param box the part of the image that it covers
   * @param channels those that contributed most, largest first, each once
   * @param nearest the training patches that it was compared with, nearest first; none of a method
   *     that keeps none
   */
  public record Patch(
      int row,
      int column,
      double distance,
      Box box,
      List<Channel> channels,
      List<Inspector.Neighbour> nearest) {}

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
        Regions.of(scored.map(Float.NEGATIVE_INFINITY), calibration.denormalise(pixelThreshold))) {
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
    List<Patch> patches =
        scored.batch().patches().worst(scored.index(), count).stream()
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
    double distance = distances.data()[position];
    return new Patch(
        position / distances.dim(1),
        position % distances.dim(1),
        distance,
        Box.of(place(scored, detector, distances, position), calibration.normalise(distance)),
        largest(contributions(scored, detector, position), count),
        detector
            .session()
            .exclusively(() -> detector.inspector().nearest(scored.patch(position), NEAREST)));
  }

  /**
   * {@return the part of an image that a patch covers, with the patch's own distance}
   *
   * @param scored the image
   * @param detector which scored it
   * @param row of the patch grid
   * @param column of the patch grid
   */
  public static Box box(Scored scored, AnomalyDetector detector, int row, int column) {
    Tensor distances = scored.distances();
    int position = row * distances.dim(1) + column;
    return Box.of(place(scored, detector, distances, position), distances.data()[position]);
  }

  /** The part of the image that a patch covers. */
  private static Rectangle2D place(
      Scored scored, AnomalyDetector detector, Tensor distances, int position) {
    int row = position / distances.dim(1);
    int column = position % distances.dim(1);
    TileGrid tiles = detector.tiles();
    int rowsPerTile = distances.dim(0) / tiles.count();
    double height = (double) tiles.tileHeight() / rowsPerTile;
    double width = (double) tiles.tileWidth() / distances.dim(1);
    double top = tiles.top(row / rowsPerTile) + row % rowsPerTile * height;
    double left = tiles.left(row / rowsPerTile) + column * width;
    return transform(scored, detector.recipe())
        .of(scored.placement(), scored.image().width(), scored.image().height())
        .toImage(left, top, left + width, top + height);
  }

  /**
   * {@return the fractions of the squared distance that the feature layers contribute to a box's
   * highest patch, in the layers' order; empty if the patch does not differ, or is not among those
   * whose embeddings are kept}
   *
   * @param scored the image
   * @param detector which scored it
   * @param box a region of the image
   */
  static Map<String, Double> layers(Scored scored, AnomalyDetector detector, Box box) {
    Rectangle2D region = new Rectangle2D.Double(box.x, box.y, box.width, box.height);
    Tensor distances = scored.distances();
    Map<String, Double> layers = new LinkedHashMap<>();
    scored.batch().patches().worst(scored.index(), distances.size()).stream()
        .filter(p -> place(scored, detector, distances, p).intersects(region))
        .findFirst()
        .map(position -> contributions(scored, detector, position).fractions())
        .orElse(List.of())
        .stream()
        .filter(channel -> Double.isFinite(channel.share))
        .forEach(channel -> layers.merge(channel.tap, channel.share, Double::sum));
    return layers;
  }

  /** Computed while no other work is on the engine. */
  private static Inspector.Contributions contributions(
      Scored scored, AnomalyDetector detector, int position) {
    return detector
        .session()
        .exclusively(() -> detector.inspector().contributions(scored.patch(position), position));
  }

  private static List<Channel> largest(Inspector.Contributions contributions, int count) {
    return contributions.fractions().stream()
        .sorted(Comparator.comparingDouble((Channel channel) -> -channel.share()))
        .limit(count)
        .toList();
  }
}
