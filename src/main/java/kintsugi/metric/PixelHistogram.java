package kintsugi.metric;

/**
 * A histogram of pixel scores in bins of equal relative width, indexed by the leading bits of the
 * float. Memory does not grow with the count of pixels: 1.6 MB per power of two with any score in
 * it.
 */
public final class PixelHistogram extends PixelScores {
  /** Bits of the fraction that index the bins: a bin is 2^-16 of its score wide. */
  private static final int FRACTION_BITS = 16;

  private static final int FRACTION = 23;
  private static final int SHIFT = FRACTION - FRACTION_BITS;
  private static final int BINS = 1 << FRACTION_BITS;

  /** One page per sign and exponent, null without scores. */
  private final Page[] pages = new Page[1 << Float.SIZE - FRACTION];

  private static final class Page {
    private final long[] normal = new long[BINS];
    private final long[] anomalous = new long[BINS];
    private final double[] overlap = new double[BINS];
  }

  /** Starts without pixels. */
  public PixelHistogram() {
    super(false);
  }

  @Override
  void put(float[] scores, int[] labels, double[] weights) {
    for (int i = 0; i < scores.length; i++) {
      int key = ordered(scores[i]) ^ Integer.MIN_VALUE;
      Page page = pages[key >>> FRACTION];
      if (page == null) {
        page = new Page();
        pages[key >>> FRACTION] = page;
      }
      int bin = key >>> SHIFT & BINS - 1;
      if (labels[i] == 0) {
        page.normal[bin]++;
      } else {
        page.anomalous[bin]++;
        page.overlap[bin] += weights[labels[i]];
      }
    }
  }

  @Override
  void descend(Group group) {
    for (int p = pages.length - 1; p >= 0; p--) {
      for (int bin = BINS - 1; pages[p] != null && bin >= 0; bin--) {
        Page page = pages[p];
        if (page.normal[bin] + page.anomalous[bin] > 0) {
          int key = p << FRACTION | bin << SHIFT;
          group.next(
              unordered(key ^ Integer.MIN_VALUE),
              page.normal[bin],
              page.anomalous[bin],
              page.overlap[bin]);
        }
      }
    }
  }
}
