package kintsugi.learn;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The comparison of scores of normal and of anomalous images by one model: the weighted AUROC, for
 * images that may count several times or not at all.
 */
final class Comparison {
  private final int[] order;
  private final double[] scores;
  private final boolean[] good;
  private final double[] weights;

  /**
   * A comparison.
   *
   * @param scores one per item
   * @param items the images that are compared, by their place
   * @param good whether each item is normal
   * @param weights of each item; only those of anomalous items count
   */
  Comparison(double[] scores, int[] items, boolean[] good, double[] weights) {
    this.scores = scores;
    this.good = good;
    this.weights = weights;
    this.order =
        IntStream.of(items)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> scores[i]))
            .mapToInt(i -> i)
            .toArray();
  }

  /**
   * The probability that an anomalous image scores higher than a normal one, of equals one half;
   * NaN where a kind is missing.
   *
   * @param multiplicity how often each item counts
   */
  double auroc(int[] multiplicity) {
    double below = 0;
    double won = 0;
    double all = 0;
    for (int from = 0; from < order.length; ) {
      int to = from;
      double goods = 0;
      double anomalies = 0;
      for (; to < order.length && scores[order[to]] == scores[order[from]]; to++) {
        int item = order[to];
        if (good[item]) {
          goods += multiplicity[item];
        } else {
          anomalies += multiplicity[item] * weights[item];
        }
      }
      won += anomalies * (below + goods / 2);
      all += anomalies;
      below += goods;
      from = to;
    }
    return below == 0 || all == 0 ? Double.NaN : won / (all * below);
  }

  /** The mean of some comparisons' AUROC, without those that lack a kind; NaN where all do. */
  static double mean(List<Comparison> comparisons, int[] multiplicity) {
    List<Double> known = new ArrayList<>();
    for (Comparison comparison : comparisons) {
      double auroc = comparison.auroc(multiplicity);
      if (!Double.isNaN(auroc)) {
        known.add(auroc);
      }
    }
    return known.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
  }
}
