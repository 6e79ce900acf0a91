package kintsugi.mark;

import java.util.List;
import kintsugi.mark.Exercise.Case;
import kintsugi.mark.Exercise.Mistake;
import kintsugi.metric.RocCurve;

/** The exercise on the area under the ROC. */
final class AurocExercise {
  /** Less than any two scores of a case differ by. */
  private static final double LITTLE = 1e-6;

  private AurocExercise() {}

  static Exercise exercise() {
    return new Exercise(
        "Auroc",
        "auroc",
        List.of(
            new Case("4 samples, one pair in the wrong order", () -> samples(0, 4, false)),
            new Case("25 samples", () -> samples(1, 25, false)),
            new Case("30 samples with ties", () -> samples(2, 30, true))),
        a -> curve((double[]) a[0], (boolean[]) a[1]).area(),
        List.of(
            new Mistake(
                "of a tie between a normal and an anomalous sample a whole pair is counted; half of"
                    + " it is right (the trapezoid's half)",
                a -> curve(shifted(a, LITTLE), (boolean[]) a[1]).area()),
            new Mistake(
                "of a tie between a normal and an anomalous sample nothing is counted; half a pair"
                    + " is right (the trapezoid's half)",
                a -> curve(shifted(a, -LITTLE), (boolean[]) a[1]).area()),
            new Mistake(
                "samples of equal score enter the curve one by one, in the order in which they came;"
                    + " they enter together",
                AurocExercise::oneByOne),
            new Mistake(
                "labels or the order of scores exchanged: 1 minus the area",
                a -> 1 - curve((double[]) a[0], (boolean[]) a[1]).area()),
            new Mistake(
                "divided by the pairs of all samples where pairs of a normal and an anomalous one"
                    + " count",
                a -> {
                  RocCurve curve = curve((double[]) a[0], (boolean[]) a[1]);
                  double all = curve.normals() + curve.anomalies();
                  return curve.area() * curve.normals() * curve.anomalies() / (all * (all - 1) / 2);
                }),
            new Mistake(
                "the average precision, the area under the precision-recall curve",
                a -> curve((double[]) a[0], (boolean[]) a[1]).averagePrecision())));
  }

  private static Object[] samples(int seed, int count, boolean ties) {
    if (seed == 0) {
      return new Object[] {
        new double[] {0.9, 0.4, 0.7, 0.1}, new boolean[] {true, true, false, false}
      };
    }
    double[] scores = new double[count];
    boolean[] anomalous = new boolean[count];
    float[] values = Exercise.random(seed, count);
    for (int i = 0; i < count; i++) {
      anomalous[i] = i % 3 == 0;
      double score = values[i] + (anomalous[i] ? 0.4 : 0) + 1e-4 * i;
      scores[i] = ties ? Math.rint(score * 4) / 4 : score;
    }
    return new Object[] {scores, anomalous};
  }

  private static RocCurve curve(double[] scores, boolean[] anomalous) {
    return RocCurve.of(scores, anomalous);
  }

  /** The anomalous samples' scores a little higher. */
  private static double[] shifted(Object[] a, double by) {
    double[] scores = ((double[]) a[0]).clone();
    for (int i = 0; i < scores.length; i++) {
      scores[i] += ((boolean[]) a[1])[i] ? by : 0;
    }
    return scores;
  }

  private static double oneByOne(Object[] a) {
    double[] scores = ((double[]) a[0]).clone();
    for (int i = 0; i < scores.length; i++) {
      scores[i] -= i * LITTLE;
    }
    return curve(scores, (boolean[]) a[1]).area();
  }
}
