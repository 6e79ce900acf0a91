package kintsugi.detector;

import java.util.ArrayList;
import java.util.List;
import kintsugi.image.Preprocessing;
import kintsugi.scoremap.Regions;
import org.joml.Matrix3x2d;
import org.joml.Vector2d;

/**
 * Why a picture has its score.
 *
 * @param patches the patches with the largest distances, largest first
 * @param boxes around connected regions of the map at or above the pixel threshold, highest first
 */
public record Explanation(List<Patch> patches, List<Box> boxes) {

  /**
   * One patch.
   *
   * @param row of the patch grid
   * @param column of the patch grid
   * @param distance its anomaly score
   * @param box what it covers of the picture
   * @param channels those that contributed most, largest first
   */
  public record Patch(int row, int column, double distance, Box box, List<Channel> channels) {}

  /**
   * One channel's part in a patch's squared distance.
   *
   * @param tap the layer
   * @param channel of that layer
   * @param share of the whole; all of a patch's shares sum to 1, and one may be negative
   */
  public record Channel(String tap, int channel, double share) {}

  /**
   * A rectangle of the original picture, in pixels.
   *
   * @param x the left edge
   * @param y the upper edge
   * @param width columns
   * @param height rows
   * @param peak the largest normalised map value in it
   */
  public record Box(double x, double y, double width, double height, double peak) {}

  /** A patch as the detector knows it. */
  record Place(int row, int column, double distance, List<Channel> channels) {}

  /** Puts together what a detector says of its patches and what the map shows. */
  static Explanation of(
      AnomalyDetector.Scored scored,
      Preprocessing preprocessing,
      Calibration calibration,
      double pixelThreshold,
      List<Place> places) {
    var picture = scored.picture();
    Matrix3x2d toPicture = preprocessing.toPicture(picture.width(), picture.height());
    List<Box> boxes = new ArrayList<>();
    double threshold =
        calibration.low() + pixelThreshold * (calibration.high() - calibration.low());
    for (Regions.Region region : Regions.of(scored.map(), threshold)) {
      double peak = calibration.normalise(region.peak());
      boxes.add(box(toPicture, region.left(), region.top(), region.right(), region.bottom(), peak));
    }
    double cellHeight = (double) scored.map().dim(0) / scored.distances().dim(0);
    double cellWidth = (double) scored.map().dim(1) / scored.distances().dim(1);
    List<Patch> patches = new ArrayList<>();
    for (Place place : places) {
      double left = place.column * cellWidth;
      double top = place.row * cellHeight;
      double peak = calibration.normalise(place.distance);
      Box box = box(toPicture, left, top, left + cellWidth, top + cellHeight, peak);
      patches.add(new Patch(place.row, place.column, place.distance, box, place.channels));
    }
    return new Explanation(patches, boxes);
  }

  private static Box box(
      Matrix3x2d toPicture, double left, double top, double right, double bottom, double peak) {
    Vector2d from = toPicture.transformPosition(new Vector2d(left, top));
    Vector2d to = toPicture.transformPosition(new Vector2d(right, bottom));
    return new Box(from.x, from.y, to.x - from.x, to.y - from.y, peak);
  }
}
