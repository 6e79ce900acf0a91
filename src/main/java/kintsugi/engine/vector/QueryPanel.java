package kintsugi.engine.vector;

import java.util.Arrays;
import kintsugi.tensor.Tensor;

/** Queries that go through the rows of an index together, in full and as short rows. */
final class QueryPanel {
  /** Queries per panel; a multiple of both micro-kernels' pixels. */
  static final int QUERIES = 56;

  /** Rows scored before the scores are compared: all scores stay in the second-level cache. */
  static final int CHUNK = 256;

  /** Panels of rows per chunk. */
  static final int CHUNK_PANELS = CHUNK / MicroKernel.CHANNELS;

  private static final int PIXELS = MicroKernel.PIXELS;
  private static final int CHANNELS = MicroKernel.CHANNELS;

  final float[] full;
  final int first;
  final int count;

  /** Fine rows of the queries. */
  final float[] fineRows;

  /** {@code n(q)} of the queries. */
  final double[] squares = new double[QUERIES];

  /** Whether fp32 bounds the distances of all queries. */
  final boolean bounded;

  private final PackedRows rows;
  private final float[] coarseRows;
  private final int[] offsets = new int[QUERIES];
  private final float[] zeros = new float[CHANNELS];

  QueryPanel(PackedRows rows, Tensor queries, int first) {
    this.rows = rows;
    this.full = queries.data();
    this.first = first;
    this.count = Math.min(QUERIES, queries.dim(0) - first);
    this.coarseRows = new float[QUERIES * rows.depth];
    this.fineRows = new float[QUERIES * rows.fine];
    Arrays.setAll(offsets, q -> q * rows.depth);
    LeadingAxes axes = rows.axes;
    double[] work = axes.scratch();
    boolean all = true;
    for (int q = 0; q < count; q++) {
      squares[q] = axes.project(full, (first + q) * rows.length, work);
      axes.shorten(rows.coarse, squares[q], work, coarseRows, q * rows.depth);
      axes.shorten(axes.axes(), squares[q], work, fineRows, q * rows.fine);
      all &= rows.bounded(squares[q]);
    }
    this.bounded = all;
  }

  /** Scratch memory for {@link #score}. */
  static float[] scores() {
    return new float[QUERIES * CHUNK];
  }

  double margin(int q) {
    return rows.margin(squares[q]);
  }

  /**
   * Scores {@code q·r} of coarse rows, {@code [QUERIES][CHUNK]}. Panels of rows outside, queries
   * inside: a panel stays in the first-level cache.
   */
  void score(int firstPanel, int endPanel, float[] scores) {
    for (int panel = firstPanel; panel < endPanel; panel++) {
      for (int q = 0; q < count; q += PIXELS) {
        MicroKernel.tile(
            coarseRows,
            offsets,
            q,
            0,
            1,
            rows.depth,
            rows.packed,
            panel * rows.depth * CHANNELS,
            zeros,
            0,
            scores,
            q * CHUNK + (panel - firstPanel) * CHANNELS,
            CHUNK);
      }
    }
  }
}
