package kintsugi.image;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import kintsugi.tensor.Tensor;
import org.joml.Matrix3x2d;
import org.joml.Vector2d;

/**
 * A score map drawn over its picture, at the picture's own size. Values run from transparent over
 * purple and orange to yellow, so that brightness alone carries the order for whoever cannot tell
 * the hues apart. What the crop cut away is darkened.
 */
public final class HeatMap {
  private static final int[] COLOURS = {0x000004, 0x420a68, 0x932667, 0xdd513a, 0xfca50a, 0xfcffa4};
  private static final double LARGEST_OPACITY = 0.75;
  private static final double OUTSIDE_BRIGHTNESS = 0.55;

  private HeatMap() {}

  /**
   * Draws one overlay.
   *
   * @param picture the picture
   * @param map {@code [H, W]}
   * @param toPicture from map to picture coordinates, {@link Preprocessing#toPicture}
   * @param low the map value drawn transparent
   * @param high the map value drawn brightest; above it the colour stays
   * @return the picture with its map
   */
  public static BufferedImage overlay(
      Pixels picture, Tensor map, Matrix3x2d toPicture, double low, double high) {
    Matrix3x2d toMap = toPicture.invert(new Matrix3x2d());
    BufferedImage out =
        new BufferedImage(picture.width(), picture.height(), BufferedImage.TYPE_INT_RGB);
    int[] pixels = ((DataBufferInt) out.getRaster().getDataBuffer()).getData();
    Vector2d at = new Vector2d();
    for (int y = 0; y < picture.height(); y++) {
      for (int x = 0; x < picture.width(); x++) {
        toMap.transformPosition(at.set(x + 0.5, y + 0.5));
        boolean inside = isInside(at, map);
        double value = inside ? (sample(map, at.x, at.y) - low) / (high - low) : 0;
        pixels[y * picture.width() + x] = blend(picture, x, y, inside, Math.clamp(value, 0.0, 1.0));
      }
    }
    return out;
  }

  /**
   * {@return a map as grey levels, of any size and in the picture's frame: black where it is at or
   * below {@code low} or the crop cut away what is there, white from {@code high} on}
   *
   * @param map {@code [H, W]}
   * @param toPicture from map to picture coordinates
   * @param picture whose frame it is
   * @param width of the result, which stands for the picture's
   * @param height of the result
   * @param low the map value drawn black
   * @param high the map value drawn white
   */
  public static BufferedImage grey(
      Tensor map,
      Matrix3x2d toPicture,
      Pixels picture,
      int width,
      int height,
      double low,
      double high) {
    Matrix3x2d toMap = toPicture.invert(new Matrix3x2d());
    BufferedImage out = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    Vector2d at = new Vector2d();
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        at.set((x + 0.5) * picture.width() / width, (y + 0.5) * picture.height() / height);
        toMap.transformPosition(at);
        double value = isInside(at, map) ? (sample(map, at.x, at.y) - low) / (high - low) : 0;
        out.getRaster().setSample(x, y, 0, Math.round(255 * Math.clamp(value, 0.0, 1.0)));
      }
    }
    return out;
  }

  /**
   * The colours that values from 0 to 1 run through at equal steps, red, green and blue in 0..1.
   *
   * @return for each of the three the values at the steps
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

  /** One of a colour's bands, between two of the steps. */
  private static double colour(double value, int shift) {
    double place = value * (COLOURS.length - 1);
    int step = Math.min((int) place, COLOURS.length - 2);
    return mix(band(COLOURS[step], shift), band(COLOURS[step + 1], shift), place - step);
  }

  /**
   * {@return how much of the colour covers the picture at a value from 0 to 1}
   *
   * @param value from 0 to 1
   */
  public static double opacity(double value) {
    return LARGEST_OPACITY * Math.sqrt(value);
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

  private static int blend(Pixels picture, int x, int y, boolean inside, double value) {
    double opacity = inside ? opacity(value) : 0;
    double brightness = inside ? 1 : OUTSIDE_BRIGHTNESS;
    int rgb = 0;
    for (int c = 0; c < 3; c++) {
      int shift = 16 - 8 * c;
      double blended = mix(picture.at(x, y, c) * brightness, colour(value, shift), opacity);
      rgb |= (int) Math.round(blended) << shift;
    }
    return rgb;
  }

  private static int band(int rgb, int shift) {
    return rgb >> shift & 0xff;
  }

  private static double mix(double from, double to, double share) {
    return from + (to - from) * share;
  }
}
