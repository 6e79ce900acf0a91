package kintsugi.image;

import java.util.Arrays;

/**
 * Resizing with antialiasing, bit-identical to Pillow: when shrinking, the filter is stretched by
 * the scale; rows first, then columns; weights are 22-bit fixed point and each pass rounds to 8
 * bits.
 *
 * <p>Source: {@code ImagingResample} of Pillow ({@code Resample.c}), 8 bits per channel.
 */
public final class Resize {
  /** 32 bits minus 8 of the pixel and 2 of headroom for filters with negative lobes. */
  private static final int PRECISION_BITS = 32 - 8 - 2;

  private static final int HALF = 1 << PRECISION_BITS - 1;

  private Resize() {}

  /**
   * Resizes an image; a dimension that stays is not filtered.
   *
   * @param image the image
   * @param width columns
   * @param height rows
   * @param interpolation the filter
   * @return the resized image
   * @throws IllegalArgumentException if the width or the height is below 1
   */
  public static Pixels resize(Pixels image, int width, int height, Interpolation interpolation) {
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException("cannot resize to " + width + "x" + height);
    }
    Pixels wide = width == image.width() ? image : rows(image, width, interpolation);
    return height == wide.height() ? wide : columns(wide, height, interpolation);
  }

  private static Pixels rows(Pixels in, int width, Interpolation interpolation) {
    FilterWeights filter = new FilterWeights(in.width(), width, interpolation);
    byte[] from = in.rgb();
    byte[] to = new byte[width * in.height() * 3];
    for (int y = 0; y < in.height(); y++) {
      for (int x = 0; x < width; x++) {
        int at = (y * in.width() + filter.first[x]) * 3;
        int red = HALF;
        int green = HALF;
        int blue = HALF;
        for (int weight : filter.weights[x]) {
          red += (from[at] & 0xff) * weight;
          green += (from[at + 1] & 0xff) * weight;
          blue += (from[at + 2] & 0xff) * weight;
          at += 3;
        }
        int place = (y * width + x) * 3;
        to[place] = round(red);
        to[place + 1] = round(green);
        to[place + 2] = round(blue);
      }
    }
    return new Pixels(width, in.height(), to);
  }

  private static Pixels columns(Pixels in, int height, Interpolation interpolation) {
    FilterWeights filter = new FilterWeights(in.height(), height, interpolation);
    int stride = in.width() * 3;
    byte[] to = new byte[stride * height];
    int[] sums = new int[stride];
    for (int y = 0; y < height; y++) {
      Arrays.fill(sums, HALF);
      int row = filter.first[y] * stride;
      for (int weight : filter.weights[y]) {
        addRow(in.rgb(), row, weight, sums);
        row += stride;
      }
      for (int i = 0; i < stride; i++) {
        to[y * stride + i] = round(sums[i]);
      }
    }
    return new Pixels(in.width(), height, to);
  }

  private static void addRow(byte[] from, int row, int weight, int[] sums) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += (from[row + i] & 0xff) * weight;
    }
  }

  private static byte round(int sum) {
    return (byte) Math.clamp(sum >> PRECISION_BITS, 0, 255);
  }

  /** The filter of a line: per output pixel its first source pixel and the fixed-point weights. */
  private static final class FilterWeights {
    final int[] first;
    final int[][] weights;

    FilterWeights(int in, int out, Interpolation interpolation) {
      first = new int[out];
      weights = new int[out][];
      double scale = (double) in / out;
      double stretch = Math.max(1, scale);
      double support = interpolation.support() * stretch;
      for (int i = 0; i < out; i++) {
        double centre = (i + 0.5) * scale;
        first[i] = Math.max(0, (int) (centre - support + 0.5));
        int end = Math.min(in, (int) (centre + support + 0.5));
        double[] exact = new double[end - first[i]];
        double sum = 0;
        for (int k = 0; k < exact.length; k++) {
          exact[k] = interpolation.weight((k + first[i] - centre + 0.5) * (1 / stretch));
          sum += exact[k];
        }
        weights[i] = fixedPoint(exact, sum);
      }
    }

    private static int[] fixedPoint(double[] exact, double sum) {
      int[] fixed = new int[exact.length];
      for (int k = 0; k < fixed.length; k++) {
        double weight = exact[k] / sum * (1 << PRECISION_BITS);
        fixed[k] = (int) (weight < 0 ? weight - 0.5 : weight + 0.5);
      }
      return fixed;
    }
  }
}
