package kintsugi.audit;

import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import kintsugi.engine.Border;
import kintsugi.engine.Upsampling;
import kintsugi.scoremap.ImageScore;
import kintsugi.scoremap.Regions;
import kintsugi.scoremap.ScoreMaps;
import kintsugi.tensor.Tensor;

/** The audit of the way from distances to score map and image score. */
final class MapAudit {
  private static final double SIGMA = 4;

  private MapAudit() {}

  static void run(Bench bench) {
    int[][] sizes = {{56, 56, 224, 224}, {7, 13, 50, 40}, {1, 1, 8, 8}};
    for (int[] s : sizes) {
      Tensor maps = Bench.random(new Random(s[0]), 1, s[0], s[1]);
      for (int i = 0; i < maps.size(); i++) {
        maps.data()[i] = 20 + 10 * maps.data()[i];
      }
      maps(bench, maps, s[2], s[3]);
    }
    scores(bench);
    regions(bench);
  }

  private static void maps(Bench bench, Tensor maps, int height, int width) {
    int h = maps.dim(1);
    int w = maps.dim(2);
    double[] map = Bench.doubles(maps.data());
    String subject = h + "x" + w + " to " + height + "x" + width;
    for (Bench.Candidate candidate : bench.candidates()) {
      for (Upsampling how : Upsampling.values()) {
        Tensor large = candidate.engine().upsample(maps, height, width, how);
        bench.compare(
            candidate.name(),
            "upsampling " + how.name().toLowerCase(Locale.ROOT) + ", " + subject,
            "fp64 definition in two dimensions",
            "γ(16)·(Σ|w·x| + max|x|)",
            Bench.doubles(large.data()),
            Reference.upsample(map, h, w, height, width, how));
      }
      for (Border border : Border.values()) {
        Tensor blurred = candidate.engine().blur(maps, ScoreMaps.gaussian(SIGMA), border);
        bench.compare(
            candidate.name(),
            "blur σ=4 " + border.name().toLowerCase(Locale.ROOT) + ", " + h + "x" + w,
            "fp64 Gaussian in two dimensions",
            "γ(70)·Σ|w·x|",
            Bench.doubles(blurred.data()),
            Reference.blur(map, h, w, SIGMA, border));
      }
    }
  }

  private static void scores(Bench bench) {
    Tensor map = Bench.random(new Random(3), 40, 50);
    double[] sorted = Bench.doubles(map.data());
    Arrays.sort(sorted);
    for (int k : new int[] {1, 100, Integer.MAX_VALUE}) {
      int count = Math.min(k, sorted.length);
      double sum = 0;
      double absolute = 0;
      for (int i = sorted.length - count; i < sorted.length; i++) {
        sum += sorted[i];
        absolute += Math.abs(sorted[i]);
      }
      double bound = Expected.gamma(2 * count, Expected.DOUBLE) * absolute / count;
      ImageScore score = new ImageScore(k);
      bench.compare(
          "–",
          "image score " + score + " of 40x50",
          "sorted, summed",
          "γ(2k)·Σ|s|/k in fp64",
          new double[] {score.of(map)},
          Expected.within(new double[] {sum / count}, bound));
    }
  }

  /** Two neighbouring pixels above a threshold have the same label, and no others do. */
  private static void regions(Bench bench) {
    Tensor map = Bench.random(new Random(4), 30, 41);
    int[] labels = Regions.label(map, 0.3);
    int w = map.dim(1);
    int[] group = new int[labels.length];
    Arrays.setAll(group, i -> map.data()[i] >= 0.3 ? i + 1 : 0);
    for (boolean changed = true; changed; ) {
      changed = false;
      for (int i = 0; i < group.length; i++) {
        for (int j = Math.max(0, i - w - 1); j < i; j++) {
          boolean touch = i / w - j / w <= 1 && Math.abs(i % w - j % w) <= 1;
          if (touch && group[i] > 0 && group[j] > 0 && group[i] != group[j]) {
            int smaller = Math.min(group[i], group[j]);
            group[i] = smaller;
            group[j] = smaller;
            changed = true;
          }
        }
      }
    }
    int[] renumbered = new int[group.length + 1];
    int next = 0;
    double[] wanted = new double[group.length];
    for (int i = 0; i < group.length; i++) {
      if (group[i] > 0 && renumbered[group[i]] == 0) {
        renumbered[group[i]] = ++next;
      }
      wanted[i] = group[i] == 0 ? 0 : renumbered[group[i]];
    }
    bench.compare(
        "–",
        "8-connected regions of 30x41",
        "labels spread until none changes",
        "equal labels",
        Bench.doubles(labels),
        Expected.exactly(wanted));
  }
}
