package kintsugi.padim;

import java.io.Serializable;
import java.util.Arrays;
import kintsugi.InputException;
import kintsugi.detector.Recipe;
import kintsugi.engine.Engine;
import kintsugi.engine.FixedPoint;
import kintsugi.engine.Gaussians;

/**
 * The sums over the images from which mean and covariance of some patch positions follow (Defard et
 * al., <i>PaDiM</i>, equation 1):
 *
 * <pre>{@code
 * μ = Σ x / N
 * Σ = (Σ x·xᵀ − (Σ x)(Σ x)ᵀ/N) / (N−1) + ε·I
 * }</pre>
 *
 * <p>They are integers in the units of {@link FixedPoint}. Every term is rounded once, on its own,
 * so that the same images lead to the same bits in any order, in batches of any size, and in any
 * parts on several machines whose sums are added ({@link #merge}). Where {@code x} is of a
 * magnitude below 2<sup>-9</sup>, its own sum is rounded, too. An element of {@code Σ} is wrong by
 * at most
 *
 * <pre>{@code
 * (1 + |μ(i)| + |μ(j)|)·2⁻³³·N/(N−1) + 3·2⁻⁵³·(Σ x(i)² + Σ x(j)²)/(N−1)
 * }</pre>
 *
 * by the rounding of the terms and that of the formula in fp64. It is wrong by far less on average:
 * the terms' errors are as often positive as negative.
 *
 * @param first the position of the grid, row by row, that comes first here
 * @param dimension elements of a patch embedding, {@code D}
 * @param counts per position, how many images showed it; not copied
 * @param sums per position {@code Σ x}, {@code [D]}; not copied
 * @param products per position the lower triangle of {@code Σ x·xᵀ} row by row, {@code
 *     [D·(D+1)/2]}; not copied
 */
public record GaussianSums(
    int first, int dimension, long[] counts, long[][] sums, long[][] products)
    implements Serializable {

  /** Of an element of a covariance, unless features are large. */
  static final double ERROR = 0x1p-32;

  /** Of {@code L·Lᵀ} in fp32, relative and with room. */
  private static final double FP32 = 1e-6;

  /** Sums over nothing. */
  static GaussianSums zero(int positions, int dimension) {
    return new GaussianSums(
        0,
        dimension,
        new long[positions],
        new long[positions][dimension],
        new long[positions][Gaussians.triangle(dimension)]);
  }

  /** {@return how many positions there are} */
  public int positions() {
    return counts.length;
  }

  /** Some of the positions, with the same arrays. */
  GaussianSums range(int from, int to) {
    return new GaussianSums(
        first + from,
        dimension,
        Arrays.copyOfRange(counts, from, to),
        Arrays.copyOfRange(sums, from, to),
        Arrays.copyOfRange(products, from, to));
  }

  /**
   * Takes in patches of one position, {@code [n, D]}.
   *
   * @throws IllegalArgumentException if an element is not in the range of the sums
   * @throws InputException if the sums become too large
   */
  void add(int position, double[] patches, Engine engine) {
    long[] sum = sums[position];
    boolean inRange = true;
    for (int p = 0; p < patches.length; p += dimension) {
      for (int i = 0; i < dimension; i++) {
        sum[i] += FixedPoint.round(patches[p + i]);
        inRange &= Math.abs(patches[p + i]) <= FixedPoint.MAXIMUM;
      }
    }
    if (!inRange) {
      throw new IllegalArgumentException(
          "a patch has an element above " + FixedPoint.MAXIMUM + ", or one that is not finite");
    }
    engine.addProducts(products[position], dimension, patches);
    counts[position] += patches.length / dimension;
    requireSums(position);
  }

  /**
   * Takes in what was seen of the same positions in other images, as if these sums had seen it too.
   *
   * @param other sums over other images
   * @throws IllegalArgumentException if they are of other positions or another dimension
   * @throws InputException if the sums become too large
   */
  public void merge(GaussianSums other) {
    if (other.first != first
        || other.dimension != dimension
        || other.counts.length != counts.length) {
      throw new IllegalArgumentException("the sums are of other positions, or another dimension");
    }
    for (int position = 0; position < counts.length; position++) {
      add(position, other, position);
    }
  }

  /** Adds the sums of a position of others, or of these. */
  void add(int position, GaussianSums others, int other) {
    add(others.sums[other], sums[position]);
    add(others.products[other], products[position]);
    counts[position] += others.counts[other];
    requireSums(position);
  }

  private static void add(long[] terms, long[] sums) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += terms[i];
    }
  }

  /** Whether a sum of squares is too large: those of other products are not larger. */
  private boolean isTooLarge(int position) {
    for (int i = 0; i < dimension; i++) {
      long square = products[position][Gaussians.triangle(i) + i];
      if (square > FixedPoint.MAXIMUM_SUM || square < -FixedPoint.MAXIMUM_SUM) {
        return true;
      }
    }
    return false;
  }

  private void requireSums(int position) {
    if (isTooLarge(position)) {
      throw new InputException(
          "the squares of the features of "
              + counts[position]
              + " images add up to more than "
              + (long) FixedPoint.value(FixedPoint.MAXIMUM_SUM)
              + " at patch position "
              + (first + position)
              + "; fit fewer images, or other layers (layers)");
    }
  }

  private void requireRead(int position) {
    Recipe.require(
        !isTooLarge(position), "its sums are too large at patch position " + (first + position));
  }

  /**
   * Sets what a position has seen by its mean and {@code S = Σ (x − μ)(x − μ)ᵀ}: {@code Σ x·xᵀ = S
   * + N·μ·μᵀ}.
   *
   * @throws IllegalArgumentException if the sums are too large
   */
  void set(int position, long count, double[] mean, double[] scatter) {
    counts[position] = count;
    for (int i = 0; i < dimension; i++) {
      int row = Gaussians.triangle(i);
      sums[position][i] = FixedPoint.round(count * mean[i]);
      for (int j = 0; j <= i; j++) {
        double product = scatter[row + j] + count * mean[i] * mean[j];
        products[position][row + j] = FixedPoint.round(product);
      }
    }
    requireRead(position);
  }

  /**
   * Sets what a position has seen, copied.
   *
   * @throws IllegalArgumentException if the sums are too large
   */
  void set(int position, long count, long[] sum, long[] product) {
    counts[position] = count;
    System.arraycopy(sum, 0, sums[position], 0, dimension);
    System.arraycopy(product, 0, products[position], 0, product.length);
    requireRead(position);
  }

  /** {@code μ}, zero where nothing was seen. */
  double[] mean(int position) {
    double[] mean = new double[dimension];
    for (int i = 0; i < dimension && counts[position] > 0; i++) {
      mean[i] = FixedPoint.value(sums[position][i]) / counts[position];
    }
    return mean;
  }

  /**
   * The regularised covariance at a position, a packed lower triangle.
   *
   * @throws IllegalStateException if fewer than two images were seen
   */
  double[] covariance(int position, double epsilon) {
    long count = counts[position];
    if (count < PositionCounts.NEEDED) {
      throw new IllegalStateException("a covariance needs two images, " + count + " were seen");
    }
    double[] mean = mean(position);
    double[] s = new double[products[position].length];
    for (int i = 0; i < dimension; i++) {
      int row = Gaussians.triangle(i);
      double sum = FixedPoint.value(sums[position][i]);
      for (int j = 0; j <= i; j++) {
        double product = FixedPoint.value(products[position][row + j]);
        s[row + j] = (product - sum * mean[j]) / (count - 1);
      }
      s[row + i] += epsilon;
    }
    return s;
  }

  /**
   * Requires sums of squares that can be: no variance is below 0, but for the roundings, and those
   * of the fp32 factors that a fit was continued from, from which {@code ε} is subtracted.
   *
   * @throws IllegalArgumentException if one is below
   */
  void requireVariances(double epsilon) {
    for (int position = 0; position < counts.length; position++) {
      long count = counts[position];
      double[] mean = mean(position);
      for (int i = 0; i < dimension; i++) {
        double square = FixedPoint.value(products[position][Gaussians.triangle(i) + i]);
        double scatter = square - count * mean[i] * mean[i];
        double rounding = count * (FP32 * epsilon + ERROR * (1 + Math.abs(mean[i])));
        if (scatter < -rounding - Math.ulp(8 * square)) {
          throw new IllegalArgumentException(
              "its sums have the sum of squares "
                  + scatter
                  + " around the mean at patch position "
                  + (first + position));
        }
      }
    }
  }
}
