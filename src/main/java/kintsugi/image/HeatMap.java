package kintsugi.image;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import kintsugi.tensor.Tensor;
import org.joml.Vector2d;

/**
 * The overlay of a score map on its image, at the image's own size, or smaller where that is very
 * large. Values run from transparent through purple and orange to yellow, so that brightness alone
 * carries the order for readers who cannot tell the hues apart. The part of the image outside the
 * crop is darkened.
 */
public final class HeatMap {
  private static final int[] COLOURS = {0x000004, 0x420a68, 0x932667, 0xdd513a, 0xfca50a, 0xfcffa4};

  /** Pixels of the largest overlay, whose memory is 256 MB. */
  private static final int MAX_PIXELS = 64_000_000;

  private static final double MAX_OPACITY = 0.75;
  private static final double OUTSIDE_BRIGHTNESS = 0.55;

  private HeatMap() {}

  /**
   * Draws one overlay. Up to {@value #MAX_PIXELS} pixels it has the image's own size; both sides of
   * a larger image are divided by the smallest whole number that brings it below, rounded up, and a
   * pixel of the overlay is the mean of the image's pixels that it covers.
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
    return overlay(image, map, transform, low, high, step(image.width(), image.height()));
  }

  static BufferedImage overlay(
      Pixels image, Tensor map, MapTransform transform, double low, double high, int step) {
    int width = Math.ceilDiv(image.width(), step);
    int height = Math.ceilDiv(image.height(), step);
    BufferedImage out = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    int[] pixels = ((DataBufferInt) out.getRaster().getDataBuffer()).getData();
    Vector2d at = new Vector2d();
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double right = Math.min((x + 1) * step, image.width());
        double bottom = Math.min((y + 1) * step, image.height());
        transform.toMap(at.set((x * step + right) / 2, (y * step + bottom) / 2));
        boolean inside = isInside(at, map);
        double value = inside ? (sample(map, at.x, at.y) - low) / (high - low) : 0;
        int rgb = step == 1 ? rgb(image, x, y) : mean(image, x * step, y * step, step);
        pixels[y * width + x] = blend(rgb, inside, Math.clamp(value, 0.0, 1.0));
      }
    }
    return out;
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

  /** The rounded mean of a square of pixels, as far as it is within the image. */
  private static int mean(Pixels image, int left, int top, int side) {
    int right = Math.min(left + side, image.width());
    int bottom = Math.min(top + side, image.height());
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

  private static int blend(int pixel, boolean inside, double value) {
    double opacity = inside ? opacity(value) : 0;
    double brightness = inside ? 1 : OUTSIDE_BRIGHTNESS;
    int rgb = 0;
    for (int c = 0; c < 3; c++) {
      int shift = 16 - 8 * c;
      double blended = mix(band(pixel, shift) * brightness, colour(value, shift), opacity);
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
