package kintsugi.engine.scalar;

import kintsugi.engine.NeighborIndex;
import kintsugi.engine.Parallel;
import kintsugi.engine.RowMatrix;
import kintsugi.tensor.Tensor;

/** The specification of nearest-neighbour search: every query against every row. */
final class ScalarNeighborIndex implements NeighborIndex {
  private final RowMatrix rows;
  private final Parallel parallel;

  ScalarNeighborIndex(RowMatrix rows, Parallel parallel) {
    this.rows = rows;
    this.parallel = parallel;
  }

  @Override
  public int rows() {
    return rows.count();
  }

  @Override
  public Nearest nearest(Tensor queries, int k) {
    int d = rows.length();
    NeighborIndex.requireRows(queries, d);
    NeighborIndex.requireNeighbours(k, rows());
    Nearest nearest = Nearest.unknown(queries.dim(0), k);
    parallel.forEach(
        queries.dim(0),
        q -> {
          float[] row = new float[d];
          for (int r = 0; r < rows(); r++) {
            rows.read(r, 1, row, 0);
            nearest.offer(q, r, NeighborIndex.squaredDistance(queries.data(), q * d, row, 0, d));
          }
        });
    return nearest;
  }

  @Override
  public void updateMinimumDistances(double[] squaredDistance, Tensor centres) {
    int d = rows.length();
    NeighborIndex.requireRows(centres, d);
    parallel.forEach(
        rows(),
        r -> {
          float[] row = new float[d];
          rows.read(r, 1, row, 0);
          for (int c = 0; c < centres.dim(0); c++) {
            double distance = NeighborIndex.squaredDistance(row, 0, centres.data(), c * d, d);
            squaredDistance[r] = Math.min(squaredDistance[r], distance);
          }
        });
  }
}
