package kintsugi.image;

import java.util.BitSet;
import kintsugi.tensor.Tensor;
import org.joml.Vector2d;

/** The way of maps back from the frame that an image was aligned to, to where the image is. */
public final class Restored {
  private final MapTransform plain;
  private final MapTransform aligned;

  /**
   * The way back of one image.
   *
   * @param placement of the image
   * @param preprocessing of the aligned image
   * @param width the image's columns
   * @param height the image's rows
   */
  public Restored(Placement placement, Preprocessing preprocessing, int width, int height) {
    this.plain = preprocessing.toImage(width, height);
    this.aligned = plain.of(placement, width, height);
  }

  /** The place in the aligned map of the centre of a pixel of the restored one. */
  private Vector2d source(Vector2d at, int pixel, int columns) {
    plain.toImage(at.set(pixel % columns + 0.5, pixel / columns + 0.5));
    return aligned.toMap(at);
  }

  /**
   * {@return a region in the image's frame; what was beyond the aligned image is not in it}
   *
   * @param region of the aligned image, at the size of the network's input
   */
  public Region region(Region region) {
    BitSet inside = new BitSet(region.width() * region.height());
    Vector2d at = new Vector2d();
    for (int i = 0; i < region.width() * region.height(); i++) {
      source(at, i, region.width());
      inside.set(i, isInside(at, region) && region.at((int) at.x, (int) at.y));
    }
    return Region.of(region.width(), region.height(), inside);
  }

  private static boolean isInside(Vector2d at, Region region) {
    return at.x >= 0 && at.y >= 0 && at.x < region.width() && at.y < region.height();
  }

  /**
   * {@return a score map in the image's frame, {@code [H, W]}, 0 outside of the region}
   *
   * @param map of the aligned image, {@code [H, W]}
   * @param region of the aligned image, of the map's size
   */
  public Tensor map(Tensor map, Region region) {
    Tensor restored = Tensor.zeros(map.dim(0), map.dim(1));
    Vector2d at = new Vector2d();
    for (int i = 0; i < map.size(); i++) {
      source(at, i, region.width());
      if (isInside(at, region) && region.at((int) at.x, (int) at.y)) {
        restored.data()[i] = (float) bilinear(map, at.x - 0.5, at.y - 0.5);
      }
    }
    return restored;
  }

  private static double bilinear(Tensor map, double px, double py) {
    int width = map.dim(1);
    double x = Math.clamp(px, 0, width - 1.0);
    double y = Math.clamp(py, 0, map.dim(0) - 1.0);
    int left = (int) x;
    int top = (int) y * width;
    int right = Math.min(left + 1, width - 1);
    int bottom = Math.min((int) y + 1, map.dim(0) - 1) * width;
    float[] values = map.data();
    double upper = values[top + left] * (1 - x + left) + values[top + right] * (x - left);
    double lower = values[bottom + left] * (1 - x + left) + values[bottom + right] * (x - left);
    return upper * (1 - y + (int) y) + lower * (y - (int) y);
  }
}
