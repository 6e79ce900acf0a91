package kintsugi.metric;

import java.util.Arrays;

/** Every pixel's score; eight bytes a pixel, and as many again while they are sorted. */
public final class ExactPixelScores extends PixelScores {
  private long[] keys = new long[1 << 16];
  private double[] shares = new double[16];
  private int count;
  private int regions;
  private boolean sorted;

  /** No pixels. */
  public ExactPixelScores() {
    super(true);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if there are too many pixels for an array
   */
  @Override
  void put(float[] scores, int[] labels, double[] mapShares) {
    if ((long) count + scores.length > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException("exact metrics of more than 2^31 pixels do not fit");
    }
    if (count + scores.length > keys.length) {
      keys =
          Arrays.copyOf(keys, (int) Math.min(2L * (count + scores.length), Integer.MAX_VALUE - 8));
    }
    int last = regions + mapShares.length - 1;
    if (last >= shares.length) {
      shares = Arrays.copyOf(shares, 2 * last);
    }
    System.arraycopy(mapShares, 1, shares, regions + 1, mapShares.length - 1);
    for (int i = 0; i < scores.length; i++) {
      int region = labels[i] == 0 ? 0 : regions + labels[i];
      keys[count++] = (long) ordered(scores[i]) << 32 | region;
    }
    regions = last;
    sorted = false;
  }

  @Override
  void descend(Group group) {
    if (!sorted) {
      Arrays.parallelSort(keys, 0, count);
      sorted = true;
    }
    for (int i = count - 1; i >= 0; ) {
      long score = keys[i] >> 32;
      long normal = 0;
      long anomalous = 0;
      double overlap = 0;
      for (; i >= 0 && keys[i] >> 32 == score; i--) {
        int region = (int) keys[i];
        normal += region == 0 ? 1 : 0;
        anomalous += region == 0 ? 0 : 1;
        overlap += region == 0 ? 0 : shares[region];
      }
      group.next(unordered((int) score), normal, anomalous, overlap);
    }
  }
}
