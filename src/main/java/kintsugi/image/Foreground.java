package kintsugi.image;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;

/**
 * The foreground of an image of a part before a plain background: what differs from a background
 * that changes evenly over the image and is seen all along the border.
 *
 * <pre>{@code
 * b(x, y) = a + b·x + c·y per channel, least squares over the border without outliers
 * d(x, y) = the maximum over the channels of |value − b|
 * part    = d above a threshold; its largest connected components, holes filled
 * }</pre>
 *
 * <p>The threshold is the noise of the border, or half of what Otsu's method finds, if that is
 * higher. Source: N. Otsu, <i>A threshold selection method from gray-level histograms</i>, 1979.
 */
public final class Foreground {
  /** The part of the shorter side that counts as border. */
  private static final double BORDER = 0.02;

  /** The part of the border that has to be background. */
  private static final double MIN_PLAIN = 0.6;

  /** A level that belongs to the background's noise in any case. */
  private static final double MIN_NOISE = 6;

  /** The noise up to which a background is plain. */
  private static final double MAX_NOISE = 32;

  /** A component counts from this part of the largest one's pixels on. */
  private static final double MIN_COMPONENT = 0.05;

  private static final double MIN_FRACTION = 0.005;
  private static final int REFITS = 4;

  private final Pixels image;
  private final int width;
  private final int height;
  private final float[] difference;
  private double noise;

  private Foreground(Pixels image) {
    this.image = image;
    this.width = image.width();
    this.height = image.height();
    this.difference = new float[width * height];
  }

  /**
   * {@return the part of an image}
   *
   * @param image the image, best as small as the network sees it
   * @throws IllegalArgumentException if the background is not plain, or nothing is before it, as
   *     the end of a sentence that begins with the image
   */
  public static Region of(Pixels image) {
    Foreground foreground = new Foreground(image);
    foreground.subtractBackground();
    BitSet part = foreground.part();
    Region region = Region.of(image.width(), image.height(), part);
    if (region.fraction() < MIN_FRACTION) {
      throw new IllegalArgumentException(
          "shows nothing before its background; leave it out, or look at all of every image"
              + " (foreground)");
    }
    return region;
  }

  private void subtractBackground() {
    int[] border = border();
    boolean[] plain = new boolean[border.length];
    Arrays.fill(plain, true);
    double[][] planes = medians(border);
    for (int fit = 0; fit <= REFITS; fit++) {
      float[] residuals = new float[border.length];
      for (int i = 0; i < border.length; i++) {
        residuals[i] = difference(planes, border[i]);
      }
      // Most of the border is background, so that its median residual is one of noise.
      float[] sorted = residuals.clone();
      Arrays.sort(sorted);
      noise = Math.max(MIN_NOISE, 4 * sorted[sorted.length / 2]);
      for (int i = 0; i < border.length; i++) {
        plain[i] = residuals[i] <= noise;
      }
      if (fit < REFITS) {
        planes = planes(border, plain);
      }
    }
    requirePlain(plain);
    for (int i = 0; i < difference.length; i++) {
      difference[i] = difference(planes, i);
    }
  }

  private void requirePlain(boolean[] plain) {
    int count = 0;
    for (boolean each : plain) {
      count += each ? 1 : 0;
    }
    if (noise > MAX_NOISE || count < MIN_PLAIN * plain.length) {
      throw new IllegalArgumentException(
          "does not have a plain background all along its border ("
              + Math.round(100.0 * count / plain.length)
              + " % of it within "
              + Math.round(noise)
              + " levels); leave it out, or draw a region instead of the foreground (roi)");
    }
  }

  private int[] border() {
    int margin = Math.max(1, (int) Math.round(BORDER * Math.min(width, height)));
    int[] places = new int[width * height];
    int count = 0;
    for (int i = 0; i < places.length; i++) {
      int x = Math.min(i % width, width - 1 - i % width);
      int y = Math.min(i / width, height - 1 - i / width);
      if (Math.min(x, y) < margin) {
        places[count++] = i;
      }
    }
    return Arrays.copyOf(places, count);
  }

  private int value(int pixel, int channel) {
    return image.rgb()[3 * pixel + channel] & 0xff;
  }

  /** The first guess: the border's median colour. */
  private double[][] medians(int[] border) {
    double[][] planes = new double[3][3];
    for (int c = 0; c < 3; c++) {
      int channel = c;
      int[] values = Arrays.stream(border).map(i -> value(i, channel)).sorted().toArray();
      planes[c][0] = values[values.length / 2];
    }
    return planes;
  }

  /** Least squares of {@code a + b·x + c·y} over the plain pixels of the border, per channel. */
  private double[][] planes(int[] border, boolean[] plain) {
    double[][] normal = new double[3][6];
    for (int i = 0; i < border.length; i++) {
      if (plain[i]) {
        double[] basis = {1, x(border[i]), y(border[i])};
        for (int r = 0; r < 3; r++) {
          for (int k = 0; k < 3; k++) {
            normal[r][k] += basis[r] * basis[k];
            normal[r][3 + k] += basis[r] * value(border[i], k);
          }
        }
      }
    }
    for (int r = 0; r < 3; r++) {
      // A hundredth of a pixel, so that a border whose plain pixels lie on a line has a solution.
      normal[r][r] += 0.01;
    }
    return solved(normal);
  }

  /** Gauss–Jordan; the matrix is positive definite. Returns one plane per channel. */
  private static double[][] solved(double[][] m) {
    for (int p = 0; p < 3; p++) {
      for (int r = 0; r < 3; r++) {
        double factor = r == p ? 0 : m[r][p] / m[p][p];
        for (int k = 0; k < 6; k++) {
          m[r][k] -= factor * m[p][k];
        }
      }
    }
    double[][] planes = new double[3][3];
    for (int r = 0; r < 3; r++) {
      for (int c = 0; c < 3; c++) {
        planes[c][r] = m[r][3 + c] / m[r][r];
      }
    }
    return planes;
  }

  /** From −1 to 1 over the image, so that the least squares are well conditioned. */
  private double x(int pixel) {
    return (2.0 * (pixel % width) + 1) / width - 1;
  }

  private double y(int pixel) {
    return (2.0 * (pixel / width) + 1) / height - 1;
  }

  private float difference(double[][] planes, int pixel) {
    double maximum = 0;
    for (int c = 0; c < 3; c++) {
      double background = planes[c][0] + planes[c][1] * x(pixel) + planes[c][2] * y(pixel);
      maximum = Math.max(maximum, Math.abs(value(pixel, c) - background));
    }
    return (float) maximum;
  }

  private BitSet part() {
    double threshold = Math.max(noise, otsu() / 2.0);
    BitSet different = new BitSet(difference.length);
    for (int i = 0; i < difference.length; i++) {
      different.set(i, difference[i] > threshold);
    }
    BitSet large = largest(different);
    BitSet holes = (BitSet) large.clone();
    holes.flip(0, difference.length);
    holes.andNot(fromBorder(holes));
    large.or(holes);
    return large;
  }

  /** The level that separates the differences best, after which both groups vary the least. */
  private int otsu() {
    long[] counts = new long[256];
    double all = 0;
    for (float value : difference) {
      int level = Math.min(255, (int) value);
      counts[level]++;
      all += level;
    }
    int best = 0;
    double most = -1;
    long below = 0;
    double sum = 0;
    for (int level = 0; level < 256; level++) {
      below += counts[level];
      sum += (double) level * counts[level];
      double above = difference.length - below;
      double gap = sum / Math.max(1, below) - (all - sum) / Math.max(1, above);
      double between = below * above * gap * gap;
      if (between > most) {
        most = between;
        best = level;
      }
    }
    return best;
  }

  /** The components that are not small next to the largest. */
  private BitSet largest(BitSet pixels) {
    BitSet open = (BitSet) pixels.clone();
    BitSet kept = new BitSet(pixels.size());
    int largest = 0;
    // The largest is known only at the end, so that small ones are looked at twice.
    for (int pass = 0; pass < 2; pass++) {
      open.or(pixels);
      for (int at = open.nextSetBit(0); at >= 0; at = open.nextSetBit(at)) {
        BitSet component = taken(open, at);
        largest = Math.max(largest, component.cardinality());
        if (pass == 1 && component.cardinality() >= MIN_COMPONENT * largest) {
          kept.or(component);
        }
      }
    }
    return kept;
  }

  /** The pixels that are connected with the border. */
  private BitSet fromBorder(BitSet pixels) {
    BitSet open = (BitSet) pixels.clone();
    BitSet connected = new BitSet(pixels.size());
    for (int at = open.nextSetBit(0); at >= 0; at = open.nextSetBit(at + 1)) {
      boolean edge =
          at % width == 0 || at % width == width - 1 || at < width || at >= (height - 1) * width;
      if (edge) {
        connected.or(taken(open, at));
      }
    }
    return connected;
  }

  /** Takes the 4-connected component of a pixel out of those that are open. */
  private BitSet taken(BitSet open, int start) {
    BitSet component = new BitSet(difference.length);
    ArrayDeque<Integer> next = new ArrayDeque<>();
    open.clear(start);
    next.push(start);
    while (!next.isEmpty()) {
      int at = next.pop();
      component.set(at);
      int x = at % width;
      take(open, next, at - 1, x > 0);
      take(open, next, at + 1, x < width - 1);
      take(open, next, at - width, at >= width);
      take(open, next, at + width, at + width < difference.length);
    }
    return component;
  }

  private static void take(BitSet open, ArrayDeque<Integer> next, int at, boolean exists) {
    if (exists && open.get(at)) {
      open.clear(at);
      next.push(at);
    }
  }
}
