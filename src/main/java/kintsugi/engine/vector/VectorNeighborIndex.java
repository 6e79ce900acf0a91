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
 *   <li>Short rows of {@value PackedRows#COARSE} coordinates and a rest, compared by a matrix
 *       product on the micro-kernel of the convolutions: with {@code n = ‖·‖²} the squared distance
 *       is at least {@code n(q) + n(r) − 2·q·r} of the short rows.
 *   <li>Short rows of {@value PackedRows#FINE} coordinates and a rest, by their squared distance.
 *   <li>The rows themselves, by their squared distance in fp32.
 *   <li>The squared distance in fp64.
 * </ol>
 *
 * <p>{@link PackedRows} proves the bounds. Where fp32 has none (NaN, overflow) the specification
 * computes.
 */
final class VectorNeighborIndex implements NeighborIndex {
  private static final int QUERIES = QueryPanel.QUERIES;

  /** Parts per thread: some slack for a thread that is late. */
  private static final int PARTS = 8;

  private final PackedRows rows;
  private final Parallel parallel;
  private final NeighborIndex specification;

  VectorNeighborIndex(RowMatrix rows, Parallel parallel) {
    this(rows, new LeadingAxes(rows, PackedRows.FINE), parallel);
  }

  private VectorNeighborIndex(RowMatrix rows, LeadingAxes axes, Parallel parallel) {
    this.rows = new PackedRows(rows, axes, parallel);
    this.parallel = parallel;
    this.specification = new ScalarEngine(parallel).index(rows);
  }

  /** An index of other rows with this one's axes: others change the time alone. */
  VectorNeighborIndex of(RowMatrix others) {
    return new VectorNeighborIndex(others, rows.axes, parallel);
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
    parallel.forEach(
        Math.ceilDiv(count, QUERIES),
        panel -> {
          QueryPanel some = new QueryPanel(rows, queries, panel * QUERIES);
          new NearestSearch(rows, some, nearest).run();
        });
    return nearest;
  }

  @Override
  public void updateMinimumDistances(double[] squaredDistance, Tensor centres) {
    NeighborIndex.requireRows(centres, rows.length);
    QueryPanel[] panels = new QueryPanel[Math.ceilDiv(centres.dim(0), QUERIES)];
    parallel.forEach(panels.length, p -> panels[p] = new QueryPanel(rows, centres, p * QUERIES));
    if (!Arrays.stream(panels).allMatch(panel -> panel.bounded)) {
      specification.updateMinimumDistances(squaredDistance, centres);
      return;
    }
    int parts = Math.min(PARTS * parallel.threads(), rows.panels);
    parallel.forEach(
        parts,
        part -> {
          int first = (int) ((long) rows.panels * part / parts);
          int end = (int) ((long) rows.panels * (part + 1) / parts);
          new MinimumUpdate(rows, squaredDistance).run(panels, first, end);
        });
  }
}
