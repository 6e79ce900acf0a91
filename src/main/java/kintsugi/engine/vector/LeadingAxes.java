package kintsugi.engine.vector;

import java.util.Arrays;
import java.util.Random;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;
import kintsugi.engine.Parallel;
import kintsugi.engine.RowMatrix;

/**
 * Orthonormal directions along which rows vary most, by subspace iteration on the covariance of a
 * sample. Results rest on orthonormality alone, which is exact to the last digits of fp64; how
 * close the directions are to the principal axes affects only the speed.
 */
final class LeadingAxes {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  /** Axes and rows of a tile of the projection. */
  private static final int BLOCK = 2 * LANES;

  private static final int TILE = 4;

  /** Rows of the covariance that are summed together and stay in the cache. */
  private static final int TOGETHER = 16;

  private static final int SAMPLE = 2048;
  private static final int ROUNDS = 6;

  private final int length;
  private final int axes;
  private final double[] mean;

  /** The directions, {@code [length][axes]}. */
  private final double[] basis;

  private final int columns;
  private final double[] panels;

  LeadingAxes(RowMatrix rows, int axes, Parallel parallel) {
    this.length = rows.length();
    this.axes = Math.min(axes, length);
    this.mean = new double[length];
    float[] sample = sample(rows);
    double[] covariance = covariance(sample, Math.min(SAMPLE, rows.count()), parallel);
    this.basis = new Random(1).doubles((long) length * this.axes, -1, 1).toArray();
    orthonormalise();
    for (int round = 0; round < ROUNDS; round++) {
      multiply(covariance, parallel);
      orthonormalise();
    }
    this.columns = (this.axes + BLOCK - 1) / BLOCK * BLOCK;
    this.panels = panels();
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

  private double[] covariance(float[] sample, int count, Parallel parallel) {
    double[] centred = new double[count * length];
    Arrays.setAll(centred, i -> sample[i] - mean[i % length]);
    double[] covariance = new double[length * length];
    parallel.forEach(
        Math.ceilDiv(length, TOGETHER),
        part -> {
          int first = part * TOGETHER;
          int end = Math.min(length, first + TOGETHER);
          for (int i = 0; i < count; i++) {
            for (int k = first; k < end; k++) {
              double value = centred[i * length + k];
              for (int j = 0; j < length; j++) {
                covariance[k * length + j] += value * centred[i * length + j];
              }
            }
          }
        });
    return covariance;
  }

  private void multiply(double[] covariance, Parallel parallel) {
    double[] product = new double[basis.length];
    parallel.forEach(
        length,
        i -> {
          for (int k = 0; k < length; k++) {
            double coefficient = covariance[i * length + k];
            for (int a = 0; a < axes; a++) {
              product[i * axes + a] += coefficient * basis[k * axes + a];
            }
          }
        });
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

  /** The basis in panels, {@code [columns / BLOCK][length][BLOCK]}, padded with zeros. */
  private double[] panels() {
    double[] panels = new double[length * columns];
    for (int a = 0; a < axes; a++) {
      for (int k = 0; k < length; k++) {
        panels[(a / BLOCK * length + k) * BLOCK + a % BLOCK] = basis[k * axes + a];
      }
    }
    return panels;
  }

  /** The mean of the sample, from which all rows are measured. */
  double[] mean() {
    return mean;
  }

  /** Scratch memory for the projection of some rows. */
  final class Projection {
    /** Rows that are projected together, so that a panel of the basis stays in the cache. */
    static final int ROWS = 16;

    private final double[] centred = new double[ROWS * length];
    private final double[] coordinates = new double[ROWS * columns];

    /** The squared distances of the rows from the mean. */
    final double[] squares = new double[ROWS];

    /** Reads rows from {@code from} on, {@link #ROWS} at most. */
    void read(float[] rows, int from, int count) {
      for (int i = 0; i < count; i++) {
        double square = 0;
        for (int k = 0; k < length; k++) {
          double value = rows[from + i * length + k] - mean[k];
          centred[i * length + k] = value;
          square += value * value;
        }
        squares[i] = square;
      }
    }

    /** Projects the rows onto all axes, for {@link #shorten}. */
    void project(int count) {
      for (int column = 0; column < columns; column += BLOCK) {
        for (int i = 0; i < count; i += TILE) {
          int to = i * columns + column;
          tile(centred, i * length, length, panels, column * length, coordinates, to, columns);
        }
      }
    }

    /**
     * Writes a short row: the coordinates along all axes and one more, the distance from the space
     * that they span. Short rows have the norms of the rows themselves, and are never farther
     * apart.
     *
     * @param i which of the rows
     * @param to receives {@code axes + 1} elements from {@code at} on
     */
    void shorten(int i, float[] to, int at) {
      double rest = squares[i];
      for (int a = 0; a < axes; a++) {
        double value = coordinates[i * columns + a];
        to[at + a] = (float) value;
        rest -= value * value;
      }
      to[at + axes] = (float) Math.sqrt(Math.max(0, rest));
    }
  }

  /** Two vectors of coordinates of four rows. */
  private static void tile(
      double[] rows,
      int at,
      int length,
      double[] panel,
      int panelAt,
      double[] to,
      int toAt,
      int stride) {
    DoubleVector a0 = DoubleVector.zero(SPECIES);
    DoubleVector b0 = a0;
    DoubleVector a1 = a0;
    DoubleVector b1 = a0;
    DoubleVector a2 = a0;
    DoubleVector b2 = a0;
    DoubleVector a3 = a0;
    DoubleVector b3 = a0;
    for (int k = 0; k < length; k++) {
      DoubleVector v = DoubleVector.fromArray(SPECIES, panel, panelAt + k * BLOCK);
      DoubleVector w = DoubleVector.fromArray(SPECIES, panel, panelAt + k * BLOCK + LANES);
      DoubleVector x0 = DoubleVector.broadcast(SPECIES, rows[at + k]);
      a0 = x0.fma(v, a0);
      b0 = x0.fma(w, b0);
      DoubleVector x1 = DoubleVector.broadcast(SPECIES, rows[at + length + k]);
      a1 = x1.fma(v, a1);
      b1 = x1.fma(w, b1);
      DoubleVector x2 = DoubleVector.broadcast(SPECIES, rows[at + 2 * length + k]);
      a2 = x2.fma(v, a2);
      b2 = x2.fma(w, b2);
      DoubleVector x3 = DoubleVector.broadcast(SPECIES, rows[at + 3 * length + k]);
      a3 = x3.fma(v, a3);
      b3 = x3.fma(w, b3);
    }
    a0.intoArray(to, toAt);
    b0.intoArray(to, toAt + LANES);
    a1.intoArray(to, toAt + stride);
    b1.intoArray(to, toAt + stride + LANES);
    a2.intoArray(to, toAt + 2 * stride);
    b2.intoArray(to, toAt + 2 * stride + LANES);
    a3.intoArray(to, toAt + 3 * stride);
    b3.intoArray(to, toAt + 3 * stride + LANES);
  }
}
