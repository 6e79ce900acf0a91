package kintsugi.metric;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The receiver operating characteristic: for every threshold the share of anomalous and of normal
 * samples at or above it. A score equal to the threshold counts as anomalous.
 *
 * @param points from the threshold +∞ (nothing is anomalous) down to the smallest score
 * @param normals how many samples are normal
 * @param anomalies how many are anomalous
 */
public record RocCurve(List<Point> points, int normals, int anomalies) {

  /** One threshold and the rates it gives. */
  public record Point(double threshold, double falsePositiveRate, double truePositiveRate) {}

  /**
   * The curve of a set of scores; samples of equal score enter together.
   *
   * @throws IllegalArgumentException if either kind is missing or a score is no number
   */
  public static RocCurve of(double[] scores, boolean[] anomalous) {
    int positives = (int) IntStream.range(0, anomalous.length).filter(i -> anomalous[i]).count();
    int negatives = anomalous.length - positives;
    if (positives == 0 || negatives == 0) {
      throw new IllegalArgumentException("an ROC curve needs normal and anomalous samples");
    }
    int[] order =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> scores[i]).reversed())
            .mapToInt(Integer::intValue)
            .toArray();
    List<Point> points = new ArrayList<>();
    points.add(new Point(Double.POSITIVE_INFINITY, 0, 0));
    int truePositives = 0;
    int falsePositives = 0;
    for (int i = 0; i < order.length; i++) {
      double score = scores[order[i]];
      if (Double.isNaN(score)) {
        throw new IllegalArgumentException("the score of sample " + order[i] + " is no number");
      }
      truePositives += anomalous[order[i]] ? 1 : 0;
      falsePositives += anomalous[order[i]] ? 0 : 1;
      if (i + 1 == order.length || scores[order[i + 1]] != score) {
        double fpr = (double) falsePositives / negatives;
        points.add(new Point(score, fpr, (double) truePositives / positives));
      }
    }
    return new RocCurve(List.copyOf(points), negatives, positives);
  }

  /** The area under the curve by trapezoids: the chance that an anomalous sample scores higher. */
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
   * The average precision {@code Σ_n (R_n − R_{n−1})·P_n} over the thresholds from above, with
   * recall {@code R} and precision {@code P}: the area under the precision-recall curve by steps.
   */
  public double averagePrecision() {
    double sum = 0;
    for (int i = 1; i < points.size(); i++) {
      Point at = points.get(i);
      double found = at.truePositiveRate * anomalies;
      double precision = found / (found + at.falsePositiveRate * normals);
      sum += (at.truePositiveRate - points.get(i - 1).truePositiveRate) * precision;
    }
    return sum;
  }

  /** {@code F1 = 2·TP / (2·TP + FP + FN)} at one threshold. */
  public double f1(Point at) {
    double found = at.truePositiveRate * anomalies;
    return 2 * found / (found + at.falsePositiveRate * normals + anomalies);
  }
}
