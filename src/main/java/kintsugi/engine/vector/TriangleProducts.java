package kintsugi.engine.vector;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import kintsugi.engine.Gaussians;

/**
 * The sums of products of {@link kintsugi.engine.Engine#addProducts}: a tile of the triangle stays
 * in registers for all products, one lane of a vector is one column. Every element takes its
 * products in the specification's order, with two roundings each, so that the bits are the same.
 */
final class TriangleProducts {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  /** Rows of a tile; with two vectors of columns, 8 sums fit 16 registers. */
  private static final int ROWS = 4;

  private TriangleProducts() {}

  static void add(double[] s, int d, double[] left, double[] right) {
    int i = 0;
    for (; i + ROWS <= d; i += ROWS) {
      int j = 0;
      for (; j + 2 * LANES <= i + 1; j += 2 * LANES) {
        tile(s, d, i, j, left, right);
      }
      for (int row = i; row < i + ROWS; row++) {
        rest(s, d, row, j, left, right);
      }
    }
    for (; i < d; i++) {
      rest(s, d, i, 0, left, right);
    }
  }

  /** Rows {@code i} to {@code i + 3}, columns {@code j} to {@code j + 2·LANES − 1}. */
  private static void tile(double[] s, int d, int i, int j, double[] left, double[] right) {
    int r0 = Gaussians.triangle(i) + j;
    int r1 = r0 + i + 1;
    int r2 = r1 + i + 2;
    int r3 = r2 + i + 3;
    DoubleVector s00 = DoubleVector.fromArray(SPECIES, s, r0);
    DoubleVector s01 = DoubleVector.fromArray(SPECIES, s, r0 + LANES);
    DoubleVector s10 = DoubleVector.fromArray(SPECIES, s, r1);
    DoubleVector s11 = DoubleVector.fromArray(SPECIES, s, r1 + LANES);
    DoubleVector s20 = DoubleVector.fromArray(SPECIES, s, r2);
    DoubleVector s21 = DoubleVector.fromArray(SPECIES, s, r2 + LANES);
    DoubleVector s30 = DoubleVector.fromArray(SPECIES, s, r3);
    DoubleVector s31 = DoubleVector.fromArray(SPECIES, s, r3 + LANES);
    for (int p = 0; p < left.length; p += d) {
      DoubleVector y0 = DoubleVector.fromArray(SPECIES, right, p + j);
      DoubleVector y1 = DoubleVector.fromArray(SPECIES, right, p + j + LANES);
      DoubleVector x0 = DoubleVector.broadcast(SPECIES, left[p + i]);
      s00 = s00.add(y0.mul(x0));
      s01 = s01.add(y1.mul(x0));
      DoubleVector x1 = DoubleVector.broadcast(SPECIES, left[p + i + 1]);
      s10 = s10.add(y0.mul(x1));
      s11 = s11.add(y1.mul(x1));
      DoubleVector x2 = DoubleVector.broadcast(SPECIES, left[p + i + 2]);
      s20 = s20.add(y0.mul(x2));
      s21 = s21.add(y1.mul(x2));
      DoubleVector x3 = DoubleVector.broadcast(SPECIES, left[p + i + 3]);
      s30 = s30.add(y0.mul(x3));
      s31 = s31.add(y1.mul(x3));
    }
    s00.intoArray(s, r0);
    s01.intoArray(s, r0 + LANES);
    s10.intoArray(s, r1);
    s11.intoArray(s, r1 + LANES);
    s20.intoArray(s, r2);
    s21.intoArray(s, r2 + LANES);
    s30.intoArray(s, r3);
    s31.intoArray(s, r3 + LANES);
  }

  /** Row {@code i} from column {@code j} to the diagonal. */
  private static void rest(double[] s, int d, int i, int j, double[] left, double[] right) {
    int row = Gaussians.triangle(i);
    for (; j + LANES <= i + 1; j += LANES) {
      DoubleVector sum = DoubleVector.fromArray(SPECIES, s, row + j);
      for (int p = 0; p < left.length; p += d) {
        sum = sum.add(DoubleVector.fromArray(SPECIES, right, p + j).mul(left[p + i]));
      }
      sum.intoArray(s, row + j);
    }
    if (j > i) {
      return;
    }
    VectorMask<Double> inside = SPECIES.indexInRange(j, i + 1);
    DoubleVector sum = DoubleVector.fromArray(SPECIES, s, row + j, inside);
    for (int p = 0; p < left.length; p += d) {
      sum = sum.add(DoubleVector.fromArray(SPECIES, right, p + j, inside).mul(left[p + i]));
    }
    sum.intoArray(s, row + j, inside);
  }
}
