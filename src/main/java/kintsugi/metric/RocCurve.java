package kintsugi.metric;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The receiver operating characteristic: per threshold the fraction of the anomalous and of the
 * normal samples at or above it. A score equal to the threshold is predicted anomalous.
 *
 * @param points from the threshold +∞ (every sample is predicted normal) down to the minimum score
 * @param normals the count of normal samples
 * @param anomalies the count of anomalous samples
 */
public record RocCurve(List<Point> points, int normals, int anomalies) {

  /**
   * One threshold and its rates.
   *
   * @param threshold the score
   * @param falsePositiveRate the fraction of normal samples at or above it
   * @param truePositiveRate the fraction of anomalous samples at or above it
   */
  public record Point(double threshold, double falsePositiveRate, double truePositiveRate) {}

  /**
   * {@return the curve of a set of scores; samples of equal score enter together}
   *
   * @param scores one per sample
   * @param anomalous whether each sample is anomalous
   * @throws IllegalArgumentException if either class is missing or a score is NaN
   */
  public static RocCurve of(double[] scores, boolean[] anomalous) {
    int[] once = new int[scores.length];
    Arrays.fill(once, 1);
    return counted(scores, anomalous, order(scores), once);
  }

  /** The samples from the highest score down. */
  static int[] order(double[] scores) {
    for (int i = 0; i < scores.length; i++) {
      if (Double.isNaN(scores[i])) {
        throw new IllegalArgumentException("the score of sample " + i + " is NaN");
      }
    }
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> scores[i]).reversed())
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** The curve of samples that each count with their multiplicity. */
  static RocCurve counted(double[] scores, boolean[] anomalous, int[] order, int[] multiplicity) {
    int positives = 0;
    int negatives = 0;
    for (int i = 0; i < multiplicity.length; i++) {
      positives += anomalous[i] ? multiplicity[i] : 0;
      negatives += anomalous[i] ? 0 : multiplicity[i];
    }
    if (positives == 0 || negatives == 0) {
      throw new IllegalArgumentException("an ROC curve needs normal and anomalous samples");
    }
    List<Point> points = new ArrayList<>();
    points.add(new Point(Double.POSITIVE_INFINITY, 0, 0));
    int truePositives = 0;
    int falsePositives = 0;
    int entered = 0;
    for (int i = 0; i < order.length; i++) {
      double score = scores[order[i]];
      truePositives += anomalous[order[i]] ? multiplicity[order[i]] : 0;
      falsePositives += anomalous[order[i]] ? 0 : multiplicity[order[i]];
      boolean last = i + 1 == order.length || scores[order[i + 1]] != score;
      if (last && truePositives + falsePositives > entered) {
        double fpr = (double) falsePositives / negatives;
        points.add(new Point(score, fpr, (double) truePositives / positives));
        entered = truePositives + falsePositives;
      }
    }
    return new RocCurve(List.copyOf(points), negatives, positives);
  }

  /**
   * {@return the area under the curve by trapezoids: the probability that an anomalous sample
   * scores higher than a normal one}
   */
  public double area() {
    double area = 0;
    for (int i = 1; i < points.size(); i++) {
      Point from = points.get(i - 1);
      Point to = points.get(i);
      area +=
          (to.falsePositiveRate - from.falsePositiveRate)
              * (to.truePositiveRate + from.truePositiveRate)
              / 2;
    }
    return area;
  }

  /**
   * The average precision {@code Σ_n (R_n − R_{n−1})·P_n} over the descending thresholds, with
   * recall {@code R} and precision {@code P}: the area under the stepwise precision-recall curve.
   *
   * @return that area
   */
  public double averagePrecision() {
    double sum = 0;
    for (int i = 1; i < points.size(); i++) {
      Point at = points.get(i);
      sum += (at.truePositiveRate - points.get(i - 1).truePositiveRate) * precision(at);
    }
    return sum;
  }

  /**
   * The fraction of anomalous samples among those at or above a threshold, {@code TP / (TP + FP)};
   * 1 if there are no samples, as the precision-recall curve begins.
   *
   * @param at the point of the curve
   * @return the precision there
   */
  public double precision(Point at) {
    double truePositives = at.truePositiveRate * anomalies;
    double positives = truePositives + at.falsePositiveRate * normals;
    return positives == 0 ? 1 : truePositives / positives;
  }

  /**
   * {@code F1 = 2·TP / (2·TP + FP + FN)} at one threshold.
   *
   * @param at the point of the curve
   * @return the F1 score there
   */
  public double f1(Point at) {
    double truePositives = at.truePositiveRate * anomalies;
    return 2 * truePositives / (truePositives + at.falsePositiveRate * normals + anomalies);
  }
}
