package kintsugi.metric;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.descriptive.rank.Percentile;

/**
 * The 95 % confidence intervals of the image metrics by the percentile bootstrap (Efron, 1979).
 * Normal and anomalous samples are resampled with replacement, each class to its own size, and
 * every metric is computed again; the interval reaches from the 2.5th to the 97.5th percentile. The
 * threshold stays the same.
 *
 * <p>Where all draws agree, as at an AUROC of 1, the bootstrap says nothing of the error; there the
 * AUROC's interval is {@link AurocInterval}'s, that of a fraction Clopper and Pearson's ({@link
 * ErrorRate}), that of F1 from the ends of precision and recall, and that of the average precision
 * unknown (NaN).
 *
 * @param imageAuroc the interval of the area under the ROC
 * @param averagePrecision that of the average precision
 * @param accuracy that of the fraction of correct predictions
 * @param precision that of the fraction of anomalous samples among those predicted anomalous
 * @param recall that of the fraction of anomalous samples predicted anomalous
 * @param specificity that of the fraction of normal samples predicted normal
 * @param f1 that of the F1 score
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
   * An interval of a metric.
   *
   * @param low the lower end
   * @param high the upper end
   */
  public record Interval(double low, double high) {}

  /** The results of one resampling. */
  private record Draw(RocCurve roc, ConfusionMatrix confusion) {}

  /** The metrics in the order of the record's components. */
  private static final List<ToDoubleFunction<Draw>> METRICS =
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
   * @param scores one per sample
   * @param anomalous whether each sample is anomalous
   * @param threshold the minimum score predicted anomalous
   * @param seed fixes the draws
   * @throws IllegalArgumentException if either class is missing or a score is NaN
   */
  public static Bootstrap of(double[] scores, boolean[] anomalous, double threshold, long seed) {
    int[] order = RocCurve.order(scores);
    int[] normals = IntStream.range(0, scores.length).filter(i -> !anomalous[i]).toArray();
    int[] anomalies = IntStream.range(0, scores.length).filter(i -> anomalous[i]).toArray();
    Random random = new Random(seed);
    double[][] metrics = new double[METRICS.size()][DRAWS];
    int[] multiplicity = new int[scores.length];
    for (int d = 0; d < DRAWS; d++) {
      Arrays.fill(multiplicity, 0);
      draw(normals, multiplicity, random);
      draw(anomalies, multiplicity, random);
      Draw draw =
          new Draw(
              RocCurve.counted(scores, anomalous, order, multiplicity),
              ConfusionMatrix.of(scores, anomalous, multiplicity, threshold));
      for (int f = 0; f < metrics.length; f++) {
        metrics[f][d] = METRICS.get(f).applyAsDouble(draw);
      }
    }
    Interval[] drawn = Arrays.stream(metrics).map(Bootstrap::interval).toArray(Interval[]::new);
    double auroc = RocCurve.of(scores, anomalous).area();
    ConfusionMatrix c = ConfusionMatrix.of(scores, anomalous, threshold);
    Interval precision = honest(drawn[3], () -> exact(c.tp(), c.tp() + c.fp()));
    Interval recall = honest(drawn[4], () -> exact(c.tp(), c.tp() + c.fn()));
    return new Bootstrap(
        honest(drawn[0], () -> AurocInterval.of(auroc, normals.length, anomalies.length)),
        honest(drawn[1], () -> new Interval(Double.NaN, Double.NaN)),
        honest(drawn[2], () -> exact(c.tp() + c.tn(), scores.length)),
        precision,
        recall,
        honest(drawn[5], () -> exact(c.tn(), c.tn() + c.fp())),
        honest(
            drawn[6],
            () ->
                new Interval(
                    f1(precision.low(), recall.low()), f1(precision.high(), recall.high()))));
  }

  private static Interval honest(Interval drawn, Supplier<Interval> other) {
    return drawn.low() == drawn.high() ? other.get() : drawn;
  }

  private static Interval exact(int found, int samples) {
    ErrorRate rate = ErrorRate.tested(samples, found);
    return new Interval(rate.low(), rate.high());
  }

  private static double f1(double precision, double recall) {
    return precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
  }

  private static void draw(int[] samples, int[] multiplicity, Random random) {
    for (int i = 0; i < samples.length; i++) {
      multiplicity[samples[random.nextInt(samples.length)]]++;
    }
  }

  /** A draw without a sample predicted anomalous has no precision and does not count. */
  private static Interval interval(double[] values) {
    double[] known = Arrays.stream(values).filter(Double::isFinite).toArray();
    Percentile percentile = new Percentile();
    percentile.setData(known);
    return known.length == 0
        ? new Interval(Double.NaN, Double.NaN)
        : new Interval(percentile.evaluate(TAIL_PERCENT), percentile.evaluate(100 - TAIL_PERCENT));
  }
}
