package kintsugi.audit;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import kintsugi.metric.ConfusionMatrix;
import kintsugi.metric.ExactPixelScores;
import kintsugi.metric.PixelHistogram;
import kintsugi.metric.PixelScores;
import kintsugi.metric.RocCurve;
import kintsugi.metric.ThresholdRule;
import org.apache.commons.math3.stat.descriptive.rank.Percentile;
import org.apache.commons.math3.stat.inference.MannWhitneyUTest;

/** The audit of the figures by which a method is evaluated. */
final class MetricAudit {
  private MetricAudit() {}

  static void run(Bench bench) {
    scores(bench, new Random(17), 300, 1000, "continuous");
    scores(bench, new Random(18), 300, 6, "with many ties");
    pixels(bench);
  }

  private static void scores(Bench bench, Random random, int count, int levels, String values) {
    double[] scores = new double[count];
    boolean[] anomalous = new boolean[count];
    for (int i = 0; i < count; i++) {
      anomalous[i] = i % 3 == 0;
      scores[i] = Math.rint(levels * (random.nextDouble() + (anomalous[i] ? 0.3 : 0)));
    }
    double[] good = pick(scores, anomalous, false);
    double[] bad = pick(scores, anomalous, true);
    double u = new MannWhitneyUTest().mannWhitneyU(bad, good);
    double pairs = 0;
    for (double b : bad) {
      for (double g : good) {
        pairs += b > g ? 1 : b == g ? 0.5 : 0;
      }
    }
    double[] thresholds = Arrays.stream(scores).distinct().sorted().toArray();
    double bestF1 = 0;
    double youden = 0;
    double precisions = 0;
    double recallBefore = 0;
    for (int t = thresholds.length - 1; t >= 0; t--) {
      int tp = atLeast(bad, thresholds[t]);
      int fp = atLeast(good, thresholds[t]);
      double recall = (double) tp / bad.length;
      bestF1 = Math.max(bestF1, 2.0 * tp / (tp + fp + bad.length));
      youden = Math.max(youden, recall - (double) fp / good.length);
      precisions += (recall - recallBefore) * tp / (tp + fp);
      recallBefore = recall;
    }
    RocCurve roc = RocCurve.of(scores, anomalous);
    String bound = "γ(3N) in fp64";
    double error = Expected.gamma(3 * count, Expected.DOUBLE);
    compare(
        bench,
        "AUROC",
        values,
        "pairs in order",
        bound,
        roc.area(),
        pairs / (bad.length * good.length),
        error);
    compare(
        bench,
        "AUROC or its mirror",
        values,
        "Commons Math Mann-Whitney U",
        bound,
        Math.max(roc.area(), 1 - roc.area()),
        u / (bad.length * good.length),
        error);
    compare(
        bench,
        "average precision",
        values,
        "Σ ΔR·P",
        bound,
        roc.averagePrecision(),
        precisions,
        error);
    double f1At = ThresholdRule.MAX_F1.threshold(scores, anomalous);
    compare(
        bench,
        "best F1",
        values,
        "every threshold tried",
        bound,
        ConfusionMatrix.of(scores, anomalous, f1At).f1(),
        bestF1,
        error);
    ConfusionMatrix at =
        ConfusionMatrix.of(scores, anomalous, ThresholdRule.YOUDEN.threshold(scores, anomalous));
    compare(
        bench,
        "Youden's J",
        values,
        "every threshold tried",
        bound,
        at.recall() - at.falsePositiveRate(),
        youden,
        error);
    double quantile = ThresholdRule.parse("quantile:0.9").threshold(scores, anomalous);
    double[] sorted = good.clone();
    Arrays.sort(sorted);
    double wanted = Math.nextUp(sorted[(int) Math.ceil(0.9 * sorted.length) - 1]);
    compare(
        bench,
        "threshold above the 0.9 quantile",
        values,
        "sorted normal scores",
        "equal bits",
        quantile,
        wanted,
        0);
    // The definition of NIST, which the calibration takes from Commons Math.
    double place = 0.8 * (sorted.length + 1);
    int below = (int) place;
    double percentile = sorted[below - 1] + (place - below) * (sorted[below] - sorted[below - 1]);
    compare(
        bench,
        "80th percentile",
        values,
        "between order statistics",
        bound,
        new Percentile().evaluate(good, 80),
        percentile,
        error * Math.abs(percentile) + error);
  }

  private static double[] pick(double[] scores, boolean[] anomalous, boolean kind) {
    return IntStream.range(0, scores.length)
        .filter(i -> anomalous[i] == kind)
        .mapToDouble(i -> scores[i])
        .toArray();
  }

  private static int atLeast(double[] scores, double threshold) {
    return (int) Arrays.stream(scores).filter(s -> s >= threshold).count();
  }

  private static void compare(
      Bench bench,
      String what,
      String values,
      String reference,
      String bound,
      double actual,
      double wanted,
      double error) {
    bench.compare(
        "–",
        what + ", " + values,
        reference,
        bound,
        new double[] {actual},
        Expected.within(new double[] {wanted}, error));
  }

  /** Two maps of 30x30 with three regions: every pixel's score is tried as a threshold. */
  private static void pixels(Bench bench) {
    Random random = new Random(19);
    float[][] maps = new float[2][900];
    int[][] labels = new int[2][900];
    int normals = 0;
    for (int m = 0; m < 2; m++) {
      for (int i = 0; i < 900; i++) {
        int region = i < 80 ? 1 : i > 850 && m == 0 ? 2 : 0;
        labels[m][i] = region;
        // In steps of an eighth, so that the limit falls within one.
        maps[m][i] = 5 + Math.round(8 * random.nextFloat()) / 8f + 0.5f * Math.signum(region);
        normals += region == 0 ? 1 : 0;
      }
    }
    double limit = 0.3;
    double[] all = new double[1800];
    for (int i = 0; i < 1800; i++) {
      all[i] = maps[i / 900][i % 900];
    }
    double[] thresholds = Arrays.stream(all).distinct().sorted().toArray();
    double area = 0;
    double x = 0;
    double y = 0;
    for (int t = thresholds.length - 1; t >= 0 && x < limit; t--) {
      double overlap = 0;
      int fp = 0;
      for (int i = 0; i < 1800; i++) {
        if (all[i] >= thresholds[t]) {
          int region = labels[i / 900][i % 900];
          fp += region == 0 ? 1 : 0;
          // Two regions of 80 pixels and one of 49.
          overlap += region == 0 ? 0 : 1 / (region == 2 ? 49.0 : 80.0) / 3;
        }
      }
      double nextX = (double) fp / normals;
      double cut = Math.min(nextX, limit);
      double nextY = nextX > x ? y + (overlap - y) * (cut - x) / (nextX - x) : overlap;
      area += (cut - x) * (y + nextY) / 2;
      x = nextX;
      y = overlap;
    }
    for (PixelScores pixels : new PixelScores[] {new ExactPixelScores(), new PixelHistogram()}) {
      for (int m = 0; m < 2; m++) {
        pixels.add(maps[m], labels[m]);
      }
      PixelScores.Estimate aupro = pixels.aupro(limit);
      boolean exact = pixels instanceof ExactPixelScores;
      compare(
          bench,
          "AUPRO to 0.3, " + (exact ? "exact" : "histogram"),
          "3 regions",
          "every threshold tried",
          exact ? "γ(6N) in fp64" : "the bound it states",
          aupro.value(),
          area / limit,
          Expected.gamma(6 * 1800, Expected.DOUBLE) + aupro.error());
    }
  }
}
