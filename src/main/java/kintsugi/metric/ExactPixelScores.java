package kintsugi.metric;

import java.util.Arrays;

/** Pixel scores that are all kept: eight bytes per pixel, and as many again during the sort. */
public final class ExactPixelScores extends PixelScores {
  private long[] keys = new long[1 << 16];
  private double[] weights = new double[16];
  private int count;
  private int regions;
  private boolean sorted;

  /** Starts without pixels. */
  public ExactPixelScores() {
    super(true);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the pixels do not fit into an array
   */
  @Override
  void put(float[] scores, int[] labels, double[] mapWeights) {
    if ((long) count + scores.length > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "exact pixel metrics are limited to 2^31 pixels; use the histogram");
    }
    if (count + scores.length > keys.length) {
      keys =
          Arrays.copyOf(keys, (int) Math.min(2L * (count + scores.length), Integer.MAX_VALUE - 8));
    }
    int last = regions + mapWeights.length - 1;
    if (last >= weights.length) {
      weights = Arrays.copyOf(weights, 2 * last);
    }
    System.arraycopy(mapWeights, 1, weights, regions + 1, mapWeights.length - 1);
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
        overlap += region == 0 ? 0 : weights[region];
      }
      group.next(unordered((int) score), normal, anomalous, overlap);
    }
  }
}
