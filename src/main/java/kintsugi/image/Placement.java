package kintsugi.image;

import java.util.Locale;
import org.joml.Matrix3x2d;
import org.joml.Vector2d;

/**
 * The placement of an image against a reference: how far what it shows is moved and turned.
 *
 * @param dx columns to the right
 * @param dy rows down
 * @param degrees clockwise about the image's centre, before the shift
 * @param quality how well the two agree once they are aligned, from 0 to 1
 */
public record Placement(double dx, double dy, double degrees, double quality) {
  /** Of an image that needs no alignment. */
  public static final Placement EXACT = new Placement(0, 0, 0, 1);

  /** {@return the length of the shift} */
  public double shift() {
    return StrictMath.hypot(dx, dy);
  }

  /** {@return whether the image is in the reference's place} */
  public boolean isExact() {
    return dx == 0 && dy == 0 && degrees == 0;
  }

  /** The way from a place in the reference's frame to the one in the image. */
  Matrix3x2d toImage(int width, int height) {
    return new Matrix3x2d()
        .translate(dx, dy)
        .translate(width / 2.0, height / 2.0)
        .rotate(Math.toRadians(degrees))
        .translate(-width / 2.0, -height / 2.0);
  }

  /**
   * {@return the image as it would be in the reference's place; what lies beyond its edges repeats
   * them}
   *
   * @param image the image that is placed so
   */
  public Pixels undo(Pixels image) {
    int width = image.width();
    int height = image.height();
    MapTransform toImage = MapTransform.of(1, 1, 0, 0).of(this, width, height);
    byte[] rgb = new byte[image.rgb().length];
    Vector2d at = new Vector2d();
    for (int i = 0; i < width * height; i++) {
      toImage.toImage(at.set(i % width + 0.5, i / width + 0.5));
      double x = Math.clamp(at.x - 0.5, 0, width - 1.0);
      double y = Math.clamp(at.y - 0.5, 0, height - 1.0);
      int left = (int) x;
      int top = (int) y;
      int right = Math.min(left + 1, width - 1);
      int bottom = Math.min(top + 1, height - 1);
      for (int c = 0; c < 3; c++) {
        double upper = mix(image.at(left, top, c), image.at(right, top, c), x - left);
        double lower = mix(image.at(left, bottom, c), image.at(right, bottom, c), x - left);
        rgb[3 * i + c] = (byte) Math.round(mix(upper, lower, y - top));
      }
    }
    return new Pixels(width, height, rgb);
  }

  private static double mix(double from, double to, double weight) {
    return from + (to - from) * weight;
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%.1f pixels, %.1f degrees", shift(), Math.abs(degrees));
  }
}
