package kintsugi.engine;

import java.util.Arrays;
import kintsugi.tensor.Tensor;

/**
 * Rows laid out by an engine for nearest-neighbour search. All results are those of squared
 * distances {@code Σ_k (a(k) − b(k))²} summed in fp64 from {@code k = 0} on, to the bit. May be
 * used by several threads at once.
 */
public interface NeighborIndex {

  /** {@return how many rows there are} */
  int rows();

  /**
   * Finds for each query the {@code k} rows with the smallest squared distances, in ascending
   * order; of rows at equal distance the one with the lower index comes first.
   *
   * @param queries {@code [Q, D]}
   * @param k neighbours per query
   * @return rows and squared distances
   * @throws IllegalArgumentException if the queries have another length, or {@code k} is below 1 or
   *     above the number of rows
   */
  Nearest nearest(Tensor queries, int k);

  /**
   * Replaces each row's value by the minimum of the value and the row's squared distances to the
   * centres: the update of a greedy k-center search after its choices.
   *
   * @param squaredDistance one value per row, in and out
   * @param centres {@code [C, D]}
   * @throws IllegalArgumentException if the centres have another length
   */
  void updateMinimumDistances(double[] squaredDistance, Tensor centres);

  /**
   * The nearest rows.
   *
   * @param k neighbours per query
   * @param index {@code [Q][k]}: the rows, or −1 where every further distance is NaN
   * @param squaredDistance {@code [Q][k]}: the distances to them, or NaN
   */
  record Nearest(int k, int[] index, double[] squaredDistance) {

    /**
     * The state before any row was offered.
     *
     * @param queries how many
     * @param k neighbours per query
     * @return the nearest rows, none of them found yet
     */
    public static Nearest unknown(int queries, int k) {
      int[] index = new int[queries * k];
      double[] distance = new double[queries * k];
      Arrays.fill(index, -1);
      Arrays.fill(distance, Double.NaN);
      return new Nearest(k, index, distance);
    }

    /**
     * {@return the maximum squared distance at which a further row can be among a query's nearest}
     *
     * @param query its index
     */
    public double limit(int query) {
      double last = squaredDistance[query * k + k - 1];
      return Double.isNaN(last) ? Double.POSITIVE_INFINITY : last;
    }

    /**
     * Inserts a row if it is among the nearest.
     *
     * @param query the query's index
     * @param row the row's index
     * @param distance the squared distance between the two
     */
    public void offer(int query, int row, double distance) {
      int first = query * k;
      int place = first + k;
      while (place > first && isBefore(row, distance, place - 1)) {
        place--;
      }
      if (place == first + k || Double.isNaN(distance)) {
        return;
      }
      for (int i = first + k - 1; i > place; i--) {
        index[i] = index[i - 1];
        squaredDistance[i] = squaredDistance[i - 1];
      }
      index[place] = row;
      squaredDistance[place] = distance;
    }

    private boolean isBefore(int row, double distance, int place) {
      double there = squaredDistance[place];
      return Double.isNaN(there) || distance < there || distance == there && row < index[place];
    }
  }

  /**
   * The squared distance that defines all results, {@code Σ_k (a(k) − b(k))²}.
   *
   * @param a the array of one row
   * @param aAt where the row begins
   * @param b the array of the other row
   * @param bAt where that row begins
   * @param length elements per row
   * @return the sum in fp64
   */
  static double squaredDistance(float[] a, int aAt, float[] b, int bAt, int length) {
    double sum = 0;
    for (int k = 0; k < length; k++) {
      double difference = (double) a[aAt + k] - b[bAt + k];
      sum += difference * difference;
    }
    return sum;
  }

  /**
   * Requires a matrix whose rows have a given length.
   *
   * @param rows the matrix
   * @param length elements per row
   * @throws IllegalArgumentException if the tensor has another shape
   */
  static void requireRows(Tensor rows, int length) {
    if (rows.rank() != 2 || rows.dim(1) != length) {
      throw new IllegalArgumentException(rows + " is not a matrix with rows of length " + length);
    }
  }

  /**
   * Requires at least one neighbour and no more than there are rows.
   *
   * @param k neighbours per query
   * @param rows how many rows there are
   * @throws IllegalArgumentException if {@code k} is below 1 or above {@code rows}
   */
  static void requireNeighbours(int k, int rows) {
    if (k < 1 || k > rows) {
      throw new IllegalArgumentException(
          k + " nearest neighbours cannot be found among " + rows + " rows");
    }
  }
}
