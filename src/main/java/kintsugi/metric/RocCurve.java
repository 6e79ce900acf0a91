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
 */
public record RocCurve(List<Point> points) {

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
    return new RocCurve(List.copyOf(points));
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
   * Youden's threshold: the score with the largest {@code J = TPR − FPR}; of equals the highest.
   *
   * <p>Source: W. J. Youden, <i>Index for rating diagnostic tests</i>, 1950.
   */
  public double youdenThreshold() {
    Point best = points.get(1);
    for (Point point : points.subList(2, points.size())) {
      boolean better =
          point.truePositiveRate - point.falsePositiveRate
              > best.truePositiveRate - best.falsePositiveRate;
      best = better ? point : best;
    }
    return best.threshold;
  }
}
