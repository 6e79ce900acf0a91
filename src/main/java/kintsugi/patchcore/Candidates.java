package kintsugi.patchcore;

import java.io.Serial;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import kintsugi.engine.RowMatrix;
import kintsugi.tensor.Tensor;

/**
 * The rows of a k-center search that are now the farthest from all chosen ones, of all rows or of
 * some, with copies of them.
 */
final class Candidates implements Serializable {
  @Serial private static final long serialVersionUID = 1;

  /** Elements that are summed before the sums are compared with their limits. */
  private static final int BLOCK = 16;

  private final long[] rows;
  private final int length;
  private final float[] values;
  private final double[] squaredDistance;

  /** None of the rows left out is farther than this. */
  private final double others;

  private Candidates(
      long[] rows, int length, float[] values, double[] squaredDistance, double others) {
    this.rows = rows;
    this.length = length;
    this.values = values;
    this.squaredDistance = squaredDistance;
    this.others = others;
  }

  /**
   * {@return the farthest rows}
   *
   * @param all the rows
   * @param first the index of the first of them in the search
   * @param squaredDistance of each row to the chosen ones
   * @param wanted how many, at least 1; of rows that are as far as the last, as many as were found
   */
  static Candidates of(RowMatrix all, long first, double[] squaredDistance, int wanted) {
    double bound = kthLargest(squaredDistance, Math.clamp(wanted, 1, Math.max(1, all.count())));
    int[] found = new int[2 * wanted];
    int count = 0;
    double others = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < squaredDistance.length; i++) {
      boolean far = squaredDistance[i] > bound;
      // Of rows exactly at the bound the first ones, as long as there is room for them.
      if (far || squaredDistance[i] == bound && count < wanted) {
        found = count == found.length ? Arrays.copyOf(found, 2 * count) : found;
        found[count++] = i;
      } else {
        others = Math.max(others, squaredDistance[i]);
      }
    }
    int[] candidates = Arrays.copyOf(found, count);
    return new Candidates(
        Arrays.stream(candidates).mapToLong(i -> first + i).toArray(),
        all.length(),
        all.gather(candidates).data(),
        Arrays.stream(candidates).mapToDouble(i -> squaredDistance[i]).toArray(),
        others);
  }

  /**
   * {@return the candidates of all rows}
   *
   * @param parts the candidates of each part of the rows, in the order of the rows
   */
  static Candidates joined(List<Candidates> parts) {
    Tensor values =
        MemoryBank.joined(
            parts.stream().map(part -> Tensor.of(part.values, part.count(), part.length)).toList());
    return new Candidates(
        parts.stream().flatMapToLong(part -> Arrays.stream(part.rows)).toArray(),
        values.dim(1),
        values.data(),
        parts.stream().flatMapToDouble(part -> Arrays.stream(part.squaredDistance)).toArray(),
        parts.stream().mapToDouble(part -> part.others).max().orElseThrow());
  }

  /** The maximum distance of any row to the chosen ones. */
  double coveringRadius() {
    return Math.sqrt(Arrays.stream(squaredDistance).reduce(Math.max(0, others), Math::max));
  }

  private int count() {
    return rows.length;
  }

  /** The index of a candidate in the search. */
  long row(int candidate) {
    return rows[candidate];
  }

  /** Copies of some candidates. */
  Tensor rows(int[] candidates) {
    return RowMatrix.of(Tensor.of(values, count(), length)).gather(candidates);
  }

  /**
   * Makes the textbook's choices as long as they cannot be another row.
   *
   * @param most how many at most
   * @param stop the squared distance that is small enough
   * @return the candidates chosen; none if the search is at its end
   */
  int[] choose(int most, double stop) {
    double[] distance = squaredDistance.clone();
    int[] chosen = new int[Math.min(most, count())];
    int count = 0;
    while (count < chosen.length) {
      int farthest = 0;
      for (int i = 1; i < distance.length; i++) {
        farthest = distance[i] > distance[farthest] ? i : farthest;
      }
      // The first of a round is the farthest of all rows, whatever the others are.
      boolean certain = distance[farthest] > others || count == 0;
      if (!certain || distance[farthest] <= stop || distance[farthest] == 0) {
        break;
      }
      chosen[count++] = farthest;
      update(distance, farthest);
    }
    return Arrays.copyOf(chosen, count);
  }

  private void update(double[] distance, int centre) {
    int i = 0;
    for (; i + 4 <= distance.length; i += 4) {
      updateFour(distance, i, centre);
    }
    for (; i < distance.length; i++) {
      distance[i] = Math.min(distance[i], squaredDistance(i, centre, distance[i]));
    }
  }

  /** Four candidates at a time: each one's sum has to wait for its last addition. */
  private void updateFour(double[] distance, int first, int centre) {
    int d = length;
    float[] data = values;
    int at = first * d;
    double sum0 = 0;
    double sum1 = 0;
    double sum2 = 0;
    double sum3 = 0;
    int k = 0;
    while (k < d
        && (sum0 < distance[first]
            || sum1 < distance[first + 1]
            || sum2 < distance[first + 2]
            || sum3 < distance[first + 3])) {
      for (int end = Math.min(d, k + BLOCK); k < end; k++) {
        double value = data[centre * d + k];
        double difference0 = data[at + k] - value;
        double difference1 = data[at + d + k] - value;
        double difference2 = data[at + 2 * d + k] - value;
        double difference3 = data[at + 3 * d + k] - value;
        sum0 += difference0 * difference0;
        sum1 += difference1 * difference1;
        sum2 += difference2 * difference2;
        sum3 += difference3 * difference3;
      }
    }
    distance[first] = Math.min(distance[first], sum0);
    distance[first + 1] = Math.min(distance[first + 1], sum1);
    distance[first + 2] = Math.min(distance[first + 2], sum2);
    distance[first + 3] = Math.min(distance[first + 3], sum3);
  }

  /** Sums of squares only grow: beyond the limit the rest changes nothing. */
  private double squaredDistance(int row, int centre, double limit) {
    double sum = 0;
    for (int k = 0; k < length && sum < limit; k++) {
      double difference = (double) values[row * length + k] - values[centre * length + k];
      sum += difference * difference;
    }
    return sum;
  }

  private static double kthLargest(double[] values, int k) {
    double[] heap = new double[k];
    Arrays.fill(heap, Double.NEGATIVE_INFINITY);
    for (double value : values) {
      if (value > heap[0]) {
        sink(heap, value);
      }
    }
    return heap[0];
  }

  /** Puts a value in place of the smallest, which stands first. */
  private static void sink(double[] heap, double value) {
    int at = 0;
    for (int child = 1; child < heap.length; child = 2 * at + 1) {
      int smaller = child + 1 < heap.length && heap[child + 1] < heap[child] ? child + 1 : child;
      if (heap[smaller] >= value) {
        break;
      }
      heap[at] = heap[smaller];
      at = smaller;
    }
    heap[at] = value;
  }
}
