package kintsugi.engine;

import java.util.Arrays;
import kintsugi.tensor.Tensor;

/**
 * Rows of numbers, laid out by an engine for comparing many others with them. All results are those
 * of squared distances {@code Σ_k (a(k) − b(k))²} summed in fp64 from {@code k = 0} on, to the bit.
 */
public interface RowBank {

  /** {@return how many rows there are} */
  int rows();

  /**
   * For each query the {@code k} rows with the smallest squared distances, the smallest first; of
   * equals the one with the lower index.
   *
   * @param queries {@code [Q, D]}
   * @param k how many
   * @return rows and squared distances
   * @throws IllegalArgumentException if the queries have another length, or {@code k} is below 1 or
   *     above the number of rows
   */
  Nearest nearest(Tensor queries, int k);

  /**
   * For each row the minimum of what stands for it and its squared distances to the centres: what a
   * greedy k-center search does after its choices.
   *
   * @param squaredDistance one number a row, which is replaced
   * @param centres {@code [C, D]}
   * @throws IllegalArgumentException if the centres have another length
   */
  void shrink(double[] squaredDistance, Tensor centres);

  /**
   * The nearest rows.
   *
   * @param k how many for each query
   * @param index {@code [Q][k]}: the rows, or −1 where no further distance is a number
   * @param squaredDistance {@code [Q][k]}: the distances to them, or NaN
   */
  record Nearest(int k, int[] index, double[] squaredDistance) {

    /**
     * What is known before any row was looked at.
     *
     * @param queries how many
     * @param k neighbours of each
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
     * {@return the largest squared distance that a further row may have to be among a query's
     * nearest}
     *
     * @param query its number
     */
    public double limit(int query) {
      double last = squaredDistance[query * k + k - 1];
      return Double.isNaN(last) ? Double.POSITIVE_INFINITY : last;
    }

    /**
     * Puts a row in its place if it is among the nearest.
     *
     * @param query the query's number
     * @param row the row's
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
   * {@code Σ_k (a(k) − b(k))²}, as all results mean it.
   *
   * @param a one row's array
   * @param aAt where the row begins
   * @param b the other row's array
   * @param bAt where that row begins
   * @param length numbers of a row
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
   * Throws unless these are rows of a length.
   *
   * @param rows what should be rows
   * @param length numbers of a row
   */
  static void requireRows(Tensor rows, int length) {
    if (rows.rank() != 2 || rows.dim(1) != length) {
      throw new IllegalArgumentException(rows + " is no matrix of rows of " + length);
    }
  }

  /**
   * Throws unless so many neighbours can be had.
   *
   * @param k how many
   * @param rows how many there are
   */
  static void requireNeighbours(int k, int rows) {
    if (k < 1 || k > rows) {
      throw new IllegalArgumentException("of " + rows + " rows " + k + " cannot be the nearest");
    }
  }
}
