package kintsugi.metric;

import java.util.Arrays;

/**
 * The labelled pixel scores of many maps, and the pixel metrics computed from them: {@link
 * ExactPixelScores} keeps every score, {@link PixelHistogram} counts them in bins and bounds the
 * error.
 */
public abstract sealed class PixelScores permits ExactPixelScores, PixelHistogram {
  /** The usual limit of {@link #aupro}. */
  public static final double FALSE_POSITIVE_LIMIT = 0.3;

  private final double uncertainty;
  private long normals;
  private long anomalies;
  private int regions;

  /** Starts without pixels. */
  PixelScores(boolean exact) {
    this.uncertainty = exact ? 0 : 1;
  }

  /**
   * A metric and the bound of its error.
   *
   * @param value the metric
   * @param error the maximum distance from the exact value; 0 if every score was kept
   */
  public record Estimate(double value, double error) {}

  /**
   * The maximum F1 of single pixels over all thresholds.
   *
   * @param f1 {@code 2·TP / (2·TP + FP + FN)}
   * @param threshold the minimum score predicted anomalous there
   */
  public record BestF1(Estimate f1, double threshold) {}

  /** The receiver of groups of pixels: pixels of one score, or of the scores of one bin. */
  interface Group {
    /**
     * Takes the next group from the highest score down.
     *
     * @param minimum the minimum score of the group
     * @param normal the count of normal pixels
     * @param anomalous the count of anomalous pixels
     * @param overlap the sum of the anomalous pixels' weights, each 1 over the size of its region
     */
    void next(float minimum, long normal, long anomalous, double overlap);
  }

  /**
   * Adds a map.
   *
   * @param scores one per pixel
   * @param labels per pixel 0 if it is normal, otherwise the index of its anomalous region, from 1
   *     on without a gap
   */
  public final void add(float[] scores, int[] labels) {
    int last = Arrays.stream(labels).max().orElse(0);
    int[] sizes = new int[last + 1];
    for (int label : labels) {
      sizes[label]++;
    }
    double[] weights = new double[last + 1];
    for (int region = 1; region <= last; region++) {
      weights[region] = 1.0 / sizes[region];
    }
    put(scores, labels, weights);
    normals += sizes[0];
    anomalies += scores.length - sizes[0];
    regions += last;
  }

  /** Keeps or counts a map's pixels; a pixel of region r has the weight {@code weights[r]}. */
  abstract void put(float[] scores, int[] labels, double[] weights);

  /** Passes all pixels on, from the highest score down. */
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

  /** {@return whether there are pixels of both classes, which every curve needs} */
  public final boolean hasBothKinds() {
    return anomalies > 0 && normals > 0;
  }

  /** {@return the area under the ROC of single pixels} */
  public final Estimate auroc() {
    Area area = new Area(1);
    descend((minimum, normal, anomalous, overlap) -> area.add(normal, (double) anomalous));
    return area.over(anomalies);
  }

  /**
   * The area under the per-region overlap (the mean over the regions of the fraction of each that
   * is predicted anomalous) over the false-positive rate of pixels from 0 to a limit, divided by
   * that limit (Bergmann et al., <i>MVTec AD</i>, 2021, section 5.2).
   *
   * @param limit the maximum false-positive rate
   * @return the area as a fraction of the limit
   */
  public final Estimate aupro(double limit) {
    Area area = new Area(limit);
    descend((minimum, normal, anomalous, overlap) -> area.add(normal, overlap));
    return area.over(limit * regions);
  }

  /** {@return the maximum F1 over all thresholds} */
  public final BestF1 bestF1() {
    F1 best = new F1();
    descend(best);
    return new BestF1(
        new Estimate(best.value, uncertainty * Math.max(0, best.reachable - best.value)),
        best.threshold);
  }

  /**
   * The area by trapezoids of the anomalous pixels' weight over the rate of normal pixels up to a
   * limit. In a group whose order is unknown the curve can run along either edge of its box: half
   * the box is the error, and more of a box that the limit cuts.
   */
  private final class Area {
    private final double limit;
    private long normalsSoFar;
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
      normalsSoFar += normal;
      double nextX = (double) normalsSoFar / normals;
      double fraction = nextX > limit ? (limit - x) / (nextX - x) : 1;
      double width = Math.min(nextX, limit) - x;
      area += width * (y + fraction * gained / 2);
      error += width * gained * (1 - fraction / 2);
      x = nextX;
      y += gained;
    }

    private Estimate over(double whole) {
      return new Estimate(area / whole, uncertainty * error / whole);
    }
  }

  /** The maximum F1 between groups, and the bound that a threshold within a group can reach. */
  private final class F1 implements Group {
    private long truePositives;
    private long falsePositives;
    private double value;
    private double reachable;
    private double threshold;

    @Override
    public void next(float minimum, long normal, long anomalous, double overlap) {
      truePositives += anomalous;
      reachable = Math.max(reachable, f1());
      falsePositives += normal;
      if (f1() > value) {
        value = f1();
        threshold = minimum;
      }
    }

    private double f1() {
      return 2.0 * truePositives / (truePositives + falsePositives + anomalies);
    }
  }
}
