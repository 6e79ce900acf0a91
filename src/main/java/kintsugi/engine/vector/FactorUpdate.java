package kintsugi.engine.vector;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import kintsugi.engine.CovarianceUpdate;
import kintsugi.engine.Gaussians;

/**
 * The update of the factors of groups of positions ({@link kintsugi.engine.Engine#update}), with
 * its scratch memory: one lane of a vector is one position, and a group takes one pass or several.
 * Four columns of a row share the loads of the row; every value takes its products in the
 * specification's order, so that the bits are the same.
 */
final class FactorUpdate {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;

  /** Positions of a pass. */
  private static final int LANES = SPECIES.length();

  private static final VectorSpecies<Float> FLOATS =
      VectorSpecies.of(float.class, VectorShape.forBitSize(LANES * Float.SIZE));
  private static final int GROUP = PackedGaussians.GROUP;

  private final PackedGaussians fitted;
  private final CovarianceUpdate update;
  private final int d;
  private final double[] root = new double[LANES];
  private final double[] ridge = new double[LANES];

  /** {@code [k][D][LANES]}. */
  private double[] vectors = {};

  /** {@code √a·L}, {@code [D·(D+1)/2][LANES]}. */
  private final double[] old;

  /** {@code L'}, in the same layout. */
  private final double[] made;

  /** The current row of {@code −L'}, {@code [D][LANES]}. */
  private final double[] negated;

  FactorUpdate(PackedGaussians fitted, CovarianceUpdate update) {
    this.fitted = fitted;
    this.update = update;
    this.d = fitted.dimension();
    this.old = new double[Gaussians.triangle(d) * LANES];
    this.made = new double[old.length];
    this.negated = new double[d * LANES];
  }

  /**
   * {@return the updated factors of a group, {@code [D·(D+1)/2][16]}}
   *
   * @throws ArithmeticException if a covariance is not positive definite
   */
  float[] group(int group) {
    float[] factors = new float[Gaussians.triangle(d) * GROUP];
    for (int lane = 0; lane < GROUP; lane += LANES) {
      readVectors(group * GROUP + lane);
      readFactors(fitted.group(group), lane);
      factor();
      for (int i = 0; i < Gaussians.triangle(d); i++) {
        FloatVector rounded =
            (FloatVector) at(made, i).convertShape(VectorOperators.D2F, FLOATS, 0);
        rounded.intoArray(factors, i * GROUP + lane);
      }
    }
    return factors;
  }

  /** Interleaves what the update has of some positions; lanes beyond the last keep the identity. */
  private void readVectors(int first) {
    double[][] own = new double[LANES][];
    int longest = 0;
    for (int lane = 0; lane < LANES; lane++) {
      boolean any = first + lane < fitted.positions();
      own[lane] = any ? update.vectors().apply(first + lane) : new double[0];
      longest = Math.max(longest, own[lane].length);
      root[lane] = any ? Math.sqrt(update.scale()[first + lane]) : 1;
      ridge[lane] = any ? update.ridge()[first + lane] : 0;
    }
    vectors = vectors.length == longest * LANES ? vectors : new double[longest * LANES];
    Arrays.fill(vectors, 0);
    for (int lane = 0; lane < LANES; lane++) {
      for (int i = 0; i < own[lane].length; i++) {
        vectors[i * LANES + lane] = own[lane][i];
      }
    }
  }

  private void readFactors(float[] packed, int lane) {
    DoubleVector roots = at(root, 0);
    for (int i = 0; i < Gaussians.triangle(d); i++) {
      FloatVector l = FloatVector.fromArray(FLOATS, packed, i * GROUP + lane);
      DoubleVector wide = (DoubleVector) l.convertShape(VectorOperators.F2D, SPECIES, 0);
      roots.mul(wide).intoArray(old, i * LANES);
    }
  }

  private void factor() {
    for (int i = 0; i < d; i++) {
      int j = 0;
      for (; j + 4 <= i; j += 4) {
        four(d, i, j, vectors, old, made, negated);
      }
      for (; j < i; j++) {
        one(d, i, j, vectors, old, made, negated);
      }
      diagonal(d, i, vectors, old, made, negated, ridge);
      if (at(made, Gaussians.triangle(i) + i).compare(VectorOperators.GT, 0).allTrue()) {
        continue;
      }
      throw new ArithmeticException("a covariance is not positive definite, pivot " + i);
    }
  }

  private static DoubleVector at(double[] values, int index) {
    return DoubleVector.fromArray(SPECIES, values, index * LANES);
  }

  /** Columns {@code j} to {@code j + 3} of row {@code i}, all before the diagonal. */
  private static void four(
      int d, int i, int j, double[] vectors, double[] old, double[] made, double[] negated) {
    int row = Gaussians.triangle(i);
    int r0 = Gaussians.triangle(j);
    int r1 = r0 + j + 1;
    int r2 = r1 + j + 2;
    int r3 = r2 + j + 3;
    DoubleVector s0 = DoubleVector.zero(SPECIES);
    DoubleVector s1 = s0;
    DoubleVector s2 = s0;
    DoubleVector s3 = s0;
    for (int v = 0; v < vectors.length / LANES; v += d) {
      DoubleVector x = at(vectors, v + i);
      s0 = x.fma(at(vectors, v + j), s0);
      s1 = x.fma(at(vectors, v + j + 1), s1);
      s2 = x.fma(at(vectors, v + j + 2), s2);
      s3 = x.fma(at(vectors, v + j + 3), s3);
    }
    for (int k = 0; k <= j; k++) {
      DoubleVector x = at(old, row + k);
      s0 = x.fma(at(old, r0 + k), s0);
      s1 = x.fma(at(old, r1 + k), s1);
      s2 = x.fma(at(old, r2 + k), s2);
      s3 = x.fma(at(old, r3 + k), s3);
    }
    DoubleVector x1 = at(old, row + j + 1);
    DoubleVector x2 = at(old, row + j + 2);
    s1 = x1.fma(at(old, r1 + j + 1), s1);
    s2 = x2.fma(at(old, r2 + j + 2), x1.fma(at(old, r2 + j + 1), s2));
    s3 = x2.fma(at(old, r3 + j + 2), x1.fma(at(old, r3 + j + 1), s3));
    s3 = at(old, row + j + 3).fma(at(old, r3 + j + 3), s3);
    for (int k = 0; k < j; k++) {
      DoubleVector x = at(negated, k);
      s0 = x.fma(at(made, r0 + k), s0);
      s1 = x.fma(at(made, r1 + k), s1);
      s2 = x.fma(at(made, r2 + k), s2);
      s3 = x.fma(at(made, r3 + k), s3);
    }
    DoubleVector n0 = store(s0.div(at(made, r0 + j)), row, j, made, negated);
    s1 = n0.fma(at(made, r1 + j), s1);
    DoubleVector n1 = store(s1.div(at(made, r1 + j + 1)), row, j + 1, made, negated);
    s2 = n1.fma(at(made, r2 + j + 1), n0.fma(at(made, r2 + j), s2));
    DoubleVector n2 = store(s2.div(at(made, r2 + j + 2)), row, j + 2, made, negated);
    s3 = n1.fma(at(made, r3 + j + 1), n0.fma(at(made, r3 + j), s3));
    s3 = n2.fma(at(made, r3 + j + 2), s3);
    store(s3.div(at(made, r3 + j + 3)), row, j + 3, made, negated);
  }

  private static DoubleVector store(
      DoubleVector value, int row, int j, double[] made, double[] negated) {
    DoubleVector minus = value.neg();
    value.intoArray(made, (row + j) * LANES);
    minus.intoArray(negated, j * LANES);
    return minus;
  }

  /** Column {@code j} of row {@code i}, before the diagonal. */
  private static void one(
      int d, int i, int j, double[] vectors, double[] old, double[] made, double[] negated) {
    int row = Gaussians.triangle(i);
    int other = Gaussians.triangle(j);
    DoubleVector sum = DoubleVector.zero(SPECIES);
    for (int v = 0; v < vectors.length / LANES; v += d) {
      sum = at(vectors, v + i).fma(at(vectors, v + j), sum);
    }
    for (int k = 0; k <= j; k++) {
      sum = at(old, row + k).fma(at(old, other + k), sum);
    }
    for (int k = 0; k < j; k++) {
      sum = at(negated, k).fma(at(made, other + k), sum);
    }
    store(sum.div(at(made, other + j)), row, j, made, negated);
  }

  private static void diagonal(
      int d,
      int i,
      double[] vectors,
      double[] old,
      double[] made,
      double[] negated,
      double[] ridge) {
    int row = Gaussians.triangle(i);
    DoubleVector sum = DoubleVector.fromArray(SPECIES, ridge, 0);
    for (int v = 0; v < vectors.length / LANES; v += d) {
      DoubleVector x = at(vectors, v + i);
      sum = x.fma(x, sum);
    }
    for (int k = 0; k <= i; k++) {
      DoubleVector x = at(old, row + k);
      sum = x.fma(x, sum);
    }
    for (int k = 0; k < i; k++) {
      sum = at(negated, k).fma(at(made, row + k), sum);
    }
    sum.sqrt().intoArray(made, (row + i) * LANES);
  }
}
