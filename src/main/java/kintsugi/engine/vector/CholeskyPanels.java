package kintsugi.engine.vector;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;
import kintsugi.engine.Gaussians;

/**
 * A Cholesky factorization under way ({@link kintsugi.engine.Engine#factor}), left-looking, four
 * columns at a time: the products with all columns before them are summed for a panel of rows in
 * registers, where one lane of a vector is one row. Every sum takes its products in the
 * specification's order, with the specification's two roundings per product, so that the bits are
 * the same.
 */
final class CholeskyPanels {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  /** Rows of a panel: two vectors. */
  private static final int ROWS = 2 * LANES;

  /** Columns of a step, a divisor of the rows of a panel: 8 sums fit 16 registers. */
  private static final int COLUMNS = 4;

  private final int n;

  /**
   * Panels of rows one after the other, each by columns up to its last on the diagonal: {@code
   * [panel][k][ROWS]}, {@code k < (panel + 1)·ROWS}. Rows beyond the last are those of the unit
   * matrix; elements above the diagonal take part in nothing that is read.
   */
  private final double[] panels;

  /** The four rows of the step's columns, {@code [k][COLUMNS]}. */
  private final double[] right;

  /** {@code [COLUMNS][ROWS]}. */
  private final double[] sums = new double[COLUMNS * ROWS];

  private CholeskyPanels(double[] a, int n) {
    this.n = n;
    int count = Math.ceilDiv(n, ROWS);
    this.panels = new double[start(count)];
    this.right = new double[count * ROWS * COLUMNS];
    for (int i = 0; i < count * ROWS; i++) {
      int row = Gaussians.triangle(i);
      int to = at(i, 0);
      for (int k = 0; k <= i && i < n; k++) {
        panels[to + k * ROWS] = a[row + k];
      }
      panels[to + i * ROWS] = i < n ? a[row + i] : 1;
    }
  }

  /**
   * Replaces {@code A} by {@code L}.
   *
   * @return the first row whose pivot is not positive, or {@code n}
   */
  static int factor(double[] a, int n) {
    CholeskyPanels work = new CholeskyPanels(a, n);
    for (int j = 0; j < n; j += COLUMNS) {
      int failed = work.step(j);
      if (failed < n) {
        return failed;
      }
    }
    work.store(a);
    return n;
  }

  /** The place of a panel. */
  private static int start(int panel) {
    return Gaussians.triangle(panel) * ROWS * ROWS;
  }

  /** The place of an element. */
  private static int at(int i, int k) {
    return start(i / ROWS) + k * ROWS + i % ROWS;
  }

  private void store(double[] a) {
    for (int i = 0; i < n; i++) {
      int row = Gaussians.triangle(i);
      int from = at(i, 0);
      for (int k = 0; k <= i; k++) {
        a[row + k] = panels[from + k * ROWS];
      }
    }
  }

  /** Columns {@code j} to {@code j + 3} of all rows. */
  private int step(int j) {
    int own = at(j, 0);
    for (int k = 0; k < j; k++) {
      System.arraycopy(panels, own + k * ROWS, right, k * COLUMNS, COLUMNS);
    }
    int first = j / ROWS;
    products(panels, start(first), right, j, sums);
    for (int c = 0; c < COLUMNS; c++) {
      int pivot = at(j + c, j + c);
      double square = panels[pivot] - sums[c * ROWS + (j + c) % ROWS];
      if (!(square > 0)) {
        return j + c;
      }
      double root = Math.sqrt(square);
      divide(first, j, c, root);
      panels[pivot] = root;
    }
    int count = Math.ceilDiv(n, ROWS);
    for (int panel = first + 1; panel < count; panel++) {
      products(panels, start(panel), right, j, sums);
      for (int c = 0; c < COLUMNS; c++) {
        divide(panel, j, c, panels[at(j + c, j + c)]);
      }
    }
    return n;
  }

  /**
   * Sums the products of a panel with the four rows, {@code Σ_{k<depth} left(k,i)·right(k,c)}, into
   * {@code [COLUMNS][ROWS]}.
   */
  private static void products(
      double[] panels, int left, double[] right, int depth, double[] sums) {
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    DoubleVector s01 = s00;
    DoubleVector s10 = s00;
    DoubleVector s11 = s00;
    DoubleVector s20 = s00;
    DoubleVector s21 = s00;
    DoubleVector s30 = s00;
    DoubleVector s31 = s00;
    for (int k = 0; k < depth; k++) {
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, panels, left + k * ROWS);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, panels, left + k * ROWS + LANES);
      DoubleVector y0 = DoubleVector.broadcast(SPECIES, right[k * COLUMNS]);
      s00 = s00.add(x0.mul(y0));
      s01 = s01.add(x1.mul(y0));
      DoubleVector y1 = DoubleVector.broadcast(SPECIES, right[k * COLUMNS + 1]);
      s10 = s10.add(x0.mul(y1));
      s11 = s11.add(x1.mul(y1));
      DoubleVector y2 = DoubleVector.broadcast(SPECIES, right[k * COLUMNS + 2]);
      s20 = s20.add(x0.mul(y2));
      s21 = s21.add(x1.mul(y2));
      DoubleVector y3 = DoubleVector.broadcast(SPECIES, right[k * COLUMNS + 3]);
      s30 = s30.add(x0.mul(y3));
      s31 = s31.add(x1.mul(y3));
    }
    s00.intoArray(sums, 0);
    s01.intoArray(sums, LANES);
    s10.intoArray(sums, 2 * LANES);
    s11.intoArray(sums, 3 * LANES);
    s20.intoArray(sums, 4 * LANES);
    s21.intoArray(sums, 5 * LANES);
    s30.intoArray(sums, 6 * LANES);
    s31.intoArray(sums, 7 * LANES);
  }

  /** Column {@code j + c} of a panel, and its products with the step's further columns. */
  private void divide(int panel, int j, int c, double pivot) {
    for (int lane = 0; lane < ROWS; lane += LANES) {
      int place = start(panel) + (j + c) * ROWS + lane;
      DoubleVector sum = DoubleVector.fromArray(SPECIES, sums, c * ROWS + lane);
      DoubleVector l = DoubleVector.fromArray(SPECIES, panels, place).sub(sum).div(pivot);
      l.intoArray(panels, place);
      for (int later = c + 1; later < COLUMNS; later++) {
        double y = panels[at(j + later, j + c)];
        DoubleVector rest = DoubleVector.fromArray(SPECIES, sums, later * ROWS + lane);
        rest.add(l.mul(y)).intoArray(sums, later * ROWS + lane);
      }
    }
  }
}
