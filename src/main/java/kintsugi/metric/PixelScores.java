package kintsugi.metric;

import java.util.Arrays;

/**
 * The scores of all pixels of many maps, and which of them are anomalous: {@link ExactPixelScores}
 * keeps every one, {@link PixelHistogram} counts them and says how far it can be off.
 */
public abstract sealed class PixelScores permits ExactPixelScores, PixelHistogram {
  /** The usual limit of {@link #aupro}. */
  public static final double FALSE_POSITIVE_LIMIT = 0.3;

  private final double uncertainty;
  private long normals;
  private long anomalies;
  private int regions;

  /** No pixels. */
  PixelScores(boolean exact) {
    this.uncertainty = exact ? 0 : 1;
  }

  /**
   * A figure and how far the true one can be from it.
   *
   * @param value the figure
   * @param error the bound, not a guess; 0 where every score was kept
   */
  public record Estimate(double value, double error) {}

  /**
   * The best F1 of single pixels.
   *
   * @param f1 {@code 2·TP / (2·TP + FP + FN)}
   * @param threshold from this score on a pixel is anomalous there
   */
  public record BestF1(Estimate f1, double threshold) {}

  /** Pixels of one score, or of scores that are not told apart. */
  interface Group {
    /**
     * Takes the next group from the highest score down.
     *
     * @param lowest the lowest score of the group
     * @param normal how many of its pixels are normal
     * @param anomalous how many are anomalous
     * @param overlap the sum over the anomalous ones of the share of its region that each is
     */
    void next(float lowest, long normal, long anomalous, double overlap);
  }

  /**
   * Adds a map.
   *
   * @param scores one a pixel
   * @param labels for each pixel 0 where it is normal, or the number of its anomalous region, from
   *     1 on without a gap
   */
  public final void add(float[] scores, int[] labels) {
    int last = Arrays.stream(labels).max().orElse(0);
    int[] sizes = new int[last + 1];
    for (int label : labels) {
      sizes[label]++;
    }
    double[] shares = new double[last + 1];
    for (int region = 1; region <= last; region++) {
      shares[region] = 1.0 / sizes[region];
    }
    put(scores, labels, shares);
    normals += sizes[0];
    anomalies += scores.length - sizes[0];
    regions += last;
  }

  /** Keeps or counts a map's pixels, each with the share that it is of its region. */
  abstract void put(float[] scores, int[] labels, double[] shares);

  /** Hands on all pixels from the highest score down. */
  abstract void descend(Group group);

  /** Bits whose order as integers is that of the floats; −0 is 0. */
  static int ordered(float score) {
    int bits = Float.floatToIntBits(score + 0f);
    return bits ^ bits >> 31 & Integer.MAX_VALUE;
  }

  /** The float of {@link #ordered} bits. */
  static float unordered(int ordered) {
    return Float.intBitsToFloat(ordered ^ ordered >> 31 & Integer.MAX_VALUE);
  }

  /** {@return whether there are pixels of both kinds, without which no curve exists} */
  public final boolean hasBothKinds() {
    return anomalies > 0 && normals > 0;
  }

  /** {@return the area under the ROC of single pixels} */
  public final Estimate auroc() {
    Area area = new Area(1);
    descend((lowest, normal, anomalous, overlap) -> area.add(normal, (double) anomalous));
    return area.over(anomalies);
  }

  /**
   * The area under the per-region overlap, the mean over the regions of the share of each that is
   * found, over the false-positive rate of pixels from 0 to a limit, divided by that limit
   * (Bergmann et al., <i>MVTec AD</i>, 2021, section 5.2).
   *
   * @param limit the largest false-positive rate
   * @return the area as a share of the limit
   */
  public final Estimate aupro(double limit) {
    Area area = new Area(limit);
    descend((lowest, normal, anomalous, overlap) -> area.add(normal, overlap));
    return area.over(limit * regions);
  }

  /** {@return the largest F1 over all thresholds} */
  public final BestF1 bestF1() {
    F1 best = new F1();
    descend(best);
    return new BestF1(
        new Estimate(best.value, uncertainty * Math.max(0, best.reachable - best.value)),
        best.threshold);
  }

  /**
   * Trapezoids of what anomalous pixels weigh over the rate of normal ones up to a limit. In a
   * group whose order is not known the curve can run along either side of its box: half the box is
   * the error, and more of a box that the limit cuts.
   */
  private final class Area {
    private final double limit;
    private long found;
    private double x;
    private double y;
    private double area;
    private double error;

    private Area(double limit) {
      this.limit = limit;
    }

    private void add(long normal, double gained) {
      if (x >= limit) {
        return;
      }
      found += normal;
      double nextX = (double) found / normals;
      double share = nextX > limit ? (limit - x) / (nextX - x) : 1;
      double width = Math.min(nextX, limit) - x;
      area += width * (y + share * gained / 2);
      error += width * gained * (1 - share / 2);
      x = nextX;
      y += gained;
    }

    private Estimate over(double whole) {
      return new Estimate(area / whole, uncertainty * error / whole);
    }
  }

  /** The best F1 between groups, and what a threshold within one could reach at most. */
  private final class F1 implements Group {
    private long truePositives;
    private long falsePositives;
    private double value;
    private double reachable;
    private double threshold;

    @Override
    public void next(float lowest, long normal, long anomalous, double overlap) {
      truePositives += anomalous;
      reachable = Math.max(reachable, f1());
      falsePositives += normal;
      if (f1() > value) {
        value = f1();
        threshold = lowest;
      }
    }

    private double f1() {
      return 2.0 * truePositives / (truePositives + falsePositives + anomalies);
    }
  }
}
