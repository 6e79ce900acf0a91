package kintsugi.engine;

import kintsugi.tensor.Tensor;

/** The specification: every query with every row. */
final class ScalarRowBank implements RowBank {
  private final Rows bank;
  private final Parallel parallel;

  ScalarRowBank(Rows bank, Parallel parallel) {
    this.bank = bank;
    this.parallel = parallel;
  }

  @Override
  public int rows() {
    return bank.count();
  }

  @Override
  public Nearest nearest(Tensor queries, int k) {
    RowBank.requireRows(queries, bank.length());
    RowBank.requireNeighbours(k, rows());
    Nearest nearest = Nearest.unknown(queries.dim(0), k);
    parallel.forEach(queries.dim(0), q -> nearest(queries, q, nearest));
    return nearest;
  }

  /** One query beside every row. */
  void nearest(Tensor queries, int q, Nearest nearest) {
    int d = bank.length();
    float[] row = new float[d];
    for (int b = 0; b < rows(); b++) {
      bank.read(b, 1, row, 0);
      nearest.offer(q, b, RowBank.squaredDistance(queries.data(), q * d, row, 0, d));
    }
  }

  @Override
  public void shrink(double[] squaredDistance, Tensor centres) {
    int d = bank.length();
    RowBank.requireRows(centres, d);
    parallel.forEach(
        rows(),
        r -> {
          float[] row = new float[d];
          bank.read(r, 1, row, 0);
          for (int c = 0; c < centres.dim(0); c++) {
            double distance = RowBank.squaredDistance(row, 0, centres.data(), c * d, d);
            squaredDistance[r] = Math.min(squaredDistance[r], distance);
          }
        });
  }
}
