package kintsugi.padim;

import java.util.Arrays;
import java.util.BitSet;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import kintsugi.InputException;
import kintsugi.engine.Engine;
import kintsugi.engine.Gaussians;
import kintsugi.engine.Parallel;
import org.apache.commons.math3.stat.descriptive.rank.Median;

/**
 * The Cholesky factors of all positions' covariances, rounded to fp32, and how well the covariances
 * were conditioned.
 */
final class CovarianceFactors {
  /** Positions, spread over the grid, whose rank is taken: all would take as long as the fit. */
  private static final int RANKS = 56;

  private final int width;
  private final int dimension;

  /** The positions that have a covariance. */
  private final int[] learnt;

  private final float[][] factors;
  private final double[] conditions;
  private final int[] ranks;

  /**
   * The factors of a grid.
   *
   * @param learnt the positions that have a covariance; null for all
   */
  CovarianceFactors(int height, int width, int dimension, BitSet learnt) {
    this.learnt =
        learnt == null ? IntStream.range(0, height * width).toArray() : learnt.stream().toArray();
    this.width = width;
    this.dimension = dimension;
    this.factors = new float[height * width][];
    this.conditions = new double[this.learnt.length];
    this.ranks = new int[Math.min(RANKS, this.learnt.length)];
  }

  /** {@code [position][D(D+1)/2]}: the lower triangles of {@code L}, row by row. */
  float[][] factors() {
    return factors;
  }

  /** Takes the ranks of some covariances that are not regularised. */
  void takeRanks(IntFunction<double[]> covariance, Parallel parallel) {
    parallel.forEach(
        ranks.length,
        i -> {
          int index = (int) ((2L * i + 1) * learnt.length / (2 * ranks.length));
          ranks[i] = Cholesky.rank(covariance.apply(learnt[index]), dimension, GaussianSums.ERROR);
        });
  }

  /**
   * Factors the covariance of every position; one that has none gets the unit matrix.
   *
   * @param covariance returns a position's lower triangle, which is overwritten
   * @throws InputException if one is not positive definite
   */
  void factor(IntFunction<double[]> covariance, Engine engine, Parallel parallel) {
    if (learnt.length < factors.length) {
      float[] unit = Gaussians.unit(1, 1, dimension).factor()[0];
      Arrays.setAll(factors, position -> unit.clone());
    }
    parallel.forEach(
        learnt.length,
        index -> {
          int position = learnt[index];
          double[] sigma = covariance.apply(position);
          double norm = Cholesky.norm1(sigma, dimension);
          int row = engine.factor(sigma, dimension);
          if (row < dimension) {
            throw notPositiveDefinite(position, row, norm);
          }
          conditions[index] = norm * Cholesky.inverseNorm1(sigma, dimension);
          float[] rounded = new float[sigma.length];
          for (int i = 0; i < rounded.length; i++) {
            rounded[i] = (float) sigma[i];
          }
          factors[position] = rounded;
        });
  }

  private InputException notPositiveDefinite(int position, int row, double norm) {
    return new InputException(
        "the covariance at patch row "
            + position / width
            + ", column "
            + position % width
            + (Double.isFinite(norm)
                ? " is not positive definite (pivot " + row + "); raise epsilon (epsilon)"
                : " is not finite; the features there overflow, look at the weights"));
  }

  CovarianceSummary summary(long images) {
    int maximum = 0;
    for (int i = 1; i < conditions.length; i++) {
      maximum = conditions[i] > conditions[maximum] ? i : maximum;
    }
    return new CovarianceSummary(
        images,
        dimension,
        new Median().evaluate(conditions),
        conditions[maximum],
        learnt[maximum] / width,
        learnt[maximum] % width,
        Arrays.stream(ranks).min().orElse(0),
        Arrays.stream(ranks).max().orElse(0),
        ranks.length);
  }
}
