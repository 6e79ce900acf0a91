package kintsugi.engine.vector;

import java.util.Random;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;
import kintsugi.engine.RowMatrix;

/**
 * Orthonormal directions along which rows vary most, by subspace iteration on the covariance of a
 * sample. Results rest on orthonormality alone, which is exact to the last digits of fp64; how
 * close the directions are to the principal axes affects only the speed.
 */
final class LeadingAxes {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  private static final int BLOCK = 8 * LANES;
  private static final int SAMPLE = 2048;
  private static final int ROUNDS = 6;

  private final int length;
  private final int axes;
  private final double[] mean;

  /** The directions, {@code [length][axes]}. */
  private final double[] basis;

  private final int columns;
  private final double[] padded;

  LeadingAxes(RowMatrix rows, int axes) {
    this.length = rows.length();
    this.axes = Math.min(axes, length);
    this.mean = new double[length];
    float[] sample = sample(rows);
    double[] covariance = covariance(sample, Math.min(SAMPLE, rows.count()));
    this.basis = new Random(1).doubles((long) length * this.axes, -1, 1).toArray();
    orthonormalise();
    for (int round = 0; round < ROUNDS; round++) {
      multiply(covariance);
      orthonormalise();
    }
    this.columns = (this.axes + BLOCK - 1) / BLOCK * BLOCK;
    this.padded = paddedBasis();
  }

  int axes() {
    return axes;
  }

  private float[] sample(RowMatrix rows) {
    int count = Math.min(SAMPLE, rows.count());
    float[] sample = new float[count * length];
    for (int i = 0; i < count; i++) {
      rows.read((int) ((long) i * rows.count() / count), 1, sample, i * length);
      for (int k = 0; k < length; k++) {
        mean[k] += sample[i * length + k] / (double) count;
      }
    }
    return sample;
  }

  private double[] covariance(float[] sample, int count) {
    double[] covariance = new double[length * length];
    double[] centred = new double[length];
    for (int i = 0; i < count; i++) {
      for (int k = 0; k < length; k++) {
        centred[k] = sample[i * length + k] - mean[k];
      }
      for (int k = 0; k < length; k++) {
        double value = centred[k];
        for (int j = 0; j < length; j++) {
          covariance[k * length + j] += value * centred[j];
        }
      }
    }
    return covariance;
  }

  private void multiply(double[] covariance) {
    double[] product = new double[basis.length];
    for (int i = 0; i < length; i++) {
      for (int k = 0; k < length; k++) {
        double coefficient = covariance[i * length + k];
        for (int a = 0; a < axes; a++) {
          product[i * axes + a] += coefficient * basis[k * axes + a];
        }
      }
    }
    System.arraycopy(product, 0, basis, 0, basis.length);
  }

  /**
   * Gram–Schmidt, each direction twice, which leaves it orthogonal to the last digits. A direction
   * without variance is replaced by a coordinate axis.
   */
  private void orthonormalise() {
    for (int a = 0; a < axes; a++) {
      int replacement = 0;
      double before = norm(a);
      subtractEarlier(a);
      subtractEarlier(a);
      while (!(norm(a) > 1e-6 * before) || before == 0) {
        for (int k = 0; k < length; k++) {
          basis[k * axes + a] = k == replacement ? 1 : 0;
        }
        replacement++;
        before = 1;
        subtractEarlier(a);
        subtractEarlier(a);
      }
      double norm = norm(a);
      for (int k = 0; k < length; k++) {
        basis[k * axes + a] /= norm;
      }
    }
  }

  private double norm(int a) {
    double sum = 0;
    for (int k = 0; k < length; k++) {
      sum += basis[k * axes + a] * basis[k * axes + a];
    }
    return Math.sqrt(sum);
  }

  private void subtractEarlier(int a) {
    for (int b = 0; b < a; b++) {
      double projection = 0;
      for (int k = 0; k < length; k++) {
        projection += basis[k * axes + a] * basis[k * axes + b];
      }
      for (int k = 0; k < length; k++) {
        basis[k * axes + a] -= projection * basis[k * axes + b];
      }
    }
  }

  /** The basis padded with zeros to whole blocks of vectors, for {@link #project}. */
  private double[] paddedBasis() {
    double[] all = new double[length * columns];
    for (int k = 0; k < length; k++) {
      System.arraycopy(basis, k * axes, all, k * columns, axes);
    }
    return all;
  }

  /** Allocates scratch memory for {@link #project}. */
  double[] scratch() {
    return new double[length + columns];
  }

  /**
   * Projects a row onto all axes, for {@link #shorten}.
   *
   * @param row from {@code from} on
   * @param work from {@link #scratch}
   * @return the squared distance of the row from the mean
   */
  double project(float[] row, int from, double[] work) {
    double square = 0;
    for (int k = 0; k < length; k++) {
      work[k] = row[from + k] - mean[k];
      square += work[k] * work[k];
    }
    for (int column = 0; column < columns; column += BLOCK) {
      coordinates(work, length, padded, columns, column);
    }
    return square;
  }

  /**
   * Writes a short row: the coordinates along the first axes and one more, the distance from the
   * space that they span. Short rows have the norms of the rows themselves, and are never farther
   * apart.
   *
   * @param first how many axes
   * @param square the result of {@link #project}
   * @param work scratch memory after {@link #project}
   * @param to receives {@code first + 1} elements from {@code at} on
   */
  void shorten(int first, double square, double[] work, float[] to, int at) {
    double rest = square;
    for (int a = 0; a < first; a++) {
      to[at + a] = (float) work[length + a];
      rest -= work[length + a] * work[length + a];
    }
    to[at + first] = (float) Math.sqrt(Math.max(0, rest));
  }

  /** Eight vectors of coordinates, stored behind the centred row in the same array. */
  private static void coordinates(
      double[] work, int length, double[] basis, int columns, int column) {
    DoubleVector sum0 = DoubleVector.zero(SPECIES);
    DoubleVector sum1 = sum0;
    DoubleVector sum2 = sum0;
    DoubleVector sum3 = sum0;
    DoubleVector sum4 = sum0;
    DoubleVector sum5 = sum0;
    DoubleVector sum6 = sum0;
    DoubleVector sum7 = sum0;
    for (int k = 0; k < length; k++) {
      DoubleVector x = DoubleVector.broadcast(SPECIES, work[k]);
      int b = k * columns + column;
      sum0 = x.fma(DoubleVector.fromArray(SPECIES, basis, b), sum0);
      sum1 = x.fma(DoubleVector.fromArray(SPECIES, basis, b + LANES), sum1);
      sum2 = x.fma(DoubleVector.fromArray(SPECIES, basis, b + 2 * LANES), sum2);
      sum3 = x.fma(DoubleVector.fromArray(SPECIES, basis, b + 3 * LANES), sum3);
      sum4 = x.fma(DoubleVector.fromArray(SPECIES, basis, b + 4 * LANES), sum4);
      sum5 = x.fma(DoubleVector.fromArray(SPECIES, basis, b + 5 * LANES), sum5);
      sum6 = x.fma(DoubleVector.fromArray(SPECIES, basis, b + 6 * LANES), sum6);
      sum7 = x.fma(DoubleVector.fromArray(SPECIES, basis, b + 7 * LANES), sum7);
    }
    int to = length + column;
    sum0.intoArray(work, to);
    sum1.intoArray(work, to + LANES);
    sum2.intoArray(work, to + 2 * LANES);
    sum3.intoArray(work, to + 3 * LANES);
    sum4.intoArray(work, to + 4 * LANES);
    sum5.intoArray(work, to + 5 * LANES);
    sum6.intoArray(work, to + 6 * LANES);
    sum7.intoArray(work, to + 7 * LANES);
  }
}
