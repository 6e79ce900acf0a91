package kintsugi.padim;

import kintsugi.InputException;
import kintsugi.engine.Cholesky;
import kintsugi.engine.Gaussians;
import kintsugi.engine.Parallel;
import kintsugi.tensor.Tensor;

/**
 * Mean and covariance of every patch position, updated picture by picture (Defard et al.,
 * <i>PaDiM</i>, equation 1), so that memory does not grow with the number of pictures.
 *
 * <p>Welford's update in fp64. With the n-th patch {@code x} and {@code δ = x − μ}:
 *
 * <pre>{@code
 * S ← S + (n−1)/n · δ·δᵀ
 * μ ← μ + δ/n
 * Σ = S/(N−1) + ε·I
 * }</pre>
 *
 * Memory is {@code P·D·(D+3)/2} doubles: 127 MB for 3136 positions of 100 numbers.
 */
public final class GaussianAccumulator {
  private final int height;
  private final int width;
  private final int dimension;
  private final double[][] mean;
  private final double[][] scatter;
  private long count;

  /** An accumulator that has seen nothing, for a grid of patches of {@code dimension} numbers. */
  public GaussianAccumulator(int height, int width, int dimension) {
    this.height = height;
    this.width = width;
    this.dimension = dimension;
    this.mean = new double[height * width][dimension];
    this.scatter = new double[height * width][Gaussians.triangle(dimension)];
  }

  /** Pictures seen so far. */
  public long count() {
    return count;
  }

  /**
   * Takes in a batch. Positions are the outer loop and pictures the inner one, so that a position's
   * scatter passes through the cache once a batch; each position still sees its pictures one by
   * one, so the size of the batch changes no bit.
   *
   * @param patches {@code [N, H, W, D]}
   * @throws IllegalArgumentException if the grid or the dimension is another
   */
  public void add(Tensor patches, Parallel parallel) {
    int n = patches.dim(0);
    if (patches.size() != n * mean.length * dimension || patches.dim(3) != dimension) {
      throw new IllegalArgumentException(
          patches + " is no batch of " + height + "x" + width + " patches of " + dimension);
    }
    parallel.forEach(
        mean.length,
        position -> {
          double[] delta = new double[dimension];
          for (int i = 0; i < n; i++) {
            int from = (i * mean.length + position) * dimension;
            update(position, patches.data(), from, count + i + 1, delta);
          }
        });
    count += n;
  }

  private void update(int position, float[] patches, int from, long n, double[] delta) {
    double[] mu = mean[position];
    for (int i = 0; i < dimension; i++) {
      delta[i] = patches[from + i] - mu[i];
      mu[i] += delta[i] / n;
    }
    double weight = (n - 1.0) / n;
    double[] s = scatter[position];
    for (int i = 0; i < dimension; i++) {
      int row = Gaussians.triangle(i);
      double weighted = weight * delta[i];
      for (int j = 0; j <= i; j++) {
        s[row + j] += weighted * delta[j];
      }
    }
  }

  /** The mean at one position, {@code [D]}. */
  public double[] mean(int position) {
    return mean[position].clone();
  }

  /**
   * The regularised covariance at one position as a packed lower triangle.
   *
   * @param epsilon what is added to the diagonal
   * @throws IllegalStateException if fewer than two pictures were seen
   */
  public double[] covariance(int position, double epsilon) {
    if (count < 2) {
      throw new IllegalStateException("a covariance needs two pictures, " + count + " were seen");
    }
    double[] sigma = scatter[position].clone();
    for (int i = 0; i < sigma.length; i++) {
      sigma[i] /= count - 1;
    }
    for (int i = 0; i < dimension; i++) {
      sigma[Gaussians.triangle(i) + i] += epsilon;
    }
    return sigma;
  }

  /**
   * Factors every covariance.
   *
   * @throws InputException if one is not positive definite, which names its position
   */
  public Gaussians gaussians(double epsilon, Parallel parallel) {
    Gaussians gaussians = Gaussians.unit(height, width, dimension);
    parallel.forEach(
        mean.length,
        position -> {
          double[] sigma = covariance(position, epsilon);
          int row = Cholesky.factor(sigma, dimension);
          if (row < dimension) {
            throw new InputException(
                "the covariance at patch row "
                    + position / width
                    + ", column "
                    + position % width
                    + " is not positive definite (pivot "
                    + row
                    + "); are the weights finite, and"
                    + " is epsilon above zero?");
          }
          gaussians.set(position, mean[position], sigma);
        });
    return gaussians;
  }
}
