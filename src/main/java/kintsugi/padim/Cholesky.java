package kintsugi.padim;

import java.util.Arrays;
import kintsugi.engine.Gaussians;

/**
 * Cholesky's factorisation of a symmetric positive definite matrix, in fp64: the paper's step next
 * to the paper, the reference that the audit holds the engines' factors to, and what is computed
 * from a factor.
 *
 * <p>A matrix is its lower triangle row by row: element {@code (i, j)}, {@code j ≤ i}, lies at
 * {@code i·(i+1)/2 + j}.
 */
public final class Cholesky {
  /** Rows whose solution is computed together, so that four chains of subtractions run at once. */
  private static final int TOGETHER = 4;

  private Cholesky() {}

  /**
   * Replaces {@code A} by {@code L} with {@code A = L·Lᵀ}, row by row:
   *
   * <pre>{@code
   * L(i,j) = (A(i,j) − Σ_{k<j} L(i,k)·L(j,k)) / L(j,j)     j < i
   * L(i,i) = √(A(i,i) − Σ_{k<i} L(i,k)²)
   * }</pre>
   *
   * Costs {@code n³/3} operations. A fit has its factors from {@link
   * kintsugi.engine.Engine#factor}, with the same bits.
   *
   * @param a the packed lower triangle
   * @param n rows of the matrix
   * @return the first row whose pivot is not positive (or NaN), which leaves that row and the ones
   *     after it unfinished; or {@code n} where the matrix is positive definite
   */
  public static int factor(double[] a, int n) {
    for (int i = 0; i < n; i++) {
      int row = Gaussians.triangle(i);
      for (int j = 0; j < i; j++) {
        int other = Gaussians.triangle(j);
        a[row + j] = (a[row + j] - dot(a, row, other, j)) / a[other + j];
      }
      double pivot = a[row + i] - dot(a, row, row, i);
      if (!(pivot > 0)) {
        return i;
      }
      a[row + i] = Math.sqrt(pivot);
    }
    return n;
  }

  private static double dot(double[] a, int from, int other, int length) {
    double sum = 0;
    for (int k = 0; k < length; k++) {
      sum += a[from + k] * a[other + k];
    }
    return sum;
  }

  /**
   * Solves {@code L·Lᵀ·x = b} in place: forward substitution, then backward. Costs {@code 2n²}.
   *
   * @param l what {@link #factor} left
   * @param n rows of the matrix
   * @param b the right side, then the solution
   */
  public static void solve(double[] l, int n, double[] b) {
    for (int i = 0; i < n; i += TOGETHER) {
      int rows = Math.min(TOGETHER, n - i);
      if (rows == TOGETHER) {
        subtractSolved(l, i, b);
      }
      for (int r = i; r < i + rows; r++) {
        int row = Gaussians.triangle(r);
        for (int j = rows == TOGETHER ? i : 0; j < r; j++) {
          b[r] -= l[row + j] * b[j];
        }
        b[r] /= l[row + r];
      }
    }
    for (int i = n - 1; i >= 0; i--) {
      int row = Gaussians.triangle(i);
      double solved = b[i] / l[row + i];
      b[i] = solved;
      for (int j = 0; j < i; j++) {
        b[j] -= l[row + j] * solved;
      }
    }
  }

  /** Subtracts what is solved before row {@code i} from that row and the three after it. */
  private static void subtractSolved(double[] l, int i, double[] b) {
    int r0 = Gaussians.triangle(i);
    int r1 = r0 + i + 1;
    int r2 = r1 + i + 2;
    int r3 = r2 + i + 3;
    double rest0 = b[i];
    double rest1 = b[i + 1];
    double rest2 = b[i + 2];
    double rest3 = b[i + 3];
    for (int j = 0; j < i; j++) {
      double solved = b[j];
      rest0 -= l[r0 + j] * solved;
      rest1 -= l[r1 + j] * solved;
      rest2 -= l[r2 + j] * solved;
      rest3 -= l[r3 + j] * solved;
    }
    b[i] = rest0;
    b[i + 1] = rest1;
    b[i + 2] = rest2;
    b[i + 3] = rest3;
  }

  /**
   * {@code ‖A‖₁}: the maximum over the rows of the sum of absolute values.
   *
   * @param a the packed lower triangle
   * @param n rows of the matrix
   * @return the norm
   */
  public static double norm1(double[] a, int n) {
    double[] sums = new double[n];
    for (int i = 0; i < n; i++) {
      int row = Gaussians.triangle(i);
      double sum = 0;
      for (int j = 0; j < i; j++) {
        double value = Math.abs(a[row + j]);
        sum += value;
        sums[j] += value;
      }
      sums[i] = sum + Math.abs(a[row + i]);
    }
    return Arrays.stream(sums).max().orElse(0);
  }

  /**
   * Estimates {@code ‖A⁻¹‖₁} from below, seldom by more than a factor of 3: climbs from corner to
   * corner of the unit ball. Costs some {@code 6n²} operations.
   *
   * <p>Source: W. W. Hager, <i>Condition estimates</i>, 1984; Higham's algorithm 2.4 without its
   * last resort.
   *
   * @param l what {@link #factor} left
   * @param n rows of the matrix
   * @return the estimate
   */
  public static double inverseNorm1(double[] l, int n) {
    double[] x = new double[n];
    Arrays.fill(x, 1.0 / n);
    double estimate = 0;
    for (int round = 0; round < 5; round++) {
      solve(l, n, x);
      double norm = Arrays.stream(x).map(Math::abs).sum();
      if (norm <= estimate) {
        break;
      }
      estimate = norm;
      for (int i = 0; i < n; i++) {
        x[i] = x[i] < 0 ? -1 : 1;
      }
      solve(l, n, x);
      int corner = 0;
      for (int i = 1; i < n; i++) {
        corner = Math.abs(x[i]) > Math.abs(x[corner]) ? i : corner;
      }
      Arrays.fill(x, 0);
      x[corner] = 1;
    }
    return estimate;
  }

  /**
   * The numerical rank of a positive semidefinite matrix, by factoring with the largest pivot first
   * until none is left above {@code n·2⁻⁵²} of the first and {@code n} times the error of an
   * element. Destroys {@code a}.
   *
   * <p>Source: LAPACK's {@code dpstrf}.
   *
   * @param a the packed lower triangle
   * @param n rows of the matrix
   * @param error of an element
   * @return the rank
   */
  public static int rank(double[] a, int n, double error) {
    double[][] full = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        full[i][j] = a[Gaussians.triangle(i) + j];
        full[j][i] = full[i][j];
      }
    }
    double limit = 0;
    boolean[] used = new boolean[n];
    for (int rank = 0; rank < n; rank++) {
      int pivot = -1;
      for (int i = 0; i < n; i++) {
        if (!used[i] && (pivot < 0 || full[i][i] > full[pivot][pivot])) {
          pivot = i;
        }
      }
      limit = rank == 0 ? n * Math.max(error, Math.ulp(1.0) * full[pivot][pivot]) : limit;
      if (!(full[pivot][pivot] > limit)) {
        return rank;
      }
      used[pivot] = true;
      subtract(full, pivot, used);
    }
    return n;
  }

  /** Eliminates the pivot's row from the rows that were not a pivot yet. */
  private static void subtract(double[][] full, int pivot, boolean[] used) {
    double[] row = full[pivot];
    for (int i = 0; i < full.length; i++) {
      if (!used[i]) {
        double coefficient = row[i] / row[pivot];
        for (int j = 0; j < full.length; j++) {
          full[i][j] -= coefficient * row[j];
        }
      }
    }
  }
}
