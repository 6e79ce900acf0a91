package kintsugi.padim;

import java.io.Serializable;
import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;
import kintsugi.InputException;
import kintsugi.engine.Engine;
import kintsugi.engine.Gaussians;
import kintsugi.engine.Parallel;
import org.apache.commons.math3.stat.descriptive.rank.Median;

/**
 * The step from sums to Gaussians: factors every position's covariance, rounds the factor to fp32,
 * and takes how well the covariance was conditioned. Positions are independent of each other, so
 * that blocks of them may be factored on several machines, with the same bits.
 *
 * @param epsilon the value added to the diagonal
 * @param width columns of the grid
 * @param ranked the positions whose rank is taken
 */
public record CovarianceFactoring(double epsilon, int width, BitSet ranked)
    implements Serializable {
  /** Positions, spread over the grid, whose rank is taken: all would take as long as the fit. */
  private static final int RANKS = 56;

  /**
   * The factoring of a grid.
   *
   * @param counts how many images showed each position
   */
  static CovarianceFactoring of(double epsilon, int width, PositionCounts counts) {
    int[] learnt = IntStream.range(0, counts.positions()).filter(counts::isLearnt).toArray();
    int ranks = Math.min(RANKS, learnt.length);
    BitSet ranked = new BitSet();
    for (int i = 0; i < ranks; i++) {
      ranked.set(learnt[(int) ((2L * i + 1) * learnt.length / (2 * ranks))]);
    }
    return new CovarianceFactoring(epsilon, width, ranked);
  }

  /**
   * The Gaussians of some positions.
   *
   * @param first the position of the grid, row by row, that comes first here
   * @param counts per position, how many images showed it; not copied
   * @param mean {@code [positions, D]}; not copied
   * @param factors per position the lower triangle of {@code L} row by row; the unit matrix where
   *     fewer than two images showed the position; not copied
   * @param conditions the condition of each covariance; NaN where there is none
   * @param ranks of the covariances before they are regularised; -1 where it was not taken
   */
  public record Block(
      int first, long[] counts, float[] mean, float[][] factors, double[] conditions, int[] ranks)
      implements Serializable {}

  /**
   * Factors the covariances of some positions.
   *
   * @param sums of all images; the products of a position are released as its factor is made, so
   *     that both are never held whole
   * @param engine the arithmetic
   * @param parallel the threads
   * @return the Gaussians
   * @throws InputException if a covariance is not positive definite, naming its position
   */
  public Block factor(GaussianSums sums, Engine engine, Parallel parallel) {
    int n = sums.positions();
    int d = sums.dimension();
    Block block =
        new Block(
            sums.first(),
            sums.counts(),
            new float[n * d],
            new float[n][],
            new double[n],
            new int[n]);
    Arrays.fill(block.ranks, -1);
    parallel.forEach(
        n,
        position -> {
          double[] mean = sums.mean(position);
          for (int i = 0; i < d; i++) {
            block.mean[position * d + i] = (float) mean[i];
          }
          if (sums.counts()[position] < PositionCounts.NEEDED) {
            block.conditions[position] = Double.NaN;
            block.factors[position] = Gaussians.unit(1, 1, d).factor()[0];
          } else {
            factor(sums, position, engine, block);
          }
          sums.products()[position] = null;
        });
    return block;
  }

  private void factor(GaussianSums sums, int position, Engine engine, Block block) {
    int d = sums.dimension();
    if (ranked.get(sums.first() + position)) {
      block.ranks[position] = Cholesky.rank(sums.covariance(position, 0), d, GaussianSums.ERROR);
    }
    double[] sigma = sums.covariance(position, epsilon);
    double norm = Cholesky.norm1(sigma, d);
    int row = engine.factor(sigma, d);
    if (row < d) {
      throw notPositiveDefinite(sums.first() + position, row);
    }
    block.conditions[position] = norm * Cholesky.inverseNorm1(sigma, d);
    float[] rounded = new float[sigma.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) sigma[i];
    }
    block.factors[position] = rounded;
  }

  private InputException notPositiveDefinite(int position, int row) {
    return new InputException(
        "the covariance at patch row "
            + position / width
            + ", column "
            + position % width
            + " is not positive definite (pivot "
            + row
            + "); raise epsilon (epsilon)");
  }

  /**
   * How well all covariances were conditioned.
   *
   * @param images that the fit saw
   * @param conditions of all positions
   * @param ranks of all positions
   */
  CovarianceSummary summary(long images, int dimension, double[] conditions, int[] ranks) {
    int maximum = 0;
    for (int i = 1; i < conditions.length; i++) {
      maximum =
          conditions[i] > conditions[maximum] || Double.isNaN(conditions[maximum]) ? i : maximum;
    }
    int[] taken = Arrays.stream(ranks).filter(rank -> rank >= 0).toArray();
    double[] known = Arrays.stream(conditions).filter(c -> !Double.isNaN(c)).toArray();
    return new CovarianceSummary(
        images,
        dimension,
        new Median().evaluate(known),
        conditions[maximum],
        maximum / width,
        maximum % width,
        Arrays.stream(taken).min().orElse(0),
        Arrays.stream(taken).max().orElse(0),
        taken.length);
  }
}
