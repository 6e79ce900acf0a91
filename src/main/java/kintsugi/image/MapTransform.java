package kintsugi.image;

import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import org.joml.Matrix3x2d;
import org.joml.Vector2d;

/**
 * The transform between the coordinates of a score map (those of the network's input) and the
 * coordinates of the original image. Both are continuous: the first pixel reaches from 0 to 1.
 *
 * <p>Immutable. {@link Preprocessing#toImage} makes the one of an image.
 */
public final class MapTransform {
  static {
    // JOML would otherwise reach for sun.misc.Unsafe, about which the JDK prints a warning. JOML
    // reads this property once, when the first of its classes is initialised: hence before the
    // fields below. A program that has set the property keeps its own choice.
    if (System.getProperty("joml.nounsafe") == null) {
      System.setProperty("joml.nounsafe", "true");
    }
  }

  private final Matrix3x2d toImage;
  private final Matrix3x2d toMap;

  private MapTransform(Matrix3x2d toImage) {
    this.toImage = toImage;
    this.toMap = toImage.invert(new Matrix3x2d());
  }

  /**
   * {@return the transform {@code image = scale · (map + offset)}}
   *
   * @param scaleX image columns per map column
   * @param scaleY image rows per map row
   * @param left map columns that the crop cut away on the left
   * @param top map rows that the crop cut away at the top
   */
  public static MapTransform of(double scaleX, double scaleY, double left, double top) {
    return new MapTransform(new Matrix3x2d().scale(scaleX, scaleY).translate(left, top));
  }

  /**
   * {@return the transform of an image that was aligned before it became the network's input}
   *
   * @param placement of the image
   * @param width the image's columns
   * @param height the image's rows
   */
  public MapTransform of(Placement placement, int width, int height) {
    return new MapTransform(placement.toImage(width, height).mul(toImage));
  }

  /**
   * {@return the place in the image of a place in the map}
   *
   * @param x the column in the map
   * @param y the row in the map
   */
  public Point2D toImage(double x, double y) {
    Vector2d at = toImage(new Vector2d(x, y));
    return new Point2D.Double(at.x, at.y);
  }

  /**
   * {@return the place in the map of a place in the image, which is outside the map where the crop
   * cut the image}
   *
   * @param x the column in the image
   * @param y the row in the image
   */
  public Point2D toMap(double x, double y) {
    Vector2d at = toMap(new Vector2d(x, y));
    return new Point2D.Double(at.x, at.y);
  }

  /**
   * {@return the rectangle of the image that a rectangle of the map covers}
   *
   * @param left the first column in the map
   * @param top the first row in the map
   * @param right the column after the last
   * @param bottom the row after the last
   */
  public Rectangle2D toImage(double left, double top, double right, double bottom) {
    Vector2d from = toImage(new Vector2d(left, top));
    Vector2d to = toImage(new Vector2d(right, bottom));
    return new Rectangle2D.Double(from.x, from.y, to.x - from.x, to.y - from.y);
  }

  /** Moves a place in the map to the image, in place: for loops over pixels. */
  Vector2d toImage(Vector2d at) {
    return toImage.transformPosition(at);
  }

  /** Moves a place in the image to the map, in place: for loops over pixels. */
  Vector2d toMap(Vector2d at) {
    return toMap.transformPosition(at);
  }
}
