package kintsugi.mark;

import java.util.List;
import java.util.function.DoubleUnaryOperator;
import kintsugi.engine.Parallel;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.mark.Exercise.Case;
import kintsugi.mark.Exercise.Mistake;
import kintsugi.padim.GaussianAccumulator;
import kintsugi.tensor.Tensor;

/** The exercise on PaDiM's equation (1), the covariance of a position. */
final class CovarianceExercise {
  private CovarianceExercise() {}

  static Exercise exercise() {
    return new Exercise(
        "Covariance",
        "covariance",
        List.of(
            new Case("2 patches of 1 element, ε = 0", () -> patches(1, 2, 1, 0)),
            new Case("5 patches of 3 elements, ε = 0", () -> patches(2, 5, 3, 0)),
            new Case("6 patches of 4 elements, ε = 0.01", () -> patches(3, 6, 4, 0.01))),
        a -> covariance((float[][]) a[0], (double) a[1]),
        List.of(
            new Mistake(
                "divided by N where the paper divides by N − 1",
                a -> {
                  double[] n = {((float[][]) a[0]).length};
                  return changed(a, (v, c) -> v * (n[0] - 1) / n[0]);
                }),
            new Mistake("not divided by N − 1: the plain sum of the products", a -> summed(a, 1)),
            new Mistake(
                "the mean is divided by N − 1 too; it is the sum of the N patches divided by N",
                a -> moved(a, n -> 1 / ((n - 1) * (n - 1)))),
            new Mistake("ε is forgotten", a -> covariance((float[][]) a[0], 0)),
            new Mistake(
                "ε is added to every element, not to the diagonal alone",
                a -> each(covariance((float[][]) a[0], 0), v -> v + (double) a[1])),
            new Mistake(
                "ε is divided by N − 1 too: it is added after the division",
                a -> covariance((float[][]) a[0], (double) a[1] / (((float[][]) a[0]).length - 1))),
            new Mistake("the mean is not subtracted from both factors", a -> moved(a, n -> 1)),
            new Mistake(
                "only the diagonal is filled: the products of two different elements are missing",
                a -> part(a, 0)),
            new Mistake(
                "only the lower triangle is filled; the matrix is symmetric", a -> part(a, 1)),
            new Mistake(
                "only the upper triangle is filled; the matrix is symmetric", a -> part(a, -1))));
  }

  private static Object[] patches(int seed, int n, int d, double epsilon) {
    float[][] patches = Exercise.random(seed, n, d);
    for (float[] patch : patches) {
      for (int i = 0; i < d; i++) {
        patch[i] += 0.5f;
      }
    }
    return new Object[] {patches, epsilon};
  }

  private static double[][] covariance(float[][] patches, double epsilon) {
    int d = patches[0].length;
    Tensor batch = Tensor.zeros(patches.length, 1, 1, d);
    for (int n = 0; n < patches.length; n++) {
      System.arraycopy(patches[n], 0, batch.data(), n * d, d);
    }
    try (Parallel one = new Parallel(1)) {
      GaussianAccumulator sums = new GaussianAccumulator(1, 1, d);
      sums.add(batch, new ScalarEngine(one), one);
      double[][] full = Triangle.unpacked(sums.covariance(0, epsilon), d);
      for (int i = 0; i < d; i++) {
        for (int j = 0; j < i; j++) {
          full[j][i] = full[i][j];
        }
      }
      return full;
    }
  }

  private interface Change {
    double of(double value, Object epsilon);
  }

  /** The covariance without ε, changed, and then ε on the diagonal. */
  private static double[][] changed(Object[] a, Change change) {
    double[][] matrix = each(covariance((float[][]) a[0], 0), value -> change.of(value, a[1]));
    for (int i = 0; i < matrix.length; i++) {
      matrix[i][i] += (double) a[1];
    }
    return matrix;
  }

  private static double[][] summed(Object[] a, int divisor) {
    int n = ((float[][]) a[0]).length;
    return changed(a, (v, c) -> v * (n - 1) / divisor);
  }

  /** The covariance about another centre, whose squared distance to the mean is a part of its. */
  private static double[][] moved(Object[] a, DoubleUnaryOperator part) {
    float[][] x = (float[][]) a[0];
    int n = x.length;
    double[] mean = new double[x[0].length];
    for (float[] row : x) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += row[i] / (double) n;
      }
    }
    double[][] matrix = covariance(x, (double) a[1]);
    for (int i = 0; i < mean.length; i++) {
      for (int j = 0; j < mean.length; j++) {
        matrix[i][j] += part.applyAsDouble(n) * mean[i] * mean[j] * n / (n - 1);
      }
    }
    return matrix;
  }

  /** The diagonal, and with it the elements below (1) or above it (−1). */
  private static double[][] part(Object[] a, int side) {
    double[][] matrix = covariance((float[][]) a[0], (double) a[1]);
    for (int i = 0; i < matrix.length; i++) {
      for (int j = 0; j < matrix.length; j++) {
        matrix[i][j] = i == j || side * (i - j) > 0 ? matrix[i][j] : 0;
      }
    }
    return matrix;
  }

  private static double[][] each(double[][] matrix, DoubleUnaryOperator change) {
    double[][] changed = new double[matrix.length][];
    for (int i = 0; i < matrix.length; i++) {
      changed[i] = new double[matrix[i].length];
      for (int j = 0; j < matrix[i].length; j++) {
        changed[i][j] = change.applyAsDouble(matrix[i][j]);
      }
    }
    return changed;
  }
}
