package kintsugi.engine.vector;

import java.util.Arrays;
import kintsugi.tensor.Tensor;

/** Queries that go through the rows of an index together, in full and as short rows. */
final class QueryPanel {
  /** Queries of a tile. */
  static final int PIXELS = MicroKernel.PIXELS;

  /** Queries per panel at most; more do not save anything. */
  private static final int QUERIES = 128;

  /** The same where rows are plain: their panels are read from memory, once for all queries. */
  private static final int QUERIES_PLAIN = 256;

  private static final int CHANNELS = MicroKernel.CHANNELS;

  final float[] full;
  final int first;
  final int count;

  /** Tiles that hold all queries. */
  final int tiles;

  /** Fine rows of the queries. */
  final float[] fineRows;

  /** Queries with those of the padding. */
  final int padded;

  /** {@code n(q)} of the queries. */
  final double[] squares;

  /** Whether fp32 bounds the distances of all queries. */
  final boolean bounded;

  private final PackedRows rows;
  private final float[] coarseRows;
  private final int[] offsets;

  QueryPanel(PackedRows rows, Tensor queries, int first, int size) {
    this.rows = rows;
    this.full = queries.data();
    this.first = first;
    this.count = Math.min(size, queries.dim(0) - first);
    this.tiles = Math.ceilDiv(count, PIXELS);
    this.padded = tiles * PIXELS;
    this.squares = new double[padded];
    this.offsets = new int[padded];
    this.coarseRows = new float[padded * rows.depth];
    this.fineRows = new float[count * rows.shortRows.fine];
    Arrays.setAll(offsets, q -> q * rows.depth);
    rows.shortRows.fineRows(full, first, count, fineRows, 0, squares);
    rows.shortRows.coarseRows(full, first, count, fineRows, coarseRows);
    this.bounded = Arrays.stream(squares, 0, count).allMatch(rows::bounded);
  }

  /** Queries per panel: as many for each thread. */
  static int size(PackedRows rows, int queries, int threads) {
    int most = rows.shortRows.plain() ? QUERIES_PLAIN : QUERIES;
    int some = Math.max(1, queries);
    int panels = Math.ceilDiv(Math.ceilDiv(some, most), threads) * threads;
    return Math.ceilDiv(Math.ceilDiv(some, panels), PIXELS) * PIXELS;
  }

  double margin(int q) {
    return rows.margin(squares[q]);
  }

  /** Scores {@code q·r − n(r)/2} of a tile of queries from {@code q} on and a panel of rows. */
  void score(int q, int panel, float[] scores) {
    score(q, rows.packed, rows.halfNorms, panel, scores, 0, CHANNELS);
  }

  /** Scores {@code q·c − n(c)/2} of the centres, {@code [padded][end − first]}. */
  void scoreCentres(int firstCentre, int end, float[] scores) {
    PanelCentres centres = rows.centres;
    for (int c = firstCentre; c < end; c += CHANNELS) {
      for (int q = 0; q < count; q += PIXELS) {
        int at = q * (end - firstCentre) + c - firstCentre;
        score(q, centres.packed, centres.halfNorms, c / CHANNELS, scores, at, end - firstCentre);
      }
    }
  }

  private void score(
      int q, float[] packed, float[] halfNorms, int panel, float[] scores, int at, int stride) {
    MicroKernel.tile(
        coarseRows,
        offsets,
        q,
        0,
        1,
        rows.depth,
        packed,
        panel * rows.depth * CHANNELS,
        halfNorms,
        panel * CHANNELS,
        scores,
        at,
        stride);
  }
}
