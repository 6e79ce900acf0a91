package kintsugi.mark;

import java.util.Arrays;
import java.util.List;
import kintsugi.engine.Border;
import kintsugi.engine.Parallel;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.mark.Exercise.Case;
import kintsugi.mark.Exercise.Mistake;
import kintsugi.scoremap.ScoreMaps;

/** The exercise on the blur of a score map by a Gaussian kernel. */
final class BlurExercise {
  private BlurExercise() {}

  static Exercise exercise() {
    return new Exercise(
        "Blur",
        "blur",
        List.of(
            new Case("a single 1 in the middle of 11x11, σ = 1", BlurExercise::point),
            new Case("a constant map", () -> new Object[] {new float[][] {{2, 2}, {2, 2}}, 0.5}),
            new Case("12x9, σ = 1.5", () -> new Object[] {Exercise.random(5, 12, 9), 1.5})),
        a -> blur(a, ScoreMaps.gaussian((double) a[1]), Border.REPLICATE),
        List.of(
            new Mistake(
                "the kernel is not divided by its sum",
                a -> blur(a, kernel(a, 2 * sigma(a) * sigma(a), 4, false), Border.REPLICATE)),
            new Mistake(
                "exp(−x²/σ²) where exp(−x²/2σ²) is meant",
                a -> blur(a, kernel(a, sigma(a) * sigma(a), 4, true), Border.REPLICATE)),
            new Mistake(
                "exp(−x²/2σ) where exp(−x²/2σ²) is meant",
                a -> blur(a, kernel(a, 2 * sigma(a), 4, true), Border.REPLICATE)),
            new Mistake(
                "the kernel ends at 3σ where it ends at 4σ",
                a -> blur(a, kernel(a, 2 * sigma(a) * sigma(a), 3, true), Border.REPLICATE)),
            new Mistake(
                "beyond the edge the map is 0; its edge is repeated there",
                a -> inZeros((float[][]) a[0], sigma(a))),
            new Mistake(
                "at the edge the kernel is cut off and divided by the sum of the rest; the map's edge"
                    + " is repeated beyond it",
                a -> {
                  float[][] blurred = inZeros((float[][]) a[0], sigma(a));
                  float[][] ones = new float[blurred.length][blurred[0].length];
                  for (float[] row : ones) {
                    Arrays.fill(row, 1);
                  }
                  float[][] rest = inZeros(ones, sigma(a));
                  for (int y = 0; y < rest.length; y++) {
                    for (int x = 0; x < rest[y].length; x++) {
                      blurred[y][x] /= rest[y][x];
                    }
                  }
                  return blurred;
                }),
            new Mistake(
                "the map is mirrored at the edge's centre; its edge is repeated beyond it",
                a -> blur(a, ScoreMaps.gaussian(sigma(a)), Border.REFLECT)),
            new Mistake(
                "the map is mirrored beyond the edge; its edge value is repeated there",
                a -> blur(a, ScoreMaps.gaussian(sigma(a)), Border.SYMMETRIC)),
            new Mistake(
                "blurred along the rows alone; the columns follow",
                a -> alongRows((float[][]) a[0], sigma(a))),
            new Mistake(
                "blurred along the columns alone; the rows belong to it too",
                a -> turned(alongRows(turned((float[][]) a[0]), sigma(a)))),
            new Mistake(
                "the window is off by one: its middle, not its first element, stands at the pixel",
                a -> blur(a, late(ScoreMaps.gaussian(sigma(a))), Border.REPLICATE))));
  }

  private static Object[] point() {
    float[][] map = new float[11][11];
    map[5][5] = 1;
    return new Object[] {map, 1.0};
  }

  private static double sigma(Object[] a) {
    return (double) a[1];
  }

  private static float[][] blur(Object[] a, float[] kernel, Border border) {
    try (Parallel one = new Parallel(1)) {
      return BilinearExercise.rows(
          new ScalarEngine(one).blur(BilinearExercise.tensor((float[][]) a[0]), kernel, border));
    }
  }

  private static float[][] inZeros(float[][] map, double sigma) {
    int reach = ScoreMaps.gaussian(sigma).length;
    Object[] framed = {BilinearExercise.framed(map, reach, reach), sigma};
    float[][] large = blur(framed, ScoreMaps.gaussian(sigma), Border.REPLICATE);
    return BilinearExercise.cut(large, map.length, map[0].length);
  }

  private static float[] kernel(Object[] a, double divisor, int sigmas, boolean normalised) {
    int reach = (int) (sigmas * sigma(a) + 0.5);
    float[] kernel = new float[2 * reach + 1];
    double sum = 0;
    for (int i = 0; i < kernel.length; i++) {
      kernel[i] = (float) Math.exp(-(i - reach) * (i - reach) / divisor);
      sum += kernel[i];
    }
    for (int i = 0; normalised && i < kernel.length; i++) {
      kernel[i] /= (float) sum;
    }
    return kernel;
  }

  private static float[] late(float[] kernel) {
    float[] late = new float[kernel.length + 2];
    System.arraycopy(kernel, 0, late, 2, kernel.length);
    return late;
  }

  /** Row by row, so that nothing is taken from another row. */
  private static float[][] alongRows(float[][] map, double sigma) {
    float[][] blurred = new float[map.length][];
    for (int y = 0; y < map.length; y++) {
      Object[] row = {new float[][] {map[y]}, sigma};
      blurred[y] = blur(row, ScoreMaps.gaussian(sigma), Border.REPLICATE)[0];
    }
    return blurred;
  }

  private static float[][] turned(float[][] map) {
    float[][] turned = new float[map[0].length][map.length];
    for (int y = 0; y < map.length; y++) {
      for (int x = 0; x < map[0].length; x++) {
        turned[x][y] = map[y][x];
      }
    }
    return turned;
  }
}
