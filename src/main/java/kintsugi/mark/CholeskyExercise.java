package kintsugi.mark;

import java.util.List;
import kintsugi.mark.Exercise.Case;
import kintsugi.mark.Exercise.Mistake;
import kintsugi.padim.Cholesky;

/** The exercise on the Cholesky factor of a covariance. */
final class CholeskyExercise {
  private CholeskyExercise() {}

  static Exercise exercise() {
    return new Exercise(
        "Cholesky",
        "factor",
        List.of(
            new Case("1x1", () -> positive(1, 1)),
            new Case("2x2", () -> positive(2, 2)),
            new Case("a diagonal matrix", () -> new Object[] {new double[][] {{4, 0}, {0, 9}}}),
            new Case("5x5", () -> positive(3, 5))),
        a -> factor((double[][]) a[0]),
        List.of(
            new Mistake(
                "the square root of the diagonal is missing", a -> slipped(a, Slip.NO_ROOT)),
            new Mistake(
                "the upper factor Lᵀ where the lower one, L, is asked for",
                a -> Triangle.transposed(factor((double[][]) a[0]))),
            new Mistake(
                "above the diagonal A's elements are left; they are 0 in L",
                a -> joined(factor((double[][]) a[0]), (double[][]) a[0])),
            new Mistake(
                "not divided by the diagonal element L(j,j)", a -> slipped(a, Slip.NO_DIVISION)),
            new Mistake(
                "on the diagonal the sum of the squares L(i,k)² is not subtracted",
                a -> slipped(a, Slip.NO_SQUARES)),
            new Mistake(
                "below the diagonal the sum of the products L(i,k)·L(j,k) is not subtracted",
                a -> slipped(a, Slip.NO_PRODUCTS)),
            new Mistake("the sums are added where they are subtracted", a -> slipped(a, Slip.PLUS)),
            new Mistake(
                "the diagonal is 1: the factor of L·D·Lᵀ", a -> unit(factor((double[][]) a[0])))));
  }

  static Object[] positive(int seed, int n) {
    float[][] b = Exercise.random(seed, n, n);
    double[][] a = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        for (int k = 0; k < n; k++) {
          a[i][j] += b[i][k] * b[j][k];
        }
      }
      a[i][i] += 2;
    }
    return new Object[] {a};
  }

  static double[][] factor(double[][] a) {
    double[] packed = Triangle.packed(a);
    Cholesky.factor(packed, a.length);
    return Triangle.unpacked(packed, a.length);
  }

  private enum Slip {
    NO_ROOT,
    NO_DIVISION,
    NO_SQUARES,
    NO_PRODUCTS,
    PLUS
  }

  /**
   * The recurrence with one slip, which later elements inherit; so it cannot be taken afterwards.
   */
  private static double[][] slipped(Object[] arguments, Slip slip) {
    double[][] a = (double[][]) arguments[0];
    double[][] l = new double[a.length][a.length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = 0;
        for (int k = 0; k < j && slip != (i == j ? Slip.NO_SQUARES : Slip.NO_PRODUCTS); k++) {
          sum += l[i][k] * l[j][k];
        }
        double rest = a[i][j] + (slip == Slip.PLUS ? sum : -sum);
        if (i == j) {
          l[i][j] = slip == Slip.NO_ROOT ? rest : Math.sqrt(rest);
        } else {
          l[i][j] = slip == Slip.NO_DIVISION ? rest : rest / l[j][j];
        }
      }
    }
    return l;
  }

  private static double[][] joined(double[][] lower, double[][] upper) {
    for (int i = 0; i < lower.length; i++) {
      System.arraycopy(upper[i], i + 1, lower[i], i + 1, lower.length - i - 1);
    }
    return lower;
  }

  private static double[][] unit(double[][] l) {
    for (int i = 0; i < l.length; i++) {
      for (int j = 0; j < i; j++) {
        l[i][j] /= l[j][j];
      }
    }
    for (int i = 0; i < l.length; i++) {
      l[i][i] = 1;
    }
    return l;
  }
}
