package kintsugi.padim;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;
import kintsugi.detector.Inside;
import kintsugi.engine.Engine;
import kintsugi.engine.Gaussians;
import kintsugi.engine.Parallel;
import kintsugi.engine.PreparedGaussians;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;

/**
 * Mean and covariance of every patch position, updated image by image (Defard et al., <i>PaDiM</i>,
 * equation 1), so that memory does not grow with the number of images.
 *
 * <p>Welford's update in fp64. With the n-th patch {@code x} and {@code δ = x − μ}:
 *
 * <pre>{@code
 * S ← S + (n−1)/n · δ·δᵀ
 * μ ← μ + δ/n
 * Σ = S/(N−1) + ε·I
 * }</pre>
 *
 * Memory is {@code P·D·(D+3)/2} doubles: 127 MB for 3136 positions and dimension 100.
 */
public final class GaussianAccumulator {
  private static final String COUNT = "count";
  private static final String MEAN = "mean";
  private static final String SCATTER = "scatter.";

  /** The integers that an fp64 value can count. */
  private static final double MAXIMUM_COUNT = 0x1p53;

  /** Of {@code L·Lᵀ} in fp32, relative and with room. */
  private static final double ROUNDING = 1e-6;

  private final int height;
  private final int width;
  private final int dimension;
  private final double[][] mean;
  private final double[][] scatter;

  /** Images that showed each position; fewer than {@link #count} where regions left some out. */
  private final PositionCounts counts;

  private long count;

  /** Rows of the grid that have seen the next batch already. */
  private int rowsSeen;

  /**
   * An accumulator that has seen nothing, for a grid of patch embeddings of {@code dimension}
   * elements.
   *
   * @param height rows
   * @param width columns
   * @param dimension elements of a patch embedding
   */
  public GaussianAccumulator(int height, int width, int dimension) {
    this(height, width, dimension, new PositionCounts(height * width));
  }

  private GaussianAccumulator(int height, int width, int dimension, PositionCounts counts) {
    this.height = height;
    this.width = width;
    this.dimension = dimension;
    this.counts = counts;
    this.mean = new double[height * width][dimension];
    this.scatter = new double[height * width][Gaussians.triangle(dimension)];
  }

  private GaussianAccumulator(GaussianAccumulator grid, double[][] mean, double[][] scatter) {
    this.height = grid.height;
    this.width = grid.width;
    this.dimension = grid.dimension;
    this.counts = new PositionCounts(grid.height * grid.width);
    this.mean = mean;
    this.scatter = scatter;
  }

  /** {@return rows of the grid} */
  int height() {
    return height;
  }

  /** {@return columns of the grid} */
  int width() {
    return width;
  }

  /** {@return elements of a patch embedding} */
  int dimension() {
    return dimension;
  }

  /** {@return images seen so far} */
  public long count() {
    return count;
  }

  /**
   * Takes in a batch. Positions are the outer loop and images the inner one, so that a position's
   * scatter passes through the cache once per batch; each position still sees its images one by
   * one, so the size of the batch changes no bit.
   *
   * @param patches {@code [N, H, W, D]}
   * @param engine the arithmetic
   * @param parallel the threads
   * @throws IllegalArgumentException if the grid or the dimension is another
   */
  public void add(Tensor patches, Engine engine, Parallel parallel) {
    if (patches.dim(1) != height) {
      throw new IllegalArgumentException(patches + " is not a batch of " + shape());
    }
    add(patches, 0, Inside.ALL, engine, parallel);
  }

  /**
   * Takes in some rows of a batch's grids. The rows of a batch come from the first to the last, and
   * the batch counts with its last.
   *
   * @param patches {@code [N, rows, W, D]}
   * @param firstRow of the grid
   * @param inside what of each image is learnt from
   * @param engine the arithmetic
   * @param parallel the threads
   * @throws IllegalArgumentException if the grid or the dimension is another
   */
  public void add(Tensor patches, int firstRow, Inside inside, Engine engine, Parallel parallel) {
    int rows = patches.dim(1);
    if (patches.dim(2) != width
        || patches.dim(3) != dimension
        || rows > height - firstRow
        || firstRow != rowsSeen) {
      throw new IllegalArgumentException(
          patches + " is not a batch of " + height + "x" + width + " patches of " + dimension);
    }
    int first = firstRow * width;
    parallel.forEach(
        rows * width,
        index -> {
          int position = first + index;
          double[] deltas = deltas(position, index, inside, patches);
          double[] weighted = weighted(deltas, counts.at(position));
          engine.addProducts(scatter[position], dimension, weighted, deltas);
          counts.add(position, deltas.length / dimension);
        });
    rowsSeen = (firstRow + rows) % height;
    count += rowsSeen == 0 ? patches.dim(0) : 0;
  }

  /**
   * Moves the mean image by image and returns the {@code δ} of each that shows the position, {@code
   * [images, D]}.
   */
  private double[] deltas(int position, int index, Inside inside, Tensor patches) {
    int n = patches.dim(0);
    int positions = patches.dim(1) * width;
    double[] mu = mean[position];
    double[] deltas = new double[n * dimension];
    int seen = 0;
    for (int p = 0; p < n; p++) {
      if (!inside.has(p, position)) {
        continue;
      }
      int from = (p * positions + index) * dimension;
      int to = seen * dimension;
      seen++;
      for (int i = 0; i < dimension; i++) {
        deltas[to + i] = patches.data()[from + i] - mu[i];
        mu[i] += deltas[to + i] / (counts.at(position) + seen);
      }
    }
    return seen == n ? deltas : Arrays.copyOf(deltas, seen * dimension);
  }

  private double[] weighted(double[] deltas, long count) {
    double[] weighted = new double[deltas.length];
    for (int i = 0; i < deltas.length; i++) {
      weighted[i] = weight(count, i / dimension) * deltas[i];
    }
    return weighted;
  }

  /** {@code (n−1)/n} for a batch's p-th image of those that show a position. */
  private static double weight(long count, int p) {
    return (double) (count + p) / (count + p + 1);
  }

  /**
   * Takes in what another accumulator has seen of other images, as if this one had seen them too:
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
   * @param other an accumulator of other images
   * @param parallel the threads
   * @throws IllegalArgumentException if the grid or the dimension is another
   */
  public void merge(GaussianAccumulator other, Parallel parallel) {
    if (other.height != height || other.width != width || other.dimension != dimension) {
      throw new IllegalArgumentException(other.shape() + " cannot be merged into " + shape());
    }
    parallel.forEach(
        mean.length,
        position -> {
          long own = counts.at(position);
          long others = other.counts.at(position);
          long total = own + others;
          if (others == 0) {
            return;
          }
          double[] delta = new double[dimension];
          for (int i = 0; i < dimension; i++) {
            delta[i] = other.mean[position][i] - mean[position][i];
            mean[position][i] += delta[i] * others / total;
          }
          double weight = (double) own * others / total;
          for (int i = 0; i < dimension; i++) {
            int row = Gaussians.triangle(i);
            for (int j = 0; j <= i; j++) {
              scatter[position][row + j] +=
                  other.scatter[position][row + j] + weight * delta[i] * delta[j];
            }
          }
          counts.add(position, others);
        });
    count += other.count;
  }

  /**
   * The accumulator in which a position has seen all patches of the window of positions around it.
   * At the edge the window is shifted inwards, so that all have seen equally many, {@code W} times
   * as many as here:
   *
   * <pre>{@code
   * μ ← Σ μ_p / W
   * S ← Σ S_p + n · Σ (μ_p − μ)(μ_p − μ)ᵀ      over the positions p of the window
   * }</pre>
   *
   * <p>Each row is released when no later window holds it, so that nothing can be added to this
   * accumulator afterwards.
   *
   * @param windows of the grid
   * @param parallel the threads
   * @return the accumulator of the windows
   */
  GaussianAccumulator pooled(Windows windows, Parallel parallel) {
    GaussianAccumulator pooled =
        new GaussianAccumulator(this, new double[mean.length][], new double[mean.length][]);
    int released = 0;
    for (int y = 0; y < height; y++) {
      int top = windows.top(y);
      for (; released < top * width; released++) {
        scatter[released] = null;
      }
      int row = y * width;
      parallel.forEach(width, x -> pool(windows.around(row + x), row + x, pooled));
    }
    pooled.count = count * windows.size();
    return pooled;
  }

  private void pool(int[] window, int position, GaussianAccumulator pooled) {
    double[] mu = new double[dimension];
    double[] s = new double[Gaussians.triangle(dimension)];
    long total = 0;
    boolean equal = true;
    for (int p : window) {
      total += counts.at(p);
      equal &= counts.at(p) == counts.at(window[0]);
    }
    for (int p : window) {
      for (int i = 0; i < dimension; i++) {
        // Where all positions were shown equally often, the plain mean: no region changes no bit.
        mu[i] += equal ? mean[p][i] / window.length : mean[p][i] * counts.at(p) / total;
      }
    }
    double[] delta = new double[dimension];
    for (int p : window) {
      for (int i = 0; i < dimension; i++) {
        delta[i] = mean[p][i] - mu[i];
        int row = Gaussians.triangle(i);
        double weighted = counts.at(p) * delta[i];
        for (int j = 0; j <= i; j++) {
          s[row + j] += scatter[p][row + j] + weighted * delta[j];
        }
      }
    }
    pooled.mean[position] = mu;
    pooled.scatter[position] = s;
    pooled.counts.add(position, total);
  }

  private String shape() {
    return height + "x" + width + " patches of " + dimension;
  }

  /**
   * An accumulator that continues a finished fit: {@code S = (N−1)·(L·Lᵀ − ε·I)}, as exact as the
   * fp32 values of the factors.
   *
   * @param fitted mean and factor of every position
   * @param epsilon the value that was added to the diagonal
   * @param images how many were learnt from
   * @param counts how many of them showed each position; not copied
   * @param parallel the threads
   * @return the accumulator
   */
  static GaussianAccumulator of(
      PreparedGaussians fitted,
      double epsilon,
      long images,
      PositionCounts counts,
      Parallel parallel) {
    int d = fitted.dimension();
    GaussianAccumulator accumulator =
        new GaussianAccumulator(fitted.height(), fitted.width(), d, counts);
    accumulator.count = images;
    parallel.forEach(
        fitted.positions(),
        position -> {
          if (counts.at(position) == 0) {
            return;
          }
          accumulator.mean[position] = doubles(fitted.mean(position));
          if (!counts.isLearnt(position)) {
            return;
          }
          double[] l = doubles(fitted.factor(position));
          double[] s = accumulator.scatter[position];
          for (int i = 0; i < d; i++) {
            for (int j = 0; j <= i; j++) {
              double sum = i == j ? -epsilon : 0;
              for (int k = 0; k <= j; k++) {
                sum += l[Gaussians.triangle(i) + k] * l[Gaussians.triangle(j) + k];
              }
              s[Gaussians.triangle(i) + j] = sum * (counts.at(position) - 1);
            }
          }
        });
    return accumulator;
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  /**
   * {@return the tensors from which {@link #of(Map)} continues with the same bits: {@code S} by
   * rows of the grid}
   */
  public Map<String, StoredTensor> tensors() {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    tensors.put(COUNT, StoredTensor.of(new double[] {count}, 1));
    counts.storeIn(tensors, count, height, width);
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
    requireScatter(tensors, height, width, d);
    long images = count(StoredTensor.of(tensors, COUNT, 1));
    PositionCounts counts = PositionCounts.storedIn(tensors, images, height, width);
    GaussianAccumulator accumulator = new GaussianAccumulator(height, width, d, counts);
    accumulator.count = images;
    split(means.doubles(), accumulator.mean, 0);
    for (int y = 0; y < height; y++) {
      split(tensors.get(SCATTER + y).doubles(), accumulator.scatter, y * width);
    }
    return accumulator;
  }

  private static long count(StoredTensor stored) {
    double count = stored.count() == 1 ? stored.get(0) : Double.NaN;
    if (!(count >= 1 && count <= MAXIMUM_COUNT && count == Math.rint(count))) {
      throw new IllegalArgumentException("its tensor " + COUNT + " has " + count + " images");
    }
    return (long) count;
  }

  /** Before anything of the size that the mean's shape claims is allocated. */
  private static void requireScatter(
      Map<String, StoredTensor> tensors, int height, int width, int d) {
    if (height < 1 || width < 1 || d < 1) {
      throw new IllegalArgumentException("its tensor " + MEAN + " is empty");
    }
    long length = (long) d * (d + 1) / 2;
    for (int y = 0; y < height; y++) {
      long[] shape = StoredTensor.of(tensors, SCATTER + y, 2).shape();
      if (shape[0] != width || shape[1] != length) {
        throw new IllegalArgumentException("its tensor " + SCATTER + y + " has another size");
      }
    }
  }

  /**
   * Requires sums of squares that can be: 0 or above, but for the rounding of the fp32 factors that
   * a fit was continued from, from which {@code ε} is subtracted.
   *
   * @param epsilon the value added to the diagonal
   * @throws IllegalArgumentException if one is below
   */
  void requireVariances(double epsilon) {
    double lowest = -ROUNDING * epsilon * count;
    for (int position = 0; position < scatter.length; position++) {
      for (int i = 0; i < dimension; i++) {
        double square = scatter[position][Gaussians.triangle(i) + i];
        if (square < lowest) {
          throw new IllegalArgumentException(
              "its tensor "
                  + SCATTER
                  + position / width
                  + " has the sum of squares "
                  + square
                  + " at column "
                  + position % width);
        }
      }
    }
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
   * @param epsilon the value added to the diagonal
   * @throws IllegalStateException if fewer than two images were seen
   */
  public double[] covariance(int position, double epsilon) {
    if (!counts.isLearnt(position)) {
      throw new IllegalStateException(
          "a covariance needs two images, " + counts.at(position) + " were seen");
    }
    return regularised(scatter[position].clone(), counts.at(position), epsilon);
  }

  private double[] regularised(double[] s, long count, double epsilon) {
    for (int i = 0; i < s.length; i++) {
      s[i] /= count - 1;
    }
    for (int i = 0; i < dimension; i++) {
      s[Gaussians.triangle(i) + i] += epsilon;
    }
    return s;
  }

  /**
   * The Gaussians of a finished fit.
   *
   * @param gaussians mean and factor of every position
   * @param summary how well the covariances are conditioned
   */
  public record Result(Gaussians gaussians, CovarianceSummary summary) {}

  /** {@return how many images showed each position; not copied} */
  PositionCounts counts() {
    return counts;
  }

  /**
   * Factors every covariance.
   *
   * @param epsilon the value added to the diagonal
   * @param engine the arithmetic
   * @param parallel the threads
   * @return the Gaussians
   * @throws kintsugi.InputException if a covariance is not positive definite, naming its position
   * @throws IllegalStateException if fewer than two images were seen
   */
  public Result result(double epsilon, Engine engine, Parallel parallel) {
    return factored(position -> covariance(position, epsilon), engine, parallel);
  }

  /**
   * Factors every covariance, as {@link #result} does, but releases each {@code S} as its factor is
   * made, so that both are never held whole. Nothing can be added afterwards.
   *
   * @param epsilon the value added to the diagonal
   * @param engine the arithmetic
   * @param parallel the threads
   * @return the Gaussians
   */
  public Result finish(double epsilon, Engine engine, Parallel parallel) {
    return factored(
        position -> {
          double[] sigma = scatter[position];
          scatter[position] = null;
          return regularised(sigma, counts.at(position), epsilon);
        },
        engine,
        parallel);
  }

  private Result factored(IntFunction<double[]> covariance, Engine engine, Parallel parallel) {
    CovarianceFactors factors = new CovarianceFactors(height, width, dimension, counts.learnt());
    factors.takeRanks(position -> covariance(position, 0), parallel);
    factors.factor(covariance, engine, parallel);
    float[] means = new float[mean.length * dimension];
    for (int i = 0; i < means.length; i++) {
      means[i] = (float) mean[i / dimension][i % dimension];
    }
    Gaussians gaussians = new Gaussians(height, width, dimension, means, factors.factors());
    return new Result(gaussians, factors.summary(count));
  }
}
