package kintsugi.padim;

import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kintsugi.detector.Inside;
import kintsugi.detector.Recipe;
import kintsugi.engine.Engine;
import kintsugi.engine.Gaussians;
import kintsugi.engine.Parallel;
import kintsugi.engine.PreparedGaussians;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;

/**
 * Mean and covariance of every position of a patch grid, as sums over the images ({@link
 * GaussianSums}), so that memory does not grow with the number of images, and neither their order
 * nor their batches change a bit.
 *
 * <p>Memory is {@code P·D·(D+3)/2} longs: 127 MB for 3136 positions and dimension 100.
 */
public final class GaussianAccumulator {
  private static final String COUNT = "count";
  private static final String SUMS = "sums";
  private static final String PRODUCTS = "products.";

  /** In place of sums that are elsewhere: rows, columns, dimension. */
  private static final String GRID = "grid";

  private static final String ID = "id";

  /** In earlier files, also of format 4: the mean, and the sums of squares around it. */
  private static final String MEAN = "mean";

  private static final String SCATTER = "scatter.";

  /** The integers that an fp64 value can count. */
  private static final double MAXIMUM_COUNT = 0x1p53;

  /** Positions of a grid whose sums are elsewhere. */
  private static final int MAXIMUM_POSITIONS = 1 << 24;

  private final int height;
  private final int width;
  private final int dimension;
  private final GaussianSums sums;

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
    this(height, width, GaussianSums.zero(height * width, dimension));
  }

  private GaussianAccumulator(int height, int width, GaussianSums sums) {
    this.height = height;
    this.width = width;
    this.dimension = sums.dimension();
    this.sums = sums;
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

  /** {@return how many images showed each position; not copied} */
  PositionCounts counts() {
    return new PositionCounts(sums.counts());
  }

  /**
   * Takes in a batch.
   *
   * @param patches {@code [N, H, W, D]}, each element of a magnitude of at most {@link
   *     kintsugi.engine.FixedPoint#MAXIMUM}
   * @param engine the arithmetic
   * @param parallel the threads
   * @throws IllegalArgumentException if the grid or the dimension is another
   * @throws kintsugi.InputException if the sums become too large
   */
  public void add(Tensor patches, Engine engine, Parallel parallel) {
    if (patches.dim(1) != height) {
      throw new IllegalArgumentException(patches + " is not a batch of " + shape());
    }
    add(patches, 0, Inside.ALL, engine, parallel);
  }

  /**
   * Takes in some rows of a batch's grids. The rows of a batch come from the first to the last, and
   * the batch counts with its last. Positions are the outer loop and images the inner one, so that
   * a position's sums pass through the cache once per batch.
   *
   * @param patches {@code [N, rows, W, D]}, as large as in {@link #add(Tensor, Engine, Parallel)}
   * @param firstRow of the grid
   * @param inside what of each image is learnt from
   * @param engine the arithmetic
   * @param parallel the threads
   * @throws IllegalArgumentException if the grid or the dimension is another
   * @throws kintsugi.InputException if the sums become too large
   */
  public void add(Tensor patches, int firstRow, Inside inside, Engine engine, Parallel parallel) {
    requireSums();
    int rows = patches.dim(1);
    if (patches.dim(2) != width
        || patches.dim(3) != dimension
        || rows > height - firstRow
        || firstRow != rowsSeen) {
      throw new IllegalArgumentException(patches + " is not a batch of " + shape());
    }
    int first = firstRow * width;
    parallel.forEach(
        rows * width,
        index -> sums.add(first + index, shown(first + index, index, inside, patches), engine));
    rowsSeen = (firstRow + rows) % height;
    count += rowsSeen == 0 ? patches.dim(0) : 0;
  }

  /** The patches of the images that show a position, {@code [images, D]}. */
  private double[] shown(int position, int index, Inside inside, Tensor patches) {
    int images = patches.dim(0);
    int positions = patches.dim(1) * width;
    double[] values = new double[images * dimension];
    int to = 0;
    for (int p = 0; p < images; p++) {
      if (inside.has(p, position)) {
        int from = (p * positions + index) * dimension;
        for (int i = 0; i < dimension; i++) {
          values[to + i] = patches.data()[from + i];
        }
        to += dimension;
      }
    }
    return to == values.length ? values : Arrays.copyOf(values, to);
  }

  /**
   * Takes in what another accumulator has seen of other images, as if this one had seen them too.
   *
   * @param other an accumulator of other images
   * @param parallel the threads
   * @throws IllegalArgumentException if the grid or the dimension is another
   * @throws kintsugi.InputException if the sums become too large
   */
  public void merge(GaussianAccumulator other, Parallel parallel) {
    if (other.height != height || other.width != width || other.dimension != dimension) {
      throw new IllegalArgumentException(other.shape() + " cannot be merged into " + shape());
    }
    if (other.isHead() != isHead()) {
      throw new IllegalArgumentException("one of them has no sums");
    }
    parallel.forEach(
        height * width,
        position -> {
          if (isHead()) {
            sums.counts()[position] += other.sums.counts()[position];
          } else {
            sums.add(position, other.sums, position);
          }
        });
    count += other.count;
  }

  /**
   * The accumulator in which a position has seen all patches of the window of positions around it,
   * so that its sums are those of the window. At the edge the window is shifted inwards, so that
   * all have seen equally many, {@code W} times as many as here.
   *
   * <p>Each row is released when no later window holds it, so that nothing can be added to this
   * accumulator afterwards.
   *
   * @param windows of the grid
   * @param parallel the threads
   * @return the accumulator of the windows
   */
  GaussianAccumulator pooled(Windows windows, Parallel parallel) {
    int positions = height * width;
    GaussianSums pooled =
        new GaussianSums(
            0, dimension, new long[positions], new long[positions][], new long[positions][]);
    int released = 0;
    for (int y = 0; y < height; y++) {
      int top = windows.top(y);
      for (; released < top * width; released++) {
        sums.products()[released] = null;
      }
      int row = y * width;
      parallel.forEach(
          width,
          x -> {
            pooled.sums()[row + x] = new long[dimension];
            pooled.products()[row + x] = new long[Gaussians.triangle(dimension)];
            for (int position : windows.around(row + x)) {
              pooled.add(row + x, sums, position);
            }
          });
    }
    GaussianAccumulator accumulator = new GaussianAccumulator(height, width, pooled);
    accumulator.count = count * windows.size();
    return accumulator;
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
   * @param counts how many of them showed each position
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
    GaussianAccumulator accumulator = new GaussianAccumulator(fitted.height(), fitted.width(), d);
    accumulator.count = images;
    parallel.forEach(
        fitted.positions(),
        position -> {
          double[] s = new double[Gaussians.triangle(d)];
          double[] l = doubles(fitted.factor(position));
          for (int i = 0; i < d && counts.isLearnt(position); i++) {
            for (int j = 0; j <= i; j++) {
              double sum = i == j ? -epsilon : 0;
              for (int k = 0; k <= j; k++) {
                sum += l[Gaussians.triangle(i) + k] * l[Gaussians.triangle(j) + k];
              }
              s[Gaussians.triangle(i) + j] = sum * (counts.at(position) - 1);
            }
          }
          double[] mean = doubles(fitted.mean(position));
          accumulator.sums.set(position, counts.at(position), mean, s);
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
   * {@return the tensors from which {@link #of(Map)} continues with the same bits: the products by
   * rows of the grid}
   */
  public Map<String, StoredTensor> tensors() {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    tensors.put(COUNT, StoredTensor.of(new double[] {count}, 1));
    counts().storeIn(tensors, count, height, width);
    if (isHead()) {
      tensors.put(GRID, StoredTensor.of(new int[] {height, width, dimension}, 3));
      // Parts with the same images, such as copies, are not the same part.
      UUID id = UUID.randomUUID();
      long[][] bits = {{id.getMostSignificantBits(), id.getLeastSignificantBits()}};
      tensors.put(ID, StoredTensor.of(bits, 2));
      return tensors;
    }
    tensors.put(SUMS, StoredTensor.of(sums.sums(), height, width, dimension));
    for (int y = 0; y < height; y++) {
      long[][] row = sums.range(y * width, (y + 1) * width).products();
      tensors.put(PRODUCTS + y, StoredTensor.of(row, width, Gaussians.triangle(dimension)));
    }
    return tensors;
  }

  /** {@return whether there are tensors of an accumulator among some} */
  static boolean isIn(Map<String, StoredTensor> tensors) {
    return Stream.of(SUMS, MEAN, GRID).anyMatch(tensors::containsKey);
  }

  /**
   * {@return the accumulator that {@link #tensors} stored, or an earlier release, whose mean and
   * sums of squares around it become sums}
   *
   * @param tensors the tensors by their names
   * @throws IllegalArgumentException if the tensors are not those of an accumulator
   */
  public static GaussianAccumulator of(Map<String, StoredTensor> tensors) {
    if (tensors.containsKey(GRID)) {
      return head(tensors);
    }
    boolean earlier = tensors.containsKey(MEAN);
    StoredTensor first = StoredTensor.of(tensors, earlier ? MEAN : SUMS, 3);
    int height = Math.toIntExact(first.shape()[0]);
    int width = Math.toIntExact(first.shape()[1]);
    int d = Math.toIntExact(first.shape()[2]);
    if (height < 1 || width < 1 || d < 1) {
      throw new IllegalArgumentException("its tensor " + (earlier ? MEAN : SUMS) + " is empty");
    }
    String rows = earlier ? SCATTER : PRODUCTS;
    requireRows(tensors, rows, height, width, d);
    long images = count(StoredTensor.of(tensors, COUNT, 1));
    PositionCounts counts = PositionCounts.storedIn(tensors, images, height, width);
    GaussianAccumulator accumulator = new GaussianAccumulator(height, width, d);
    accumulator.count = images;
    for (int position = 0; position < height * width; position++) {
      long n = counts.at(position);
      StoredTensor row = tensors.get(rows + position / width);
      int at = position % width * Gaussians.triangle(d);
      if (earlier) {
        double[] scatter = row.doubles(at, Gaussians.triangle(d));
        accumulator.sums.set(position, n, first.doubles(position * d, d), scatter);
      } else {
        long[] products = row.longs(at, Gaussians.triangle(d));
        accumulator.sums.set(position, n, first.longs(position * d, d), products);
      }
    }
    return accumulator;
  }

  private static GaussianAccumulator head(Map<String, StoredTensor> tensors) {
    int[] grid = StoredTensor.of(tensors, GRID, 1).ints();
    Recipe.require(
        grid.length == 3
            && Arrays.stream(grid).allMatch(extent -> extent > 0)
            && (long) grid[0] * grid[1] <= MAXIMUM_POSITIONS,
        "its tensor " + GRID + " is " + Arrays.toString(grid));
    long images = count(StoredTensor.of(tensors, COUNT, 1));
    long[] counts = PositionCounts.storedIn(tensors, images, grid[0], grid[1]).toArray();
    GaussianSums none = new GaussianSums(0, grid[2], counts, null, null);
    GaussianAccumulator head = new GaussianAccumulator(grid[0], grid[1], none);
    head.count = images;
    return head;
  }

  private static long count(StoredTensor stored) {
    double count = stored.count() == 1 ? stored.get(0) : Double.NaN;
    if (!(count >= 1 && count <= MAXIMUM_COUNT && count == Math.rint(count))) {
      throw new IllegalArgumentException("its tensor " + COUNT + " has " + count + " images");
    }
    return (long) count;
  }

  /** Before anything of the size that the first tensor's shape claims is allocated. */
  private static void requireRows(
      Map<String, StoredTensor> tensors, String name, int height, int width, int d) {
    long length = (long) d * (d + 1) / 2;
    for (int y = 0; y < height; y++) {
      long[] shape = StoredTensor.of(tensors, name + y, 2).shape();
      if (shape[0] != width || shape[1] != length) {
        throw new IllegalArgumentException("its tensor " + name + y + " has another size");
      }
    }
  }

  /**
   * Requires sums of squares that can be ({@link GaussianSums#requireVariances}).
   *
   * @param epsilon the value added to the diagonal
   * @throws IllegalArgumentException if one is below 0
   */
  void requireVariances(double epsilon) {
    if (!isHead()) {
      sums.requireVariances(epsilon);
    }
  }

  /**
   * {@return the mean at one position, {@code [D]}}
   *
   * @param position of the grid, row by row
   */
  public double[] mean(int position) {
    return sums.mean(position);
  }

  /**
   * {@return the regularised covariance at one position as a packed lower triangle}
   *
   * @param position of the grid, row by row
   * @param epsilon the value added to the diagonal
   * @throws IllegalStateException if fewer than two images were seen
   */
  public double[] covariance(int position, double epsilon) {
    return sums.covariance(position, epsilon);
  }

  /**
   * The Gaussians of a finished fit.
   *
   * @param gaussians mean and factor of every position
   * @param summary how well the covariances are conditioned
   */
  public record Result(Gaussians gaussians, CovarianceSummary summary) {}

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
    return factored(sums.range(0, height * width), epsilon, engine, parallel);
  }

  /**
   * Factors every covariance, as {@link #result} does, but releases the products of each as its
   * factor is made, so that both are never held whole. Nothing can be added afterwards.
   *
   * @param epsilon the value added to the diagonal
   * @param engine the arithmetic
   * @param parallel the threads
   * @return the Gaussians
   */
  public Result finish(double epsilon, Engine engine, Parallel parallel) {
    return factored(sums, epsilon, engine, parallel);
  }

  private Result factored(GaussianSums all, double epsilon, Engine engine, Parallel parallel) {
    CovarianceFactoring factoring = CovarianceFactoring.of(epsilon, width, counts());
    CovarianceFactoring.Block block = factoring.factor(all, engine, parallel);
    return new Result(
        new Gaussians(height, width, dimension, block.mean(), block.factors()),
        factoring.summary(count, dimension, block.conditions(), block.ranks()));
  }

  /**
   * Requires the sums, which a head does without.
   *
   * @throws IllegalArgumentException if they are elsewhere
   */
  void requireSums() {
    Recipe.require(!isHead(), "its sums are elsewhere; merge the parts where these are");
  }

  /** The blocks of sums, each released as it is returned. */
  Iterator<GaussianSums> blocks(int positions) {
    return IntStream.range(0, Math.ceilDiv(height * width, positions))
        .mapToObj(
            block -> {
              int from = block * positions;
              int to = Math.min(from + positions, height * width);
              GaussianSums some = sums.range(from, to);
              Arrays.fill(sums.products(), from, to, null);
              return some;
            })
        .iterator();
  }

  /** Everything but the sums: what is left to merge where they are merged block by block. */
  GaussianAccumulator head() {
    long[] counts = sums.counts().clone();
    GaussianSums none = new GaussianSums(0, dimension, counts, null, null);
    GaussianAccumulator head = new GaussianAccumulator(height, width, none);
    head.count = count;
    return head;
  }

  private boolean isHead() {
    return sums.sums() == null;
  }
}
