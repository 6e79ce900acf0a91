package kintsugi.padim;

import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import kintsugi.detector.Stage;
import kintsugi.tensor.Tensor;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;

/** What the covariance of one position shows of the data: its correlations and its spectrum. */
final class PositionCovariance {
  private static final String CLASS = "padim.PositionCovariance#";

  /** A variance below this fraction of what ε adds to it is rounding of fp32. */
  private static final double ROUNDING = 1e-4;

  /** Eigenvalues within this fraction of ε are ε alone. */
  private static final double NEAR = 0.01;

  private PositionCovariance() {}

  /**
   * The correlations {@code S(i,j) / √(S(i,i)·S(j,j))} with {@code S = Σ − ε·I}; 0 where a channel
   * does not vary.
   *
   * @param sigma {@code Σ [D, D]}, ε included
   */
  static Stage correlation(Tensor sigma, double epsilon) {
    int d = sigma.dim(0);
    double[] deviation = new double[d];
    for (int i = 0; i < d; i++) {
      double variance = sigma.data()[i * d + i] - epsilon;
      deviation[i] = variance > ROUNDING * epsilon ? Math.sqrt(variance) : 0;
    }
    Tensor correlation = Tensor.zeros(d, d);
    for (int i = 0; i < d * d; i++) {
      int row = i / d;
      int column = i % d;
      double product = deviation[row] * deviation[column];
      double covariance = sigma.data()[i] - (row == column ? epsilon : 0);
      correlation.data()[i] =
          product == 0 ? 0 : (float) Math.clamp(covariance / product, -1.0, 1.0);
    }
    return Stage.recomputed(
        "correlations at the patch",
        "R(i,j) = S(i,j) / √(S(i,i)·S(j,j)), S = Σ − ε·I",
        CLASS + "correlation",
        Stage.Kind.MATRIX,
        "1",
        correlation);
  }

  /**
   * The eigenvalues of Σ in descending order, and its condition number, the quotient of the first
   * and the last.
   *
   * @param sigma {@code Σ [D, D]}, ε included
   * @param unit of its elements
   */
  static List<Stage> spectrum(Tensor sigma, double epsilon, String unit) {
    int d = sigma.dim(0);
    double[][] rows = new double[d][d];
    for (int i = 0; i < d * d; i++) {
      rows[i / d][i % d] = sigma.data()[i];
    }
    double[] eigenvalues =
        DoubleStream.of(new EigenDecomposition(new Array2DRowRealMatrix(rows)).getRealEigenvalues())
            .map(value -> -value)
            .sorted()
            .map(value -> -value)
            .toArray();
    float[] values = new float[d];
    IntStream.range(0, d).forEach(i -> values[i] = (float) eigenvalues[i]);
    long alone = DoubleStream.of(eigenvalues).filter(value -> value < epsilon * (1 + NEAR)).count();
    String note =
        String.format(
            Locale.ROOT,
            "%d of %d eigenvalues are ε = %.4g to within 1 %%: in these directions the training"
                + " images hardly vary, and ε alone decides how far a difference counts.",
            alone,
            d,
            epsilon);
    double condition = eigenvalues[0] / eigenvalues[d - 1];
    String formula =
        String.format(
            Locale.ROOT, "κ = λ(1)/λ(%d) = %.4g / %.4g", d, eigenvalues[0], eigenvalues[d - 1]);
    return List.of(
        Stage.recomputed(
                "spectrum of Σ",
                "Σ·v(i) = λ(i)·v(i), λ(1) ≥ λ(2) ≥ …",
                CLASS + "spectrum",
                Stage.Kind.SPECTRUM,
                unit,
                Tensor.of(values, d))
            .noting(List.of(note)),
        Stage.recomputed(
                "condition number of Σ",
                formula,
                CLASS + "spectrum",
                Stage.Kind.NUMBER,
                "1",
                Tensor.of(new float[] {(float) condition}, 1))
            .noting(
                List.of(
                    "That of the Euclidean norm; what a fit tells is that of the 1-norm, which is"
                        + " never smaller and at most "
                        + d
                        + " times as large.")));
  }
}
