package kintsugi.engine.vector;

import java.util.Arrays;
import kintsugi.engine.Parallel;
import kintsugi.engine.RowMatrix;

/**
 * The way from rows to packed rows: coarse short rows by way of fine ones, both along the {@link
 * LeadingAxes}, or the rows themselves less the mean, called plain.
 */
final class ShortRows {
  /** Coordinates of a coarse row: with the distance a multiple of every unrolled loop. */
  private static final int COARSE = 31;

  /** Coordinates of a fine row: with the distance whole vectors. */
  private static final int FINE = 95;

  /** Rows that are looked at before short rows are chosen. */
  private static final int SAMPLE = 8192;

  /** Those of them that are queries. */
  private static final int SAMPLE_QUERIES = 24;

  /** The cost of a pair that passes the coarse sieve, in products of the plain one; measured. */
  private static final double PRODUCTS_PER_PAIR = 12_800;

  /** Rows with more elements in all are never packed in full: 128 MB. */
  private static final long MAX_PLAIN = 1 << 25;

  private final LeadingAxes axes;
  private final int length;

  /** Coordinates of a coarse row. */
  private final int coarse;

  /** Elements of a packed row, padded for the micro-kernel. */
  final int depth;

  /** Elements of a fine row; 0 if rows are plain. */
  final int fine;

  private ShortRows(LeadingAxes axes, int length, boolean plain) {
    this.axes = axes;
    this.length = length;
    this.coarse = Math.min(COARSE, axes.axes());
    this.fine = plain ? 0 : axes.axes() + 1;
    int unroll = MicroKernel.UNROLL;
    this.depth = Math.ceilDiv(plain ? length : coarse + 1, unroll) * unroll;
  }

  /** Short rows for these rows, or plain ones if short ones would not tell them apart. */
  static ShortRows of(RowMatrix rows, Parallel parallel) {
    LeadingAxes axes = new LeadingAxes(rows, FINE, parallel);
    ShortRows shortRows = new ShortRows(axes, rows.length(), false);
    boolean plain =
        (long) rows.count() * rows.length() <= MAX_PLAIN
            && shortRows.fractionPassed(rows) * PRODUCTS_PER_PAIR > rows.length();
    return plain ? new ShortRows(axes, rows.length(), true) : shortRows;
  }

  boolean plain() {
    return fine == 0;
  }

  /**
   * The fraction of rows that coarse rows let pass: a sample of rows as queries, each with its
   * distance to the nearest other row as the limit.
   */
  private double fractionPassed(RowMatrix rows) {
    int count = Math.min(SAMPLE, rows.count());
    float[] sample = new float[count * length];
    for (int i = 0; i < count; i++) {
      rows.read((int) ((long) i * rows.count() / count), 1, sample, i * length);
    }
    float[] fineRows = new float[count * fine];
    float[] coarseRows = new float[count * depth];
    fineRows(sample, 0, count, fineRows, 0, new double[count]);
    coarseRows(sample, 0, count, fineRows, coarseRows);
    int queries = Math.min(SAMPLE_QUERIES, count);
    long passed = 0;
    for (int q = 0; q < queries; q++) {
      passed += passed((int) ((long) q * count / queries), sample, coarseRows);
    }
    return (double) passed / ((long) queries * count);
  }

  private int passed(int query, float[] sample, float[] coarseRows) {
    float[] distance = new float[sample.length / length];
    float limit = Float.POSITIVE_INFINITY;
    for (int i = 0; i < distance.length; i++) {
      float full = ExactDistance.squared(sample, query * length, sample, i * length, length);
      limit = i == query ? limit : Math.min(limit, full);
      distance[i] = ExactDistance.squared(coarseRows, query * depth, coarseRows, i * depth, depth);
    }
    int passed = 0;
    for (float each : distance) {
      passed += each <= limit ? 1 : 0;
    }
    return passed;
  }

  /**
   * Fine rows.
   *
   * @param full the rows from index {@code first} on
   * @param to receives {@code [count, fine]} as rows from index {@code toRow} on
   * @param squares receives the squared distances from the mean, from {@code toRow} on
   */
  void fineRows(float[] full, int first, int count, float[] to, int toRow, double[] squares) {
    LeadingAxes.Projection projection = axes.new Projection();
    int step = LeadingAxes.Projection.ROWS;
    for (int i = 0; i < count; i += step) {
      int some = Math.min(step, count - i);
      projection.read(full, (first + i) * length, some);
      System.arraycopy(projection.squares, 0, squares, toRow + i, some);
      if (!plain()) {
        projection.project(some);
      }
      for (int s = 0; s < some && !plain(); s++) {
        projection.shorten(s, to, (toRow + i + s) * fine);
      }
    }
  }

  /**
   * Rows as panels hold them.
   *
   * @param full the rows from index {@code first} on
   * @param fineRows the same rows' fine ones from index 0 on
   * @param to receives {@code [count, depth]}
   */
  void coarseRows(float[] full, int first, int count, float[] fineRows, float[] to) {
    for (int i = 0; i < count; i++) {
      if (plain()) {
        plain(full, (first + i) * length, to, i * depth);
      } else {
        shorten(fineRows, i * fine, to, i * depth);
      }
    }
  }

  /** A row less the mean. */
  void plain(float[] full, int from, float[] to, int at) {
    double[] mean = axes.mean();
    for (int k = 0; k < length; k++) {
      to[at + k] = (float) (full[from + k] - mean[k]);
    }
  }

  /** A coarse row from a fine one: the distance replaces the coordinates along further axes. */
  void shorten(float[] fineRow, int from, float[] to, int at) {
    System.arraycopy(fineRow, from, to, at, coarse);
    double rest = 0;
    for (int a = coarse; a < fine; a++) {
      rest += (double) fineRow[from + a] * fineRow[from + a];
    }
    to[at + coarse] = (float) Math.sqrt(rest);
    Arrays.fill(to, at + coarse + 1, at + depth, 0);
  }
}
