package kintsugi.metric;

import java.util.Arrays;

/**
 * The scores of all pixels of many maps, and which of them are anomalous. Exact; eight bytes a
 * pixel, and as many again while they are sorted.
 */
public final class PixelScores {
  /** The usual limit of {@link #aupro}. */
  public static final double FALSE_POSITIVE_LIMIT = 0.3;

  private long[] keys = new long[1 << 16];
  private int[] regionSizes = new int[16];
  private int count;
  private int regions;
  private boolean sorted;

  /** No pixels. */
  public PixelScores() {}

  /**
   * Adds a map.
   *
   * @param scores one a pixel
   * @param labels for each pixel 0 where it is normal, or the number of its anomalous region, from
   *     1 on
   * @throws IllegalArgumentException if there are too many pixels for an array
   */
  public void add(float[] scores, int[] labels) {
    if ((long) count + scores.length > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException("pixel metrics of more than 2^31 pixels do not fit");
    }
    if (count + scores.length > keys.length) {
      keys =
          Arrays.copyOf(keys, (int) Math.min(2L * (count + scores.length), Integer.MAX_VALUE - 8));
    }
    int first = regions;
    for (int i = 0; i < scores.length; i++) {
      int region = labels[i] == 0 ? 0 : first + labels[i];
      keys[count++] = (long) ordered(scores[i]) << 32 | region;
      regions = Math.max(regions, region);
      if (region >= regionSizes.length) {
        regionSizes = Arrays.copyOf(regionSizes, 2 * region);
      }
      regionSizes[region]++;
    }
    sorted = false;
  }

  /** Bits whose order as integers is that of the floats; −0 is 0. */
  private static int ordered(float score) {
    int bits = Float.floatToIntBits(score + 0f);
    return bits ^ bits >> 31 & Integer.MAX_VALUE;
  }

  /** Whether there are pixels of both kinds, without which no curve exists. */
  public boolean hasBothKinds() {
    return regions > 0 && regionSizes[0] > 0;
  }

  /** The area under the ROC of single pixels. */
  public double auroc() {
    double[] weights = new double[regions + 1];
    Arrays.fill(weights, 1.0 / (count - regionSizes[0]));
    return area(weights, 1);
  }

  /**
   * The area under the per-region overlap, the mean over the regions of the share of each that is
   * found, over the false-positive rate of pixels from 0 to a limit, divided by that limit
   * (Bergmann et al., <i>MVTec AD</i>, 2021, section 5.2).
   */
  public double aupro(double limit) {
    double[] weights = new double[regions + 1];
    for (int region = 1; region <= regions; region++) {
      weights[region] = 1.0 / ((double) regionSizes[region] * regions);
    }
    return area(weights, limit) / limit;
  }

  /** Trapezoids of what an anomalous pixel weighs, over the rate of normal ones up to a limit. */
  private double area(double[] weights, double limit) {
    if (!sorted) {
      Arrays.parallelSort(keys, 0, count);
      sorted = true;
    }
    double area = 0;
    double x = 0;
    double y = 0;
    long normals = 0;
    for (int i = count - 1; i >= 0 && x < limit; ) {
      double gained = 0;
      long score = keys[i] >> 32;
      for (; i >= 0 && keys[i] >> 32 == score; i--) {
        int region = (int) keys[i];
        normals += region == 0 ? 1 : 0;
        gained += region == 0 ? 0 : weights[region];
      }
      double nextX = (double) normals / regionSizes[0];
      double share = nextX > limit ? (limit - x) / (nextX - x) : 1;
      double nextY = y + share * gained;
      area += (Math.min(nextX, limit) - x) * (y + nextY) / 2;
      x = nextX;
      y = nextY;
    }
    return area;
  }
}
