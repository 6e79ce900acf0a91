package kintsugi.padim;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;
import kintsugi.InputException;
import kintsugi.engine.Cholesky;
import kintsugi.engine.Gaussians;
import kintsugi.engine.Parallel;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;
import org.apache.commons.math3.stat.descriptive.rank.Median;

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
  private static final String COUNT = "count";
  private static final String MEAN = "mean";
  private static final String SCATTER = "scatter.";

  /** At how many positions the rank is taken. */
  private static final int RANKS = 56;

  private final int height;
  private final int width;
  private final int dimension;
  private final double[][] mean;
  private final double[][] scatter;
  private long count;

  /**
   * An accumulator that has seen nothing, for a grid of patches of {@code dimension} numbers.
   *
   * @param height rows
   * @param width columns
   * @param dimension numbers of a patch
   */
  public GaussianAccumulator(int height, int width, int dimension) {
    this.height = height;
    this.width = width;
    this.dimension = dimension;
    this.mean = new double[height * width][dimension];
    this.scatter = new double[height * width][Gaussians.triangle(dimension)];
  }

  /** {@return pictures seen so far} */
  public long count() {
    return count;
  }

  /**
   * Takes in a batch. Positions are the outer loop and pictures the inner one, so that a position's
   * scatter passes through the cache once a batch; each position still sees its pictures one by
   * one, so the size of the batch changes no bit.
   *
   * @param patches {@code [N, H, W, D]}
   * @param parallel the threads
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
          double[][] deltas = deltas(position, patches);
          for (int i = 0; i < dimension; i++) {
            addRow(scatter[position], i, deltas);
          }
        });
    count += n;
  }

  /** Moves the mean picture by picture and returns each picture's {@code δ}. */
  private double[][] deltas(int position, Tensor patches) {
    int n = patches.dim(0);
    double[][] deltas = new double[n][dimension];
    double[] mu = mean[position];
    for (int p = 0; p < n; p++) {
      int from = (p * mean.length + position) * dimension;
      for (int i = 0; i < dimension; i++) {
        deltas[p][i] = patches.data()[from + i] - mu[i];
        mu[i] += deltas[p][i] / (count + p + 1);
      }
    }
    return deltas;
  }

  /**
   * Adds to one row of {@code S}, which stays in the cache for all pictures of a batch. Four
   * pictures share a pass over the row; each number still takes them one after the other.
   */
  private void addRow(double[] s, int i, double[][] deltas) {
    int row = Gaussians.triangle(i);
    int p = 0;
    for (; p + 4 <= deltas.length; p += 4) {
      double[] d0 = deltas[p];
      double[] d1 = deltas[p + 1];
      double[] d2 = deltas[p + 2];
      double[] d3 = deltas[p + 3];
      double w0 = weight(p) * d0[i];
      double w1 = weight(p + 1) * d1[i];
      double w2 = weight(p + 2) * d2[i];
      double w3 = weight(p + 3) * d3[i];
      for (int j = 0; j <= i; j++) {
        s[row + j] = s[row + j] + w0 * d0[j] + w1 * d1[j] + w2 * d2[j] + w3 * d3[j];
      }
    }
    for (; p < deltas.length; p++) {
      double[] delta = deltas[p];
      double weighted = weight(p) * delta[i];
      for (int j = 0; j <= i; j++) {
        s[row + j] += weighted * delta[j];
      }
    }
  }

  /** {@code (n−1)/n} for a batch's p-th picture. */
  private double weight(int p) {
    return (double) (count + p) / (count + p + 1);
  }

  /**
   * Takes in what another accumulator has seen of other pictures, as if this one had seen them too:
   *
   * <pre>{@code
   * δ = μ_b − μ_a,  n = n_a + n_b
   * S ← S_a + S_b + n_a·n_b/n · δ·δᵀ
   * μ ← μ_a + n_b/n · δ
   * }</pre>
   *
   * <p>Source: Chan, Golub, LeVeque, <i>Updating formulae and a pairwise algorithm for computing
   * sample variances</i>, 1979.
   *
   * @param other an accumulator of other pictures
   * @param parallel the threads
   * @throws IllegalArgumentException if the grid or the dimension is another
   */
  public void merge(GaussianAccumulator other, Parallel parallel) {
    if (other.height != height || other.width != width || other.dimension != dimension) {
      throw new IllegalArgumentException(other.shape() + " cannot be merged into " + shape());
    }
    long total = count + other.count;
    if (total == 0) {
      return;
    }
    parallel.forEach(
        mean.length,
        position -> {
          double[] delta = new double[dimension];
          for (int i = 0; i < dimension; i++) {
            delta[i] = other.mean[position][i] - mean[position][i];
            mean[position][i] += delta[i] * other.count / total;
          }
          double weight = (double) count * other.count / total;
          for (int i = 0; i < dimension; i++) {
            int row = Gaussians.triangle(i);
            for (int j = 0; j <= i; j++) {
              scatter[position][row + j] +=
                  other.scatter[position][row + j] + weight * delta[i] * delta[j];
            }
          }
        });
    count = total;
  }

  private String shape() {
    return height + "x" + width + " patches of " + dimension;
  }

  /**
   * An accumulator that stands where a fit ended, from what the fit left: {@code S = (N−1)·(L·Lᵀ −
   * ε·I)}. As exact as the fp32 numbers of the factors.
   *
   * @param fitted what the fit left
   * @param epsilon what was added to the diagonal
   * @param count how many pictures were learnt from
   * @param parallel the threads
   * @return the accumulator
   */
  public static GaussianAccumulator of(
      Gaussians fitted, double epsilon, long count, Parallel parallel) {
    int d = fitted.dimension();
    GaussianAccumulator accumulator = new GaussianAccumulator(fitted.height(), fitted.width(), d);
    accumulator.count = count;
    parallel.forEach(
        fitted.positions(),
        position -> {
          accumulator.mean[position] = fitted.mean(position);
          double[] l = fitted.factor(position);
          double[] s = accumulator.scatter[position];
          for (int i = 0; i < d; i++) {
            for (int j = 0; j <= i; j++) {
              double sum = i == j ? -epsilon : 0;
              for (int k = 0; k <= j; k++) {
                sum += l[Gaussians.triangle(i) + k] * l[Gaussians.triangle(j) + k];
              }
              s[Gaussians.triangle(i) + j] = sum * (count - 1);
            }
          }
        });
    return accumulator;
  }

  /**
   * {@return what has to be stored to go on later with the same bits: {@code S} by rows of the
   * grid}
   */
  public Map<String, StoredTensor> tensors() {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    tensors.put(COUNT, StoredTensor.of(new double[] {count}, 1));
    tensors.put(MEAN, StoredTensor.of(join(mean, 0, mean.length), height, width, dimension));
    for (int y = 0; y < height; y++) {
      double[] row = join(scatter, y * width, width);
      tensors.put(SCATTER + y, StoredTensor.of(row, width, Gaussians.triangle(dimension)));
    }
    return tensors;
  }

  private static double[] join(double[][] arrays, int first, int count) {
    int length = arrays[first].length;
    double[] joined = new double[Math.multiplyExact(count, length)];
    for (int i = 0; i < count; i++) {
      System.arraycopy(arrays[first + i], 0, joined, i * length, length);
    }
    return joined;
  }

  /**
   * {@return the accumulator that {@link #tensors} stored}
   *
   * @param tensors the tensors by their names
   * @throws IllegalArgumentException if the tensors are not those of an accumulator
   */
  public static GaussianAccumulator of(Map<String, StoredTensor> tensors) {
    StoredTensor means = StoredTensor.of(tensors, MEAN, 3);
    int height = Math.toIntExact(means.shape()[0]);
    int width = Math.toIntExact(means.shape()[1]);
    int d = Math.toIntExact(means.shape()[2]);
    GaussianAccumulator accumulator = new GaussianAccumulator(height, width, d);
    accumulator.count = (long) StoredTensor.of(tensors, COUNT, 1).get(0);
    split(means.doubles(), accumulator.mean, 0);
    for (int y = 0; y < height; y++) {
      StoredTensor row = StoredTensor.of(tensors, SCATTER + y, 2);
      if (row.count() != width * Gaussians.triangle(d)) {
        throw new IllegalArgumentException("its tensor " + SCATTER + y + " has another size");
      }
      split(row.doubles(), accumulator.scatter, y * width);
    }
    return accumulator;
  }

  private static void split(double[] joined, double[][] arrays, int first) {
    int length = arrays[first].length;
    for (int i = 0; i < joined.length / length; i++) {
      System.arraycopy(joined, i * length, arrays[first + i], 0, length);
    }
  }

  /**
   * {@return the mean at one position, {@code [D]}}
   *
   * @param position of the grid, row by row
   */
  public double[] mean(int position) {
    return mean[position].clone();
  }

  /**
   * {@return the regularised covariance at one position as a packed lower triangle}
   *
   * @param position of the grid, row by row
   * @param epsilon what is added to the diagonal
   * @throws IllegalStateException if fewer than two pictures were seen
   */
  public double[] covariance(int position, double epsilon) {
    if (count < 2) {
      throw new IllegalStateException("a covariance needs two pictures, " + count + " were seen");
    }
    return regularised(scatter[position].clone(), epsilon);
  }

  private double[] regularised(double[] s, double epsilon) {
    for (int i = 0; i < s.length; i++) {
      s[i] /= count - 1;
    }
    for (int i = 0; i < dimension; i++) {
      s[Gaussians.triangle(i) + i] += epsilon;
    }
    return s;
  }

  /**
   * What a fit ends with.
   *
   * @param gaussians mean and factor of every position
   * @param conditioning what is known of the covariances
   */
  public record Result(Gaussians gaussians, Conditioning conditioning) {}

  /**
   * Factors every covariance.
   *
   * @param epsilon what is added to the diagonal
   * @param parallel the threads
   * @return what the fit ends with
   * @throws InputException if a covariance is not positive definite, which names its position
   * @throws IllegalStateException if fewer than two pictures were seen
   */
  public Result result(double epsilon, Parallel parallel) {
    return factor(ranks(parallel), position -> covariance(position, epsilon), parallel);
  }

  /**
   * The same as {@link #result}, but every {@code S} is given up as its factor is made, so that
   * never both are held. Nothing can be added afterwards.
   *
   * @param epsilon what is added to the diagonal
   * @param parallel the threads
   * @return what the fit ends with
   */
  public Result finish(double epsilon, Parallel parallel) {
    return factor(
        ranks(parallel),
        position -> {
          double[] sigma = scatter[position];
          scatter[position] = null;
          return regularised(sigma, epsilon);
        },
        parallel);
  }

  private Result factor(int[] ranks, IntFunction<double[]> covariance, Parallel parallel) {
    int groups = Gaussians.groups(mean.length);
    float[] means = new float[groups * dimension * Gaussians.LANES];
    float[][] factors = new float[groups][];
    double[] conditions = new double[mean.length];
    parallel.forEach(
        groups,
        group -> {
          factors[group] = Gaussians.unitFactor(dimension);
          int first = group * Gaussians.LANES;
          int lanes = Math.min(Gaussians.LANES, mean.length - first);
          for (int lane = 0; lane < lanes; lane++) {
            double[] sigma = covariance.apply(first + lane);
            conditions[first + lane] = factor(first + lane, sigma);
            Gaussians.interleave(sigma, factors[group], lane);
            int at = group * dimension * Gaussians.LANES + lane;
            Gaussians.interleave(mean[first + lane], means, at);
          }
        });
    Gaussians gaussians = new Gaussians(height, width, dimension, means, factors);
    return new Result(gaussians, conditioning(conditions, ranks));
  }

  /** Factors one covariance in place and returns its condition number. */
  private double factor(int position, double[] sigma) {
    double norm = Cholesky.norm1(sigma, dimension);
    int row = Cholesky.factor(sigma, dimension);
    if (row < dimension) {
      throw new InputException(
          "the covariance at patch row "
              + position / width
              + ", column "
              + position % width
              + (Double.isFinite(norm)
                  ? " is not positive definite (pivot " + row + "); raise --epsilon"
                  : " is not finite; the features there overflow, look at the weights"));
    }
    return norm * Cholesky.inverseNorm1(sigma, dimension);
  }

  /** The ranks at positions spread over the grid; all of them would take as long as the fit. */
  private int[] ranks(Parallel parallel) {
    int[] ranks = new int[Math.min(RANKS, mean.length)];
    parallel.forEach(
        ranks.length,
        i -> {
          int position = (int) ((2L * i + 1) * mean.length / (2 * ranks.length));
          ranks[i] = Cholesky.rank(covariance(position, 0), dimension);
        });
    return ranks;
  }

  private Conditioning conditioning(double[] conditions, int[] ranks) {
    int largest = 0;
    for (int i = 1; i < conditions.length; i++) {
      largest = conditions[i] > conditions[largest] ? i : largest;
    }
    return new Conditioning(
        count,
        dimension,
        new Median().evaluate(conditions),
        conditions[largest],
        largest / width,
        largest % width,
        Arrays.stream(ranks).min().orElse(0),
        Arrays.stream(ranks).max().orElse(0),
        ranks.length);
  }
}
