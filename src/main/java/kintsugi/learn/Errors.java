package kintsugi.learn;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import kintsugi.metric.ThresholdRule;

/**
 * The false alarms and the misses of a threshold that was found with other images: a model of one
 * fold gets its threshold by the scores of a second one, and is counted on the third.
 *
 * @param good normal images counted, each once per model
 * @param falseAlarms those predicted anomalous
 * @param bad anomalous images counted, each once per model
 * @param missed those predicted normal
 */
record Errors(int good, int falseAlarms, int bad, int missed) {
  static final Errors NONE = new Errors(0, 0, 0, 0);

  /**
   * Counts a candidate's errors.
   *
   * @param rule of the threshold
   * @param tested the fold that is counted
   */
  static Errors of(Evidence evidence, List<Item> items, ThresholdRule rule, int tested) {
    Errors sum = NONE;
    int folds = evidence.scores().length;
    for (int learnt = 0; learnt < folds; learnt++) {
      for (int held = 0; held < folds; held++) {
        if (learnt != held && learnt != tested && held != tested) {
          double[] scores = evidence.scores()[learnt];
          double threshold = threshold(scores, items, rule, held, tested);
          sum = sum.and(count(scores, items, threshold, tested));
        }
      }
    }
    return sum;
  }

  private static double threshold(
      double[] scores, List<Item> items, ThresholdRule rule, int held, int tested) {
    List<Double> known = new ArrayList<>();
    List<Boolean> truths = new ArrayList<>();
    for (int i = 0; i < scores.length; i++) {
      Item item = items.get(i);
      boolean good = item.truth() == Item.Truth.GOOD && item.fold() == held;
      if (good || item.truth() == Item.Truth.BAD && item.fold() != tested) {
        known.add(scores[i]);
        truths.add(!good);
      }
    }
    boolean[] anomalous = new boolean[truths.size()];
    IntStream.range(0, anomalous.length).forEach(i -> anomalous[i] = truths.get(i));
    return rule.threshold(known.stream().mapToDouble(Double::doubleValue).toArray(), anomalous);
  }

  private static Errors count(double[] scores, List<Item> items, double threshold, int tested) {
    boolean real = items.stream().anyMatch(item -> item.truth() == Item.Truth.BAD);
    Item.Truth anomalous = real ? Item.Truth.BAD : Item.Truth.SYNTHETIC;
    int[] counts = new int[4];
    for (int i = 0; i < scores.length; i++) {
      Item item = items.get(i);
      if (item.fold() == tested && item.truth() == Item.Truth.GOOD) {
        counts[0]++;
        counts[1] += scores[i] >= threshold ? 1 : 0;
      } else if (item.fold() == tested && item.truth() == anomalous) {
        counts[2]++;
        counts[3] += scores[i] >= threshold ? 0 : 1;
      }
    }
    return new Errors(counts[0], counts[1], counts[2], counts[3]);
  }

  Errors and(Errors other) {
    return new Errors(
        good + other.good, falseAlarms + other.falseAlarms, bad + other.bad, missed + other.missed);
  }
}
