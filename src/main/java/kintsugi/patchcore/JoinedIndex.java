package kintsugi.patchcore;

import java.util.Arrays;
import kintsugi.engine.NeighborIndex;
import kintsugi.tensor.Tensor;

/**
 * The rows of two indices, those of the second after those of the first: the results of one index
 * of all rows, without preparing the first again.
 */
record JoinedIndex(NeighborIndex first, NeighborIndex second) implements NeighborIndex {

  @Override
  public int rows() {
    return first.rows() + second.rows();
  }

  @Override
  public Nearest nearest(Tensor queries, int k) {
    NeighborIndex.requireNeighbours(k, rows());
    Nearest nearest = Nearest.unknown(queries.dim(0), k);
    offer(nearest, first.nearest(queries, Math.min(k, first.rows())), 0);
    offer(nearest, second.nearest(queries, Math.min(k, second.rows())), first.rows());
    return nearest;
  }

  private static void offer(Nearest to, Nearest found, int firstRow) {
    for (int i = 0; i < found.index().length; i++) {
      to.offer(i / found.k(), firstRow + found.index()[i], found.squaredDistance()[i]);
    }
  }

  @Override
  public void updateMinimumDistances(double[] squaredDistance, Tensor centres) {
    double[] upper = Arrays.copyOf(squaredDistance, first.rows());
    double[] lower = Arrays.copyOfRange(squaredDistance, first.rows(), rows());
    first.updateMinimumDistances(upper, centres);
    second.updateMinimumDistances(lower, centres);
    System.arraycopy(upper, 0, squaredDistance, 0, upper.length);
    System.arraycopy(lower, 0, squaredDistance, upper.length, lower.length);
  }
}
