package kintsugi.learn;

import java.nio.ByteBuffer;
import kintsugi.dataset.Sample;
import kintsugi.image.Decoded;
import kintsugi.image.ImageSource;
import kintsugi.image.Interpolation;
import kintsugi.image.Pixels;
import kintsugi.image.Resize;

/**
 * What is seen of one image at a first look.
 *
 * @param sample the image
 * @param source the same, to be read
 * @param width columns
 * @param height rows
 * @param digest of its pixels
 * @param grey whether its three channels are the same
 * @param deep whether its file has more than 8 bits
 * @param sharpness the variance of the Laplacian of a copy of at most {@value #SIDE} pixels a side
 * @param border the widest edge of one colour, as a fraction of the side across it
 * @param copy grey levels of a copy of {@value #SMALL} pixels a side
 */
record Surveyed(
    Sample sample,
    ImageSource source,
    int width,
    int height,
    long digest,
    boolean grey,
    boolean deep,
    double sharpness,
    double border,
    byte[] copy) {
  /** The longer side of the copy whose sharpness is measured. */
  static final int SIDE = 256;

  /** The side of the copy that images are compared by. */
  static final int SMALL = 32;

  /** Levels within which an edge has one colour. */
  private static final int NOISE = 3;

  /** The mean difference of two copies' levels below which the images are nearly the same. */
  private static final double NEARLY_THE_SAME = 1.0;

  static Surveyed of(Sample sample, ImageSource source, Decoded decoded) {
    Pixels image = decoded.pixels();
    double scale = Math.min(1, (double) SIDE / Math.max(image.width(), image.height()));
    Pixels copy =
        Resize.resize(
            image,
            Math.max(1, (int) Math.rint(image.width() * scale)),
            Math.max(1, (int) Math.rint(image.height() * scale)),
            Interpolation.BILINEAR);
    return new Surveyed(
        sample,
        source,
        image.width(),
        image.height(),
        ByteBuffer.wrap(image.sha256()).getLong(),
        isGrey(copy),
        decoded.maximum16() > 0,
        sharpness(copy),
        border(copy),
        levels(Resize.resize(copy, SMALL, SMALL, Interpolation.BILINEAR)));
  }

  private static boolean isGrey(Pixels image) {
    byte[] rgb = image.rgb();
    for (int i = 0; i < rgb.length; i += 3) {
      if (rgb[i] != rgb[i + 1] || rgb[i] != rgb[i + 2]) {
        return false;
      }
    }
    return true;
  }

  private static byte[] levels(Pixels image) {
    byte[] levels = new byte[image.width() * image.height()];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = (byte) level(image, i % image.width(), i / image.width());
    }
    return levels;
  }

  private static int level(Pixels image, int x, int y) {
    return (299 * image.at(x, y, 0) + 587 * image.at(x, y, 1) + 114 * image.at(x, y, 2)) / 1000;
  }

  private static double sharpness(Pixels image) {
    double sum = 0;
    double squares = 0;
    int count = Math.max(1, (image.width() - 2) * (image.height() - 2));
    for (int y = 1; y < image.height() - 1; y++) {
      for (int x = 1; x < image.width() - 1; x++) {
        double laplacian =
            level(image, x - 1, y)
                + level(image, x + 1, y)
                + level(image, x, y - 1)
                + level(image, x, y + 1)
                - 4 * level(image, x, y);
        sum += laplacian;
        squares += laplacian * laplacian;
      }
    }
    return squares / count - sum / count * (sum / count);
  }

  /** The widest of the four edges of one colour. */
  private static double border(Pixels image) {
    int width = image.width();
    int height = image.height();
    int first = level(image, 0, 0);
    int last = level(image, width - 1, height - 1);
    int top = 0;
    while (top < height && isConstant(image, first, 0, width, top, top + 1)) {
      top++;
    }
    int left = 0;
    while (left < width && isConstant(image, first, left, left + 1, 0, height)) {
      left++;
    }
    int bottom = 0;
    while (bottom < height && isConstant(image, last, 0, width, height - bottom - 1, height)) {
      bottom++;
    }
    int right = 0;
    while (right < width && isConstant(image, last, width - right - 1, width, 0, height)) {
      right++;
    }
    return Math.max(
        (double) Math.max(top, bottom) / height, (double) Math.max(left, right) / width);
  }

  private static boolean isConstant(
      Pixels image, int level, int left, int right, int top, int bottom) {
    for (int y = top; y < bottom; y++) {
      for (int x = left; x < right; x++) {
        if (Math.abs(level(image, x, y) - level) > NOISE) {
          return false;
        }
      }
    }
    return true;
  }

  /** Whether another image shows the same, but for noise. */
  boolean isNearly(Surveyed other) {
    return difference(other) < NEARLY_THE_SAME * copy.length;
  }

  /** The sum of the differences of the two copies' levels. */
  long difference(Surveyed other) {
    long difference = 0;
    for (int i = 0; i < copy.length; i++) {
      difference += Math.abs((copy[i] & 0xff) - (other.copy[i] & 0xff));
    }
    return difference;
  }
}
