package kintsugi.engine.vector;

import java.util.Arrays;
import java.util.stream.IntStream;
import kintsugi.engine.Parallel;
import kintsugi.engine.RowMatrix;

/**
 * The rows of an index, in full, as short rows and in panels, and the bounds between them.
 *
 * <p>A short row has some coordinates along the {@link LeadingAxes} and as one more its distance
 * from the space that they span. Its norm is the row's, and two of them are never farther apart
 * than the rows. Coarse rows are packed into panels for the micro-kernel, panels of rows that are
 * near each other ({@link RowClusters}), each with a centre and a radius; fine rows stay plain.
 * Where short rows would not tell rows apart the panels hold the rows themselves less the mean, in
 * their own order, without centres and fine rows ({@link ShortRows}).
 *
 * <p>Bounds, with {@code u = 2⁻²⁴}, {@code m} elements per row and {@code n = ‖·‖²}. A sum of
 * {@code D} squares of rounded differences is off by at most {@code (D+4)u} of its value. A product
 * {@code 2·q·r − n(r)}, whose sum starts at −n(r), is off by less than {@code 2m·u·(n(q)+n(r))},
 * and the rounding of packed rows adds less than {@code 8u·(n(q)+n(r))}; a squared distance of fine
 * rows is off by less than that in addition to the error of its sum. The remaining errors (the
 * roundings of {@code n} and of the comparisons, those of fp64) are covered by allowing {@code
 * 2(m+16)u·(n(q)+n(r))} for both. Values too small for the full precision of fp32 err by up to
 * {@code 2⁻¹⁴⁹} each instead, which is allowed as well.
 *
 * <p>By the triangle inequality no row of a panel with centre {@code c} and radius {@code ρ} is
 * within {@code L} of a query if {@code ‖q − c‖² > (L+ρ)²}. Twice the allowance above covers the
 * roundings of that comparison.
 */
final class PackedRows {
  private static final int CHANNELS = MicroKernel.CHANNELS;

  /** Rows that are shortened together. */
  private static final int BLOCK = 256;

  private static final double UNIT_ROUNDOFF = 0x1p-24;

  /** The error of one operation whose result is denormal. */
  private static final double UNDERFLOW = Float.MIN_VALUE;

  /** Beyond this squared length products of fp32 values may overflow. */
  private static final double MAX_SQUARE = 1e30;

  final RowMatrix rows;
  final int length;

  /** From rows to short rows. */
  final ShortRows shortRows;

  /** Elements of a packed row, padded for the micro-kernel. */
  final int depth;

  final int panels;

  /** The row at each place of the panels, or −1. */
  final int[] order;

  /** Packed rows, {@code [panels][depth][CHANNELS]}. */
  final float[] packed;

  /** {@code −n(r)/2} at each place; infinite for the padding, which so never wins. */
  final float[] halfNorms;

  /** The panels' centres and radii, or null where they are not used. */
  final PanelCentres centres;

  /** Fine rows in the order of the rows. */
  final float[] fineRows;

  private final double maxNorm;
  private final double slack;
  private final double fullSlack;
  private final double underflow;

  PackedRows(RowMatrix rows, ShortRows shortRows, Parallel parallel) {
    this.rows = rows;
    this.length = rows.length();
    this.shortRows = shortRows;
    this.depth = shortRows.depth;
    this.panels = Math.ceilDiv(rows.count(), CHANNELS);
    this.packed = new float[Math.multiplyExact(panels * CHANNELS, depth)];
    this.halfNorms = new float[panels * CHANNELS];
    this.order = new int[panels * CHANNELS];
    double[] squares = new double[rows.count()];
    this.fineRows = new float[Math.multiplyExact(rows.count(), shortRows.fine)];
    parallel.forEach(Math.ceilDiv(rows.count(), BLOCK), block -> shorten(block, squares));
    order(parallel);
    parallel.forEach(panels, panel -> pack(panel, squares));
    this.maxNorm = Arrays.stream(squares).max().orElse(0);
    this.centres = shortRows.plain() ? null : new PanelCentres(this, parallel);
    int elements = Math.max(depth, shortRows.fine);
    this.slack = 2 * (elements + 16) * UNIT_ROUNDOFF;
    this.fullSlack = (length + 8) * UNIT_ROUNDOFF;
    this.underflow = 4 * (length + 32) * UNDERFLOW;
  }

  private void shorten(int block, double[] squares) {
    int first = block * BLOCK;
    int some = Math.min(BLOCK, rows.count() - first);
    float[] full = new float[some * length];
    rows.read(first, some, full, 0);
    shortRows.fineRows(full, 0, some, fineRows, first, squares);
  }

  private void order(Parallel parallel) {
    int count = rows.count();
    int[] places =
        shortRows.plain()
            ? IntStream.range(0, count).toArray()
            : RowClusters.order(fineRows, shortRows.fine, count, CHANNELS, parallel);
    Arrays.fill(order, -1);
    System.arraycopy(places, 0, order, 0, count);
  }

  /** Packs a panel so that one lane is one row. */
  private void pack(int panel, double[] squares) {
    float[] full = new float[length];
    float[] row = new float[depth];
    for (int lane = 0; lane < CHANNELS; lane++) {
      int place = panel * CHANNELS + lane;
      if (order[place] < 0) {
        halfNorms[place] = Float.NEGATIVE_INFINITY;
        continue;
      }
      if (shortRows.plain()) {
        rows.read(order[place], 1, full, 0);
        shortRows.plain(full, 0, row, 0);
      } else {
        shortRows.shorten(fineRows, order[place] * shortRows.fine, row, 0);
      }
      for (int k = 0; k < depth; k++) {
        packed[(panel * depth + k) * CHANNELS + lane] = row[k];
      }
      halfNorms[place] = (float) (-squares[order[place]] / 2);
    }
  }

  int count() {
    return rows.count();
  }

  /** Whether fp32 bounds the distances of a query with this norm; not so for NaN. */
  boolean bounded(double square) {
    return square < MAX_SQUARE && maxNorm < MAX_SQUARE;
  }

  /** {@code 2(m+16)u·(n(q) + n(r))} for the maximum norm, and underflow. */
  double margin(double square) {
    return slack * (square + maxNorm) + underflow;
  }

  /** Whether a distance of fine rows proves the rows to be farther apart than a limit. */
  boolean fineExceeds(float distance, double margin, double limit) {
    return distance * (1 - slack) - margin > limit;
  }

  /** The minimum of the exact squared distance of rows whose distance in fp32 this is. */
  double atLeast(float distance) {
    return distance * (1 - fullSlack) - underflow;
  }

  /** The maximum of the exact squared distance of rows whose distance in fp32 this is. */
  double atMost(float distance) {
    return distance * (1 + 2 * fullSlack) + underflow;
  }
}
