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
    return width == image.width() && height == image.height()
        ? image
        : part(image, width, height, interpolation, new Part(0, 0, width, height));
  }

  /** A part of a resized image, its left and top edges included. */
  record Part(int left, int top, int width, int height) {}

  /**
   * The part of a resized image; the rest is not computed. An output row is made as soon as its
   * input rows are filtered, of which only those that it needs are kept. A dimension that stays has
   * the weights 1 and 0, which change nothing.
   */
  static Pixels part(
      Pixels image, int width, int height, Interpolation interpolation, Part wanted) {
    if (!interpolation.isRounded()) {
      return Input.of(FloatResize.part(image, width, height, interpolation, wanted)).pixels();
    }
    FilterWeights across = new FilterWeights(image.width(), width, interpolation);
    FilterWeights down = new FilterWeights(image.height(), height, interpolation);
    int stride = wanted.width * 3;
    int[][] rows = new int[down.taps][stride];
    int[] sums = new int[stride];
    byte[] rgb = new byte[wanted.height * stride];
    int next = down.first[wanted.top];
    for (int y = 0; y < wanted.height; y++) {
      int first = down.first[wanted.top + y];
      for (; next < first + down.taps; next++) {
        filterRow(image, next, across, wanted.left, rows[next % down.taps]);
      }
      Arrays.fill(sums, HALF);
      for (int k = 0; k < down.taps; k++) {
        int weight = down.weights[(wanted.top + y) * down.taps + k];
        add(rows[(first + k) % down.taps], weight, sums);
      }
      round(sums);
      for (int i = 0; i < stride; i++) {
        rgb[y * stride + i] = (byte) sums[i];
      }
    }
    return new Pixels(wanted.width, wanted.height, rgb);
  }

  /** Output pixels of a row from {@code left} on. */
  private static void filterRow(Pixels image, int y, FilterWeights filter, int left, int[] out) {
    byte[] in = image.rgb();
    int[] starts = filter.first;
    int[] weights = filter.weights;
    int taps = filter.taps;
    int row = y * image.width() * 3;
    int weight = left * taps;
    for (int i = 0, x = left; i < out.length; i += 3, x++) {
      int at = row + starts[x] * 3;
      int red = HALF;
      int green = HALF;
      int blue = HALF;
      for (int k = 0; k < taps; k++) {
        int by = weights[weight + k];
        red += (in[at] & 0xff) * by;
        green += (in[at + 1] & 0xff) * by;
        blue += (in[at + 2] & 0xff) * by;
        at += 3;
      }
      weight += taps;
      out[i] = red;
      out[i + 1] = green;
      out[i + 2] = blue;
    }
    round(out);
  }

  private static void add(int[] row, int weight, int[] sums) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += row[i] * weight;
    }
  }

  /** Not by {@code Math.clamp}, which compares longs: this loop becomes one of vectors. */
  private static void round(int[] sums) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] = Math.max(0, Math.min(255, sums[i] >> PRECISION_BITS));
    }
  }

  /**
   * The filter of a line: per output pixel its first source pixel and the fixed-point weights. All
   * have equally many; those of the line's ends begin earlier or end later, with weights of 0.
   */
  private static final class FilterWeights {
    final int taps;
    final int[] first;

    /** {@code [out][taps]}. */
    final int[] weights;

    FilterWeights(int in, int out, Interpolation interpolation) {
      double scale = (double) in / out;
      double stretch = Math.max(1, scale);
      double support = interpolation.support() * stretch;
      taps = Math.min(in, (int) Math.ceil(2 * support));
      first = new int[out];
      weights = new int[out * taps];
      for (int i = 0; i < out; i++) {
        double centre = (i + 0.5) * scale;
        int start = Math.max(0, (int) (centre - support + 0.5));
        int end = Math.min(in, (int) (centre + support + 0.5));
        double[] exact = new double[end - start];
        double sum = 0;
        for (int k = 0; k < exact.length; k++) {
          exact[k] = interpolation.weight((k + start - centre + 0.5) * (1 / stretch));
          sum += exact[k];
        }
        first[i] = Math.min(start, in - taps);
        int[] fixed = fixedPoint(exact, sum);
        System.arraycopy(fixed, 0, weights, i * taps + start - first[i], fixed.length);
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
