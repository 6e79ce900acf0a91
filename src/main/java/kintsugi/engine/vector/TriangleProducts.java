package kintsugi.engine.vector;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import kintsugi.engine.FixedPoint;
import kintsugi.engine.Gaussians;

/**
 * The sums of products of {@link kintsugi.engine.Engine#addProducts}: a tile of the triangle stays
 * in registers for all products, one lane of a vector is one column.
 *
 * <p>A product costs one fma and one addition of integers: {@code fma(x, y, ROUNDER)} rounds it to
 * units, and its bits are added as a long. They are those of {@code ROUNDER} plus the integer that
 * is meant, so that the bits of {@code ROUNDER} are subtracted once per product at the end; on the
 * way the sum may wrap around, which that undoes.
 */
final class TriangleProducts {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  private static final long ROUNDER_BITS = Double.doubleToRawLongBits(FixedPoint.ROUNDER);

  /** Rows of a tile; with two vectors of columns, 8 sums fit 16 registers. */
  private static final int ROWS = 4;

  private TriangleProducts() {}

  static void add(long[] s, int d, double[] x) {
    int i = 0;
    for (; i + ROWS <= d; i += ROWS) {
      int j = 0;
      for (; j + 2 * LANES <= i + 1; j += 2 * LANES) {
        tile(s, d, i, j, x);
      }
      for (int row = i; row < i + ROWS; row++) {
        rest(s, d, row, j, x);
      }
    }
    for (; i < d; i++) {
      rest(s, d, i, 0, x);
    }
  }

  /** Rows {@code i} to {@code i + 3}, columns {@code j} to {@code j + 2·LANES − 1}. */
  private static void tile(long[] s, int d, int i, int j, double[] x) {
    int r0 = Gaussians.triangle(i) + j;
    int r1 = r0 + i + 1;
    int r2 = r1 + i + 2;
    int r3 = r2 + i + 3;
    DoubleVector rounder = DoubleVector.broadcast(SPECIES, FixedPoint.ROUNDER);
    LongVector s00 = LongVector.fromArray(LONGS, s, r0);
    LongVector s01 = LongVector.fromArray(LONGS, s, r0 + LANES);
    LongVector s10 = LongVector.fromArray(LONGS, s, r1);
    LongVector s11 = LongVector.fromArray(LONGS, s, r1 + LANES);
    LongVector s20 = LongVector.fromArray(LONGS, s, r2);
    LongVector s21 = LongVector.fromArray(LONGS, s, r2 + LANES);
    LongVector s30 = LongVector.fromArray(LONGS, s, r3);
    LongVector s31 = LongVector.fromArray(LONGS, s, r3 + LANES);
    for (int p = 0; p < x.length; p += d) {
      DoubleVector y0 = DoubleVector.fromArray(SPECIES, x, p + j);
      DoubleVector y1 = DoubleVector.fromArray(SPECIES, x, p + j + LANES);
      DoubleVector x0 = DoubleVector.broadcast(SPECIES, x[p + i]);
      s00 = s00.add(y0.fma(x0, rounder).reinterpretAsLongs());
      s01 = s01.add(y1.fma(x0, rounder).reinterpretAsLongs());
      DoubleVector x1 = DoubleVector.broadcast(SPECIES, x[p + i + 1]);
      s10 = s10.add(y0.fma(x1, rounder).reinterpretAsLongs());
      s11 = s11.add(y1.fma(x1, rounder).reinterpretAsLongs());
      DoubleVector x2 = DoubleVector.broadcast(SPECIES, x[p + i + 2]);
      s20 = s20.add(y0.fma(x2, rounder).reinterpretAsLongs());
      s21 = s21.add(y1.fma(x2, rounder).reinterpretAsLongs());
      DoubleVector x3 = DoubleVector.broadcast(SPECIES, x[p + i + 3]);
      s30 = s30.add(y0.fma(x3, rounder).reinterpretAsLongs());
      s31 = s31.add(y1.fma(x3, rounder).reinterpretAsLongs());
    }
    long rounders = x.length / d * ROUNDER_BITS;
    s00.sub(rounders).intoArray(s, r0);
    s01.sub(rounders).intoArray(s, r0 + LANES);
    s10.sub(rounders).intoArray(s, r1);
    s11.sub(rounders).intoArray(s, r1 + LANES);
    s20.sub(rounders).intoArray(s, r2);
    s21.sub(rounders).intoArray(s, r2 + LANES);
    s30.sub(rounders).intoArray(s, r3);
    s31.sub(rounders).intoArray(s, r3 + LANES);
  }

  /** Row {@code i} from column {@code j} to the diagonal. */
  private static void rest(long[] s, int d, int i, int j, double[] x) {
    int row = Gaussians.triangle(i);
    DoubleVector rounder = DoubleVector.broadcast(SPECIES, FixedPoint.ROUNDER);
    long rounders = x.length / d * ROUNDER_BITS;
    for (; j + LANES <= i + 1; j += LANES) {
      LongVector sum = LongVector.fromArray(LONGS, s, row + j);
      for (int p = 0; p < x.length; p += d) {
        DoubleVector y = DoubleVector.fromArray(SPECIES, x, p + j);
        sum =
            sum.add(y.fma(DoubleVector.broadcast(SPECIES, x[p + i]), rounder).reinterpretAsLongs());
      }
      sum.sub(rounders).intoArray(s, row + j);
    }
    if (j > i) {
      return;
    }
    VectorMask<Double> inside = SPECIES.indexInRange(j, i + 1);
    VectorMask<Long> stored = inside.cast(LONGS);
    LongVector sum = LongVector.fromArray(LONGS, s, row + j, stored);
    for (int p = 0; p < x.length; p += d) {
      DoubleVector y = DoubleVector.fromArray(SPECIES, x, p + j, inside);
      sum = sum.add(y.fma(DoubleVector.broadcast(SPECIES, x[p + i]), rounder).reinterpretAsLongs());
    }
    sum.sub(rounders).intoArray(s, row + j, stored);
  }
}
