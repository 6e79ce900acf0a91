package kintsugi.engine;

import kintsugi.tensor.Tensor;

/** Rows of numbers, laid out by an engine for comparing many others with them. */
public interface RowBank {

  /** How many rows there are. */
  int rows();

  /**
   * The matrix product {@code Q·Bᵀ}: {@code Σ_k q(k)·b(k)} in fp32 from {@code k = 0} on, with one
   * rounding a product.
   *
   * @param queries {@code [Q, D]}
   * @return {@code [Q, rows]}
   * @throws IllegalArgumentException if the queries have another length
   */
  Tensor products(Tensor queries);

  /**
   * For each query the row with the smallest {@code Σ_k (q(k) − b(k))²}, in fp64 from {@code k = 0}
   * on; of equals the first.
   *
   * @param queries {@code [Q, D]}
   * @throws IllegalArgumentException if the queries have another length
   */
  Nearest nearest(Tensor queries);

  /**
   * The nearest rows.
   *
   * @param index for each query its row, or −1 where no distance is a finite number
   * @param squaredDistance for each query the distance to it, or NaN
   */
  record Nearest(int[] index, double[] squaredDistance) {

    static Nearest unknown(int queries) {
      int[] index = new int[queries];
      double[] distance = new double[queries];
      java.util.Arrays.fill(index, -1);
      java.util.Arrays.fill(distance, Double.NaN);
      return new Nearest(index, distance);
    }
  }

  /** {@code Σ_k (a(k) − b(k))²} of two rows, as {@link #nearest} means it. */
  static double squaredDistance(float[] a, int aAt, float[] b, int bAt, int length) {
    double sum = 0;
    for (int k = 0; k < length; k++) {
      double difference = (double) a[aAt + k] - b[bAt + k];
      sum += difference * difference;
    }
    return sum;
  }

  /** Throws unless these are rows of a length. */
  static void requireRows(Tensor rows, int length) {
    if (rows.rank() != 2 || rows.dim(1) != length) {
      throw new IllegalArgumentException(rows + " is no matrix of rows of " + length);
    }
  }
}
