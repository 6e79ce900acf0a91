package kintsugi.mark;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import kintsugi.mark.Exercise.Case;
import kintsugi.mark.Exercise.Mistake;
import kintsugi.metric.ExactPixelScores;
import kintsugi.metric.PixelScores;

/** The exercise on the area under the per-region overlap. */
final class ProExercise {
  private ProExercise() {}

  static Exercise exercise() {
    return new Exercise(
        "Pro",
        "aupro",
        List.of(
            new Case("two regions of one size, limit 1", () -> map(1, 3, 3, 1)),
            new Case("two regions of different size, limit 1", () -> map(2, 2, 9, 1)),
            new Case("two regions of different size, limit 0.3", () -> map(3, 2, 9, 0.3)),
            new Case("the limit between two thresholds", () -> map(4, 3, 8, 0.31))),
        a -> aupro((float[]) a[0], (int[]) a[1], (double) a[2]),
        List.of(
            new Mistake(
                "regions are weighted by their size: the recall of all anomalous pixels; PRO is the"
                    + " mean over the regions",
                a -> aupro((float[]) a[0], joined((int[]) a[1]), (double) a[2])),
            new Mistake(
                "the area is not divided by the limit",
                a -> aupro((float[]) a[0], (int[]) a[1], (double) a[2]) * (double) a[2]),
            new Mistake(
                "the curve does not end at the limit: the area up to the false-positive rate 1",
                a -> aupro((float[]) a[0], (int[]) a[1], 1)),
            new Mistake(
                "the area up to the rate 1, divided by the limit",
                a -> aupro((float[]) a[0], (int[]) a[1], 1) / (double) a[2]),
            new Mistake(
                "false positives are divided by all pixels; their rate is that of the normal ones",
                ProExercise::ofAllPixels),
            new Mistake(
                "the curve ends at the last threshold before the limit; the part up to the limit is"
                    + " missing (interpolate)",
                ProExercise::cutShort),
            new Mistake(
                "the sum over the regions where the mean is meant",
                a -> {
                  int regions = Arrays.stream((int[]) a[1]).max().orElse(0);
                  return aupro((float[]) a[0], (int[]) a[1], (double) a[2]) * regions;
                })));
  }

  private static Object[] map(int seed, int first, int second, double limit) {
    int[] regions = new int[40];
    Arrays.fill(regions, 4, 4 + first, 1);
    Arrays.fill(regions, 20, 20 + second, 2);
    float[] scores = Exercise.random(seed, regions.length);
    for (int i = 0; i < scores.length; i++) {
      scores[i] += (regions[i] == 1 ? 0.9f : regions[i] == 2 ? 0.2f : 0) + 1e-4f * i;
    }
    return new Object[] {scores, regions, limit};
  }

  private static double aupro(float[] scores, int[] regions, double limit) {
    PixelScores pixels = new ExactPixelScores();
    pixels.add(scores, regions);
    return pixels.aupro(limit).value();
  }

  private static int[] joined(int[] regions) {
    return Arrays.stream(regions).map(region -> Math.min(region, 1)).toArray();
  }

  /** A rate of all pixels is lower, so that the same limit lies farther on. */
  private static double ofAllPixels(Object[] a) {
    int[] regions = (int[]) a[1];
    double normals = Arrays.stream(regions).filter(region -> region == 0).count();
    double limit = Math.min(1, (double) a[2] * regions.length / normals);
    double area = aupro((float[]) a[0], regions, limit) * limit * normals / regions.length;
    return area / (double) a[2];
  }

  private static double cutShort(Object[] a) {
    float[] scores = (float[]) a[0];
    int[] regions = (int[]) a[1];
    double limit = (double) a[2];
    double normals = Arrays.stream(regions).filter(region -> region == 0).count();
    double last =
        IntStream.range(0, scores.length)
            .mapToDouble(
                t ->
                    IntStream.range(0, scores.length)
                            .filter(i -> regions[i] == 0 && scores[i] >= scores[t])
                            .count()
                        / normals)
            .filter(rate -> rate <= limit)
            .max()
            .orElse(0);
    return last == 0 ? 0 : aupro(scores, regions, last) * last / limit;
  }
}
