package kintsugi.image;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import kintsugi.tensor.Tensor;
import org.joml.Vector2d;

/**
 * The overlay of a score map on its image, at the image's own size. Values run from transparent
 * through purple and orange to yellow, so that brightness alone carries the order for readers who
 * cannot tell the hues apart. The part of the image outside the crop is darkened.
 */
public final class HeatMap {
  private static final int[] COLOURS = {0x000004, 0x420a68, 0x932667, 0xdd513a, 0xfca50a, 0xfcffa4};
  private static final double MAX_OPACITY = 0.75;
  private static final double OUTSIDE_BRIGHTNESS = 0.55;

  private HeatMap() {}

  /**
   * Draws one overlay.
   *
   * @param image the image
   * @param map {@code [H, W]}
   * @param transform between map and image, {@link Preprocessing#toImage}
   * @param low the map value drawn transparent
   * @param high the map value drawn brightest; above it the colour stays
   * @return the image with its map
   */
  public static BufferedImage overlay(
      Pixels image, Tensor map, MapTransform transform, double low, double high) {
    BufferedImage out =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    int[] pixels = ((DataBufferInt) out.getRaster().getDataBuffer()).getData();
    Vector2d at = new Vector2d();
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        transform.toMap(at.set(x + 0.5, y + 0.5));
        boolean inside = isInside(at, map);
        double value = inside ? (sample(map, at.x, at.y) - low) / (high - low) : 0;
        pixels[y * image.width() + x] = blend(image, x, y, inside, Math.clamp(value, 0.0, 1.0));
      }
    }
    return out;
  }

  /**
   * {@return a map as grey levels, of any size and in the image's frame: black where it is at or
   * below {@code low} and outside the crop, white from {@code high} on}
   *
   * @param map {@code [H, W]}
   * @param transform between map and image
   * @param image the image that sets the frame
   * @param width columns of the result
   * @param height rows of the result
   * @param low the map value drawn black
   * @param high the map value drawn white
   */
  public static BufferedImage grey(
      Tensor map,
      MapTransform transform,
      Pixels image,
      int width,
      int height,
      double low,
      double high) {
    BufferedImage out = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    Vector2d at = new Vector2d();
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        at.set((x + 0.5) * image.width() / width, (y + 0.5) * image.height() / height);
        transform.toMap(at);
        double value = isInside(at, map) ? (sample(map, at.x, at.y) - low) / (high - low) : 0;
        out.getRaster().setSample(x, y, 0, Math.round(255 * Math.clamp(value, 0.0, 1.0)));
      }
    }
    return out;
  }

  /**
   * The colours of values from 0 to 1 at equal intervals, red, green and blue in 0..1.
   *
   * @return for each of the three bands its values at the ends of the intervals
   */
  public static double[][] colours() {
    double[][] bands = new double[3][COLOURS.length];
    for (int c = 0; c < 3; c++) {
      for (int i = 0; i < COLOURS.length; i++) {
        bands[c][i] = band(COLOURS[i], 16 - 8 * c) / 255.0;
      }
    }
    return bands;
  }

  /**
   * The colour of a value from 0 to 1.
   *
   * @param value from 0 to 1
   * @return red, green and blue as {@code 0xrrggbb}
   */
  public static int colour(double value) {
    double clamped = Math.clamp(value, 0.0, 1.0);
    int rgb = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
      rgb |= (int) Math.round(colour(clamped, shift)) << shift;
    }
    return rgb;
  }

  /** One band of a colour, interpolated within its interval. */
  private static double colour(double value, int shift) {
    double place = value * (COLOURS.length - 1);
    int index = Math.min((int) place, COLOURS.length - 2);
    return mix(band(COLOURS[index], shift), band(COLOURS[index + 1], shift), place - index);
  }

  /**
   * {@return the opacity of the colour over the image at a value from 0 to 1}
   *
   * @param value from 0 to 1
   */
  public static double opacity(double value) {
    return MAX_OPACITY * Math.sqrt(value);
  }

  private static boolean isInside(Vector2d at, Tensor map) {
    return at.x >= 0 && at.y >= 0 && at.x < map.dim(1) && at.y < map.dim(0);
  }

  private static double sample(Tensor map, double x, double y) {
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

  private static int blend(Pixels image, int x, int y, boolean inside, double value) {
    double opacity = inside ? opacity(value) : 0;
    double brightness = inside ? 1 : OUTSIDE_BRIGHTNESS;
    int rgb = 0;
    for (int c = 0; c < 3; c++) {
      int shift = 16 - 8 * c;
      double blended = mix(image.at(x, y, c) * brightness, colour(value, shift), opacity);
      rgb |= (int) Math.round(blended) << shift;
    }
    return rgb;
  }

  private static int band(int rgb, int shift) {
    return rgb >> shift & 0xff;
  }

  private static double mix(double from, double to, double weight) {
    return from + (to - from) * weight;
  }
}
