package kintsugi.engine;

import kintsugi.tensor.Tensor;

/** The specification: every query with every row. */
final class ScalarRowBank implements RowBank {
  private final Tensor bank;
  private final Parallel parallel;

  ScalarRowBank(Tensor bank, Parallel parallel) {
    RowBank.requireRows(bank, bank.dim(-1));
    this.bank = bank;
    this.parallel = parallel;
  }

  @Override
  public int rows() {
    return bank.dim(0);
  }

  @Override
  public Tensor products(Tensor queries) {
    int length = bank.dim(1);
    RowBank.requireRows(queries, length);
    Tensor products = Tensor.zeros(queries.dim(0), rows());
    parallel.forEach(
        queries.dim(0),
        q -> {
          for (int b = 0; b < rows(); b++) {
            float sum = 0;
            for (int k = 0; k < length; k++) {
              sum = Math.fma(queries.data()[q * length + k], bank.data()[b * length + k], sum);
            }
            products.data()[q * rows() + b] = sum;
          }
        });
    return products;
  }

  @Override
  public Nearest nearest(Tensor queries) {
    int length = bank.dim(1);
    RowBank.requireRows(queries, length);
    Nearest nearest = Nearest.unknown(queries.dim(0));
    parallel.forEach(
        queries.dim(0),
        q -> {
          double best = Double.POSITIVE_INFINITY;
          for (int b = 0; b < rows(); b++) {
            double distance =
                RowBank.squaredDistance(
                    queries.data(), q * length, bank.data(), b * length, length);
            if (distance < best) {
              best = distance;
              nearest.index()[q] = b;
              nearest.squaredDistance()[q] = distance;
            }
          }
        });
    return nearest;
  }
}
