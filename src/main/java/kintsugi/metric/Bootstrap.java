package kintsugi.metric;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.descriptive.rank.Percentile;

/**
 * How far figures could be off because other pictures might have been drawn: 95 % confidence
 * intervals by the percentile bootstrap (Efron, 1979). Normal and anomalous samples are drawn anew
 * with replacement, each kind as often as there are samples of it, and every figure is taken again;
 * the interval lies between the 2.5th and the 97.5th percentile. The threshold is left as it is.
 *
 * @param imageAuroc of the area under the ROC
 * @param averagePrecision of the average precision
 * @param accuracy of the share of right verdicts
 * @param precision of the share of true ones among those found anomalous
 * @param recall of the share of anomalous ones that are found
 * @param specificity of the share of normal ones that are not
 * @param f1 of the F1 score
 */
public record Bootstrap(
    Interval imageAuroc,
    Interval averagePrecision,
    Interval accuracy,
    Interval precision,
    Interval recall,
    Interval specificity,
    Interval f1) {
  private static final int DRAWS = 1000;
  private static final double TAIL_PERCENT = 2.5;

  /**
   * Both ends of an interval.
   *
   * @param low the lower end
   * @param high the upper end
   */
  public record Interval(double low, double high) {}

  /** The figures of one draw. */
  private record Draw(RocCurve roc, ConfusionMatrix confusion) {}

  /** In the order of the components. */
  private static final List<ToDoubleFunction<Draw>> FIGURES =
      List.of(
          d -> d.roc.area(),
          d -> d.roc.averagePrecision(),
          d -> d.confusion.accuracy(),
          d -> d.confusion.precision(),
          d -> d.confusion.recall(),
          d -> d.confusion.specificity(),
          d -> d.confusion.f1());

  /**
   * {@return the intervals of a set of scores}
   *
   * @param scores one a sample
   * @param anomalous which samples are
   * @param threshold from this score on a sample is anomalous
   * @param seed fixes the draws
   * @throws IllegalArgumentException if either kind is missing or a score is no number
   */
  public static Bootstrap of(double[] scores, boolean[] anomalous, double threshold, long seed) {
    int[] order = RocCurve.order(scores);
    int[] normals = IntStream.range(0, scores.length).filter(i -> !anomalous[i]).toArray();
    int[] anomalies = IntStream.range(0, scores.length).filter(i -> anomalous[i]).toArray();
    Random random = new Random(seed);
    double[][] figures = new double[FIGURES.size()][DRAWS];
    int[] times = new int[scores.length];
    for (int d = 0; d < DRAWS; d++) {
      Arrays.fill(times, 0);
      draw(normals, times, random);
      draw(anomalies, times, random);
      Draw draw =
          new Draw(
              RocCurve.of(scores, anomalous, order, times),
              ConfusionMatrix.of(scores, anomalous, times, threshold));
      for (int f = 0; f < figures.length; f++) {
        figures[f][d] = FIGURES.get(f).applyAsDouble(draw);
      }
    }
    Interval[] intervals = Arrays.stream(figures).map(Bootstrap::interval).toArray(Interval[]::new);
    return new Bootstrap(
        intervals[0],
        intervals[1],
        intervals[2],
        intervals[3],
        intervals[4],
        intervals[5],
        intervals[6]);
  }

  private static void draw(int[] samples, int[] times, Random random) {
    for (int i = 0; i < samples.length; i++) {
      times[samples[random.nextInt(samples.length)]]++;
    }
  }

  /** A draw that finds nothing anomalous has no precision, and counts for no interval. */
  private static Interval interval(double[] figures) {
    double[] known = Arrays.stream(figures).filter(Double::isFinite).toArray();
    Percentile percentile = new Percentile();
    percentile.setData(known);
    return known.length == 0
        ? new Interval(Double.NaN, Double.NaN)
        : new Interval(percentile.evaluate(TAIL_PERCENT), percentile.evaluate(100 - TAIL_PERCENT));
  }
}
