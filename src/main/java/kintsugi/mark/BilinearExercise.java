package kintsugi.mark;

import java.util.Arrays;
import java.util.List;
import kintsugi.engine.Parallel;
import kintsugi.engine.Upsampling;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.mark.Exercise.Case;
import kintsugi.mark.Exercise.Mistake;
import kintsugi.tensor.Tensor;

/** The exercise on bilinear upsampling, and the steps that it shares with that on the blur. */
final class BilinearExercise {
  private BilinearExercise() {}

  static Exercise exercise() {
    return new Exercise(
        "Bilinear",
        "upsample",
        List.of(
            new Case("one row of 2 to 4", () -> map(1, 1, 2, 1, 4)),
            new Case("one row of 4 to 6", () -> map(2, 1, 4, 1, 6)),
            new Case("one column of 3 to 9", () -> map(3, 3, 1, 9, 1)),
            new Case("4x3 to 10x9", () -> map(4, 4, 3, 10, 9))),
        a -> upsample(a, Upsampling.BILINEAR),
        List.of(
            new Mistake(
                "corners are aligned, i·(in−1)/(out−1); pixel centres are meant, (i+½)·in/out − ½",
                a -> sampled(a, (i, in, out) -> out == 1 ? 0 : i * (in - 1.0) / (out - 1))),
            new Mistake(
                "the half pixel is forgotten: i·in/out where (i+½)·in/out − ½ is meant",
                a -> sampled(a, (i, in, out) -> i * (double) in / out)),
            new Mistake(
                "half a pixel off: (i+½)·in/out without the −½",
                a -> sampled(a, (i, in, out) -> (i + 0.5) * in / out)),
            new Mistake(
                "half a pixel off: i·in/out − ½ where (i+½)·in/out − ½ is meant",
                a -> sampled(a, (i, in, out) -> i * (double) in / out - 0.5)),
            new Mistake(
                "i·in/out is divided in integers, which cuts the fraction off, and the half pixel is"
                    + " forgotten",
                a -> sampled(a, (i, in, out) -> i * in / out - 0.5)),
            new Mistake(
                "the nearest value, not interpolated", a -> upsample(a, Upsampling.NEAREST)),
            new Mistake(
                "the two coefficients are exchanged: 1 − f belongs to the value before",
                a ->
                    sampled(
                        a,
                        (i, in, out) -> {
                          double at = Math.max(0, (i + 0.5) * in / out - 0.5);
                          return Math.floor(at) + 1 - (at - Math.floor(at));
                        })),
            new Mistake(
                "beyond the edge the map is 0; its edge is repeated there",
                a -> cut(upsample(framed(a), Upsampling.BILINEAR), a))));
  }

  private static Object[] map(int seed, int h, int w, int height, int width) {
    return new Object[] {Exercise.random(seed, h, w), height, width};
  }

  static Tensor tensor(float[][] map) {
    Tensor tensor = Tensor.zeros(1, map.length, map[0].length);
    for (int i = 0; i < map.length; i++) {
      System.arraycopy(map[i], 0, tensor.data(), i * map[0].length, map[0].length);
    }
    return tensor;
  }

  static float[][] rows(Tensor tensor) {
    float[][] rows = new float[tensor.dim(1)][];
    int width = tensor.dim(2);
    Arrays.setAll(rows, i -> Arrays.copyOfRange(tensor.data(), i * width, (i + 1) * width));
    return rows;
  }

  private static float[][] upsample(Object[] a, Upsampling how) {
    try (Parallel one = new Parallel(1)) {
      return rows(
          new ScalarEngine(one).upsample(tensor((float[][]) a[0]), (int) a[1], (int) a[2], how));
    }
  }

  private interface Coordinate {
    double of(int i, int in, int out);
  }

  /** Linear interpolation at other coordinates, which the specification has no choice of. */
  private static float[][] sampled(Object[] a, Coordinate coordinate) {
    float[][] map = (float[][]) a[0];
    float[][] large = new float[(int) a[1]][(int) a[2]];
    for (int y = 0; y < large.length; y++) {
      for (int x = 0; x < large[0].length; x++) {
        double v = Math.clamp(coordinate.of(y, map.length, large.length), 0, map.length - 1);
        double u =
            Math.clamp(coordinate.of(x, map[0].length, large[0].length), 0, map[0].length - 1);
        int top = (int) v;
        int left = (int) u;
        int bottom = Math.min(top + 1, map.length - 1);
        int right = Math.min(left + 1, map[0].length - 1);
        double above = map[top][left] + (u - left) * (map[top][right] - map[top][left]);
        double below = map[bottom][left] + (u - left) * (map[bottom][right] - map[bottom][left]);
        large[y][x] = (float) (above + (v - top) * (below - above));
      }
    }
    return large;
  }

  /** The map with a frame of zeros as wide as itself, to be upsampled by the same factor. */
  private static Object[] framed(Object[] a) {
    float[][] map = (float[][]) a[0];
    return new Object[] {framed(map, map.length, map[0].length), 3 * (int) a[1], 3 * (int) a[2]};
  }

  static float[][] framed(float[][] map, int rows, int columns) {
    float[][] framed = new float[map.length + 2 * rows][map[0].length + 2 * columns];
    for (int i = 0; i < map.length; i++) {
      System.arraycopy(map[i], 0, framed[i + rows], columns, map[0].length);
    }
    return framed;
  }

  private static float[][] cut(float[][] large, Object[] a) {
    return cut(large, (int) a[1], (int) a[2]);
  }

  static float[][] cut(float[][] large, int height, int width) {
    int top = (large.length - height) / 2;
    int left = (large[0].length - width) / 2;
    float[][] middle = new float[height][];
    Arrays.setAll(middle, i -> Arrays.copyOfRange(large[top + i], left, left + width));
    return middle;
  }
}
