package kintsugi.mark;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import kintsugi.engine.NeighborIndex;
import kintsugi.engine.RowMatrix;
import kintsugi.mark.Exercise.Case;
import kintsugi.mark.Exercise.Mistake;
import kintsugi.patchcore.KCenterGreedy;
import kintsugi.tensor.Tensor;

/** The exercise on PatchCore's algorithm 1, the greedy choice of a coreset. */
final class CoresetExercise {
  private CoresetExercise() {}

  static Exercise exercise() {
    return new Exercise(
        "KCenter",
        "choose",
        List.of(
            new Case("three rows on a line", () -> line(2, 0, 1, 5)),
            new Case("five rows on a line", () -> line(3, 4, 0, 5, 9, 2)),
            new Case("12 rows of 3 elements", () -> new Object[] {Exercise.random(7, 12, 3), 6}),
            new Case("rows equally far: the lowest index", () -> line(3, 0, 4, -4, 4, 1)),
            new Case("equal rows: fewer than asked for", () -> line(4, 1, 3, 1, 3))),
        a -> choose((float[][]) a[0], (int) a[1]),
        List.of(
            new Mistake(
                "only the distance to the row chosen last counts: the minimum over all chosen rows"
                    + " is not kept",
                a -> stepwise(a, (kept, distance) -> distance, 1)),
            new Mistake(
                "the maximum of the distances to the chosen rows is kept where the minimum is meant",
                a -> stepwise(a, Math::max, 1)),
            new Mistake(
                "the distances to the chosen rows are added up; their minimum is meant",
                CoresetExercise::bySum),
            new Mistake(
                "the nearest row is chosen where the farthest is meant",
                a -> stepwise(a, Math::min, -1)),
            new Mistake(
                "the first centre, row 0, is left out of the result",
                a -> {
                  int[] more = choose((float[][]) a[0], (int) a[1] + 1);
                  return Arrays.copyOfRange(more, 1, more.length);
                }),
            new Mistake(
                "of rows equally far the last is chosen where the first is meant",
                a -> lastOfEqual((float[][]) a[0], (int) a[1])),
            new Mistake(
                "rows equal to a chosen one are chosen too: it does not end at distance 0",
                CoresetExercise::padded),
            new Mistake(
                "the rows are the first ones, whatever their distances",
                a -> IntStream.range(0, (int) a[1]).toArray()),
            new Mistake(
                "one row too few is chosen",
                a -> {
                  int[] rows = choose((float[][]) a[0], (int) a[1]);
                  return Arrays.copyOf(rows, rows.length - (rows.length < (int) a[1] ? 0 : 1));
                })));
  }

  private static Object[] line(int count, float... at) {
    float[][] rows = new float[at.length][];
    Arrays.setAll(rows, i -> new float[] {at[i]});
    return new Object[] {rows, count};
  }

  private static int[] choose(float[][] rows, int count) {
    double[] infinite = new double[rows.length];
    Arrays.fill(infinite, Double.POSITIVE_INFINITY);
    return textbook(rows, infinite, count);
  }

  private static int[] textbook(float[][] rows, double[] squaredDistance, int count) {
    int d = rows[0].length;
    Tensor matrix = Tensor.zeros(rows.length, d);
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, matrix.data(), i * d, d);
    }
    return KCenterGreedy.textbook(RowMatrix.of(matrix), squaredDistance, count, 0).order();
  }

  private interface Update {
    double of(double kept, double distance);
  }

  /** The specification's choice of one row at a time, with distances that are kept otherwise. */
  private static int[] stepwise(Object[] a, Update update, int sign) {
    float[][] rows = (float[][]) a[0];
    double[] kept = new double[rows.length];
    int[] order = new int[Math.min((int) a[1], rows.length)];
    int count = 1;
    for (; count < order.length; count++) {
      float[] last = rows[order[count - 1]];
      for (int i = 0; i < rows.length; i++) {
        double distance = NeighborIndex.squaredDistance(rows[i], 0, last, 0, last.length);
        kept[i] = count == 1 ? distance : update.of(kept[i], distance);
      }
      // Of the nearest, chosen rows are left out, since their distance 0 would end the choice.
      double[] asked = Arrays.stream(kept).map(v -> sign > 0 ? v : v == 0 ? 0 : 1 / v).toArray();
      int[] next = textbook(rows, asked, 1);
      if (next.length == 0) {
        break;
      }
      order[count] = next[0];
    }
    return Arrays.copyOf(order, count);
  }

  /** Of the rows that are not chosen yet, the one with the largest sum of distances. */
  private static int[] bySum(Object[] a) {
    float[][] rows = (float[][]) a[0];
    double[] sums = new double[rows.length];
    int[] order = new int[Math.min((int) a[1], rows.length)];
    for (int count = 1; count < order.length; count++) {
      float[] last = rows[order[count - 1]];
      sums[order[count - 1]] = Double.NEGATIVE_INFINITY;
      for (int i = 0; i < rows.length; i++) {
        sums[i] += Math.sqrt(NeighborIndex.squaredDistance(rows[i], 0, last, 0, last.length));
      }
      for (int i = 0; i < rows.length; i++) {
        order[count] = sums[i] > sums[order[count]] ? i : order[count];
      }
    }
    return order;
  }

  /** The specification on the rows in reverse order, after row 0. */
  private static int[] lastOfEqual(float[][] rows, int count) {
    int n = rows.length;
    float[][] reversed = new float[n][];
    double[] distances = new double[n];
    for (int i = 0; i < n; i++) {
      reversed[i] = rows[n - 1 - i];
      distances[i] = NeighborIndex.squaredDistance(reversed[i], 0, rows[0], 0, rows[0].length);
    }
    int[] rest = textbook(reversed, distances, count - 1);
    return IntStream.concat(IntStream.of(0), Arrays.stream(rest).map(i -> n - 1 - i)).toArray();
  }

  private static int[] padded(Object[] a) {
    int[] rows = choose((float[][]) a[0], (int) a[1]);
    int missing = (int) a[1] - rows.length;
    return IntStream.concat(Arrays.stream(rows), IntStream.generate(() -> 0).limit(missing))
        .toArray();
  }
}
