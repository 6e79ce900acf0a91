package kintsugi.engine.vector;

import java.util.Arrays;
import kintsugi.engine.NeighborIndex;
import kintsugi.engine.Parallel;
import kintsugi.engine.RowMatrix;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.tensor.Tensor;

/**
 * Nearest-neighbour search by sieves, each finer and more expensive than the one before, so that
 * the specification's sum is computed for few pairs and the result is still the specification's, to
 * the bit:
 *
 * <ol>
 *   <li>Whole panels of rows, by their centres and radii.
 *   <li>Coarse rows, by a matrix product on the micro-kernel of the convolutions: with {@code n =
 *       ‖·‖²} the squared distance is at least {@code n(q) + n(r) − 2·q·r} of the short rows.
 *   <li>Fine rows, by their squared distance.
 *   <li>The rows themselves, by their squared distance in fp32.
 *   <li>The squared distance in fp64.
 * </ol>
 *
 * <p>Where the rows' distances are so much alike that short rows tell nothing, the second sieve is
 * the matrix product of the rows themselves, and the first and the third are left out ({@link
 * ShortRows}). {@link PackedRows} proves the bounds. Where fp32 has none (NaN, overflow) the
 * specification computes.
 */
final class VectorNeighborIndex implements NeighborIndex {
  private final PackedRows rows;
  private final Parallel parallel;
  private final NeighborIndex specification;

  VectorNeighborIndex(RowMatrix rows, Parallel parallel) {
    this(rows, ShortRows.of(rows, parallel), parallel);
  }

  private VectorNeighborIndex(RowMatrix rows, ShortRows shortRows, Parallel parallel) {
    this.rows = new PackedRows(rows, shortRows, parallel);
    this.parallel = parallel;
    this.specification = new ScalarEngine(parallel).index(rows);
  }

  /** An index of other rows with this one's axes: the axes affect only the speed. */
  VectorNeighborIndex of(RowMatrix others) {
    return new VectorNeighborIndex(others, rows.shortRows, parallel);
  }

  @Override
  public int rows() {
    return rows.count();
  }

  @Override
  public Nearest nearest(Tensor queries, int k) {
    NeighborIndex.requireRows(queries, rows.length);
    NeighborIndex.requireNeighbours(k, rows());
    int count = queries.dim(0);
    Nearest nearest = Nearest.unknown(count, k);
    int size = QueryPanel.size(rows, count, parallel.threads());
    parallel.forEach(
        Math.ceilDiv(count, size),
        panel -> {
          QueryPanel some = new QueryPanel(rows, queries, panel * size, size);
          new NearestSearch(rows, some, nearest).run();
        });
    return nearest;
  }

  @Override
  public void updateMinimumDistances(double[] squaredDistance, Tensor centres) {
    NeighborIndex.requireRows(centres, rows.length);
    int size = QueryPanel.size(rows, centres.dim(0), parallel.threads());
    QueryPanel[] panels = new QueryPanel[Math.ceilDiv(centres.dim(0), size)];
    parallel.forEach(panels.length, p -> panels[p] = new QueryPanel(rows, centres, p * size, size));
    if (!Arrays.stream(panels).allMatch(panel -> panel.bounded)) {
      specification.updateMinimumDistances(squaredDistance, centres);
      return;
    }
    parallel.forEach(
        Math.ceilDiv(rows.panels, PanelCentres.GROUP),
        group -> new MinimumUpdate(rows, squaredDistance, group, size).run(panels));
  }
}
