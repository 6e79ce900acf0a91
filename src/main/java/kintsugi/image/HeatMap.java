package kintsugi.image;

import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.util.Optional;
import kintsugi.tensor.Tensor;
import org.joml.Vector2d;

/**
 * The overlay of a score map on its image, at the image's own size, or smaller where that is very
 * large. What is below the scale's threshold is the image as it is; what is above has its colour,
 * through which the image shows, and a contour. The part of the image outside the crop is darkened.
 */
public final class HeatMap {
  /** Pixels of the largest overlay, whose memory is 256 MB. */
  private static final int MAX_PIXELS = 64_000_000;

  private static final double OUTSIDE_BRIGHTNESS = 0.55;

  private final Tensor map;
  private final MapTransform transform;
  private final Vector2d at = new Vector2d();

  private HeatMap(Tensor map, MapTransform transform) {
    this.map = map;
    this.transform = transform;
  }

  /**
   * Draws one overlay. Up to {@value #MAX_PIXELS} pixels it has the image's own size; both sides of
   * a larger image are divided by the smallest whole number that brings it below, rounded up, and a
   * pixel of the overlay is the mean of the image's pixels that it covers, with the colour of the
   * map's maximum there.
   *
   * @param image the image
   * @param map {@code [H, W]}
   * @param transform between map and image, {@link Preprocessing#toImage}
   * @param scale the colours of the map's values
   * @param mask the truth, whose contour is drawn in {@link Contours#MASK}'s colour; of the image's
   *     size
   * @return the image with its map
   */
  public static BufferedImage overlay(
      Pixels image, Tensor map, MapTransform transform, ColourScale scale, Optional<Mask> mask) {
    return overlay(image, map, transform, scale, mask, step(image.width(), image.height()));
  }

  /**
   * Draws one overlay without a mask, otherwise like {@link #overlay(Pixels, Tensor, MapTransform,
   * ColourScale, Optional)}.
   *
   * @param image the image
   * @param map {@code [H, W]}
   * @param transform between map and image
   * @param scale the colours of the map's values
   * @return the image with its map
   */
  public static BufferedImage overlay(
      Pixels image, Tensor map, MapTransform transform, ColourScale scale) {
    return overlay(image, map, transform, scale, Optional.empty());
  }

  static BufferedImage overlay(
      Pixels image,
      Tensor map,
      MapTransform transform,
      ColourScale scale,
      Optional<Mask> mask,
      int step) {
    int width = Math.ceilDiv(image.width(), step);
    int height = Math.ceilDiv(image.height(), step);
    BufferedImage out = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    draw(out, image, new HeatMap(map, transform), scale, mask, step);
    return out;
  }

  /**
   * Draws one overlay with its scale below it; no second image is made for that.
   *
   * @param image the image
   * @param map {@code [H, W]}
   * @param transform between map and image
   * @param scale the colours of the map's values
   * @param labels the same scale in the unit of its numbers
   * @return the overlay and the strip
   */
  public static ScaleBar withScale(
      Pixels image, Tensor map, MapTransform transform, ColourScale scale, ColourScale labels) {
    int step = step(image.width(), image.height());
    int width = Math.ceilDiv(image.width(), step);
    int height = Math.ceilDiv(image.height(), step);
    ScaleBar bar = ScaleBar.below(width, height, labels);
    draw(bar.above(), image, new HeatMap(map, transform), scale, Optional.empty(), step);
    return bar;
  }

  private static void draw(
      BufferedImage out,
      Pixels image,
      HeatMap heat,
      ColourScale scale,
      Optional<Mask> mask,
      int step) {
    colour(out, image, heat, scale, step);
    AffineTransform smaller = AffineTransform.getScaleInstance(1.0 / step, 1.0 / step);
    scale
        .threshold()
        .ifPresent(
            threshold -> {
              Shape above = Contours.of(heat.map, threshold, heat.transform);
              Contours.draw(out, smaller.createTransformedShape(above), Contours.ABOVE);
            });
    mask.ifPresent(
        truth ->
            Contours.draw(out, smaller.createTransformedShape(Contours.of(truth)), Contours.MASK));
  }

  private static void colour(
      BufferedImage out, Pixels image, HeatMap heat, ColourScale scale, int step) {
    int[] row = new int[out.getWidth()];
    for (int y = 0; y < out.getHeight(); y++) {
      int bottom = Math.min((y + 1) * step, image.height());
      for (int x = 0; x < row.length; x++) {
        int right = Math.min((x + 1) * step, image.width());
        double value = heat.maximum(x * step, y * step, right, bottom);
        int rgb = step == 1 ? rgb(image, x, y) : mean(image, x * step, y * step, right, bottom);
        row[x] =
            Double.isNaN(value)
                ? ColourScale.mix(0, rgb, OUTSIDE_BRIGHTNESS)
                : blended(rgb, value, scale);
      }
      out.getRaster().setDataElements(0, y, row.length, 1, row);
    }
  }

  private static int blended(int rgb, double value, ColourScale scale) {
    double opacity = scale.opacity(value);
    return opacity == 0
        ? rgb
        : ColourScale.mix(rgb, ColourScale.colour(scale.fraction(value)), opacity);
  }

  /** {@return how many columns and rows of an image of this size a pixel of its overlay covers} */
  static int step(int width, int height) {
    int step = 1;
    while ((long) Math.ceilDiv(width, step) * Math.ceilDiv(height, step) > MAX_PIXELS) {
      step++;
    }
    return step;
  }

  private static int rgb(Pixels image, int x, int y) {
    return image.at(x, y, 0) << 16 | image.at(x, y, 1) << 8 | image.at(x, y, 2);
  }

  /** The rounded mean of a rectangle of pixels. */
  private static int mean(Pixels image, int left, int top, int right, int bottom) {
    int count = (right - left) * (bottom - top);
    int rgb = 0;
    for (int c = 0; c < 3; c++) {
      int sum = count / 2;
      for (int y = top; y < bottom; y++) {
        for (int x = left; x < right; x++) {
          sum += image.at(x, y, c);
        }
      }
      rgb |= sum / count << 16 - 8 * c;
    }
    return rgb;
  }

  /**
   * {@return a map as grey levels, of any size and in the image's frame: black where it is at or
   * below the scale's lowest value and outside the crop, white from its highest on. Each pixel has
   * the map's maximum in the part that it covers, so that no region is too small to be seen}
   *
   * @param map {@code [H, W]}
   * @param transform between map and image
   * @param image the image that sets the frame
   * @param width columns of the result
   * @param height rows of the result
   * @param scale whose range the grey levels cover
   */
  public static BufferedImage grey(
      Tensor map, MapTransform transform, Pixels image, int width, int height, ColourScale scale) {
    HeatMap heat = new HeatMap(map, transform);
    double columns = (double) image.width() / width;
    double rows = (double) image.height() / height;
    BufferedImage out = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double value = heat.maximum(x * columns, y * rows, (x + 1) * columns, (y + 1) * rows);
        double fraction = Double.isNaN(value) ? 0 : scale.fraction(value);
        out.getRaster().setSample(x, y, 0, Math.round(255 * fraction));
      }
    }
    return out;
  }

  /**
   * The map's maximum in a rectangle of the image, of points at most a pixel of the map apart; NaN
   * where the rectangle's centre is outside the map.
   */
  private double maximum(double left, double top, double right, double bottom) {
    transform.toMap(at.set((left + right) / 2, (top + bottom) / 2));
    double x = at.x;
    double y = at.y;
    if (!(x >= 0 && y >= 0 && x < map.dim(1) && y < map.dim(0))) {
      return Double.NaN;
    }
    transform.toMap(at.set(right, bottom));
    double halfWidth = at.x - x;
    double halfHeight = at.y - y;
    int columns = Math.max(1, (int) Math.ceil(2 * halfWidth - 1e-9));
    int rows = Math.max(1, (int) Math.ceil(2 * halfHeight - 1e-9));
    double maximum = Double.NaN;
    for (int i = 0; i < rows; i++) {
      double down = y + halfHeight * ((2 * i + 1.0) / rows - 1);
      for (int j = 0; j < columns; j++) {
        double across = x + halfWidth * ((2 * j + 1.0) / columns - 1);
        double value = sample(across, down);
        // What is outside of the region of interest is NaN, and hides nothing that is inside.
        maximum = Double.isNaN(value) || value <= maximum ? maximum : value;
      }
    }
    return maximum;
  }

  private double sample(double x, double y) {
    int height = map.dim(0);
    int width = map.dim(1);
    double cx = Math.clamp(x - 0.5, 0, width - 1);
    double cy = Math.clamp(y - 0.5, 0, height - 1);
    int left = (int) cx;
    int top = (int) cy;
    int right = Math.min(left + 1, width - 1);
    int bottom = Math.min(top + 1, height - 1);
    float[] values = map.data();
    double upper = mix(values[top * width + left], values[top * width + right], cx - left);
    double lower = mix(values[bottom * width + left], values[bottom * width + right], cx - left);
    return mix(upper, lower, cy - top);
  }

  private static double mix(double from, double to, double weight) {
    // A neighbour that does not count may be NaN.
    return weight == 0 ? from : from + (to - from) * weight;
  }
}
