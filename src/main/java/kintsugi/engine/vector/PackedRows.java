package kintsugi.engine.vector;

import java.util.Arrays;
import kintsugi.engine.Parallel;
import kintsugi.engine.RowMatrix;

/**
 * The rows of an index, in full and as short rows, and the bounds between the two.
 *
 * <p>A short row has some coordinates along the {@link LeadingAxes} and as one more its distance
 * from the space that they span. Its norm is the row's, and two of them are never farther apart
 * than the rows. Coarse rows are packed into panels for the micro-kernel; fine rows stay plain.
 *
 * <p>Bounds, with {@code u = 2⁻²⁴}, {@code m} elements per short row and {@code n = ‖·‖²}. A sum of
 * {@code D} squares of rounded differences is off by at most {@code (D+4)u} of its value. Short
 * rows are rounded once, so a product {@code 2·q·r} is off by less than {@code 2(m+2)u·‖q‖‖r‖ ≤
 * (m+2)u·(n(q)+n(r))}, and a squared distance by less than {@code 4u·(n(q)+n(r))} in addition to
 * the error of its sum. The remaining errors (the roundings of {@code n} and of the comparisons,
 * those of fp64) are covered by allowing {@code 2(m+16)u·(n(q)+n(r))} for both. Values too small
 * for the full precision of fp32 err by up to {@code 2⁻¹⁴⁹} each instead, which is allowed as well.
 */
final class PackedRows {
  /** Coordinates of a coarse row: with the distance a multiple of every unrolled loop. */
  static final int COARSE = 31;

  /** Coordinates of a fine row: with the distance whole vectors. */
  static final int FINE = 95;

  private static final int CHANNELS = MicroKernel.CHANNELS;
  private static final double UNIT_ROUNDOFF = 0x1p-24;

  /** The error of one operation whose result is denormal. */
  private static final double UNDERFLOW = Float.MIN_VALUE;

  /** Beyond this squared length products of fp32 values may overflow. */
  private static final double MAX_SQUARE = 1e30;

  final RowMatrix rows;
  final int length;
  final LeadingAxes axes;

  /** Coordinates of a coarse row. */
  final int coarse;

  /** Elements of a coarse row, padded for the micro-kernel. */
  final int depth;

  /** Elements of a fine row. */
  final int fine;

  final int panels;

  /** Coarse rows, {@code [panels][depth][CHANNELS]}. */
  final float[] packed;

  /** Fine rows, {@code [rows][fine]}. */
  final float[] fineRows;

  /** {@code n(r)/2} of every row; infinite for the padding, which so never wins. */
  final float[] halfNorms;

  private final double maxNorm;
  private final double fineSlack;
  private final double fullSlack;
  private final double underflow;

  PackedRows(RowMatrix rows, LeadingAxes axes, Parallel parallel) {
    this.rows = rows;
    this.length = rows.length();
    this.axes = axes;
    this.coarse = Math.min(COARSE, axes.axes());
    this.fine = axes.axes() + 1;
    int unroll = MicroKernel.UNROLL;
    this.depth = Math.ceilDiv(coarse + 1, unroll) * unroll;
    this.panels = Math.ceilDiv(rows.count(), CHANNELS);
    this.packed = new float[Math.multiplyExact(panels * CHANNELS, depth)];
    this.fineRows = new float[Math.multiplyExact(rows.count(), fine)];
    this.halfNorms = new float[panels * CHANNELS];
    double[] max = new double[panels];
    parallel.forEach(panels, panel -> max[panel] = pack(panel));
    this.maxNorm = Arrays.stream(max).max().orElse(0);
    this.fineSlack = 1 - (fine + 8) * UNIT_ROUNDOFF;
    this.fullSlack = 1 - (length + 8) * UNIT_ROUNDOFF;
    this.underflow = 4 * (length + 32) * UNDERFLOW;
  }

  /** Packs a panel of coarse rows so that one lane is one row; returns the maximum norm. */
  private double pack(int panel) {
    int first = panel * CHANNELS;
    int count = Math.min(CHANNELS, rows.count() - first);
    float[] full = new float[count * length];
    rows.read(first, count, full, 0);
    double[] work = axes.scratch();
    float[] row = new float[depth];
    double max = 0;
    Arrays.fill(halfNorms, first, first + CHANNELS, Float.POSITIVE_INFINITY);
    for (int lane = 0; lane < count; lane++) {
      double square = axes.project(full, lane * length, work);
      axes.shorten(coarse, square, work, row, 0);
      axes.shorten(axes.axes(), square, work, fineRows, (first + lane) * fine);
      for (int k = 0; k < depth; k++) {
        packed[(panel * depth + k) * CHANNELS + lane] = row[k];
      }
      halfNorms[first + lane] = (float) (square / 2);
      max = Math.max(max, square);
    }
    return max;
  }

  int count() {
    return rows.count();
  }

  /** Whether fp32 bounds the distances of a query with this norm; not so for NaN. */
  boolean bounded(double square) {
    return square < MAX_SQUARE && maxNorm < MAX_SQUARE;
  }

  /** {@code 2(m+16)u·(n(q) + n(r))} for the maximum norm and fine rows, and underflow. */
  double margin(double square) {
    return 2 * (fine + 16) * UNIT_ROUNDOFF * (square + maxNorm) + underflow;
  }

  /** Whether a distance of fine rows proves the rows to be farther apart than a limit. */
  boolean fineExceeds(float distance, double margin, double limit) {
    return distance * fineSlack - margin > limit;
  }

  /** Whether an fp32 distance of full rows allows the exact one to be within a limit. */
  boolean fullMayBeWithin(float distance, double limit) {
    return distance * fullSlack - underflow <= limit;
  }
}
