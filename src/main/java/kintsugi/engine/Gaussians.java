package kintsugi.engine;

import java.util.Arrays;
import kintsugi.tensor.Tensor;

/**
 * One Gaussian for each position of a patch grid, laid out for scoring: {@link #LANES} positions
 * lie interleaved, so that one lane of a vector is one position. Positions beyond the last are
 * filled up with a unit Gaussian at zero.
 *
 * @param height rows of the grid
 * @param width columns of the grid
 * @param dimension numbers in a patch embedding, {@code D}
 * @param mean {@code [groups][D][16]}
 * @param factor for each group {@code [D·(D+1)/2][16]}: row by row the lower triangle of {@code L}
 *     where {@code L·Lᵀ} is the covariance
 */
public record Gaussians(int height, int width, int dimension, float[] mean, float[][] factor) {
  /** Positions side by side. */
  public static final int LANES = 16;

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if an array has another size
   */
  public Gaussians {
    int groups = groups(height * width);
    boolean fits = mean.length == groups * dimension * LANES && factor.length == groups;
    for (int g = 0; fits && g < groups; g++) {
      fits = factor[g].length == triangle(dimension) * LANES;
    }
    if (!fits) {
      throw new IllegalArgumentException(
          height + "x" + width + " Gaussians of " + dimension + " numbers do not fit their arrays");
    }
  }

  /**
   * Room for the Gaussians of a grid, all of them at zero with unit covariance.
   *
   * @param height rows
   * @param width columns
   * @param dimension numbers of a patch
   * @return the Gaussians
   */
  public static Gaussians unit(int height, int width, int dimension) {
    int groups = groups(height * width);
    float[][] factor = new float[groups][];
    for (int g = 0; g < groups; g++) {
      factor[g] = unitFactor(dimension);
    }
    return new Gaussians(height, width, dimension, new float[groups * dimension * LANES], factor);
  }

  /**
   * {@return the factor of a group whose covariances are all the identity}
   *
   * @param dimension numbers of a patch
   */
  public static float[] unitFactor(int dimension) {
    float[] factor = new float[triangle(dimension) * LANES];
    for (int i = 0; i < dimension; i++) {
      int diagonal = (triangle(i) + i) * LANES;
      Arrays.fill(factor, diagonal, diagonal + LANES, 1);
    }
    return factor;
  }

  /**
   * Sets one position from its mean {@code [D]} and its packed factor {@code [D·(D+1)/2]}.
   *
   * @param position of the grid, row by row
   * @param mu the mean
   * @param packedFactor the factor
   */
  public void set(int position, double[] mu, double[] packedFactor) {
    int lane = position % LANES;
    interleave(mu, mean, position / LANES * dimension * LANES + lane);
    interleave(packedFactor, factor[position / LANES], lane);
  }

  /**
   * Writes one position's numbers between those of its group, from {@code at} on.
   *
   * @param numbers one position's
   * @param group the group's numbers
   * @param at where the first number goes
   */
  public static void interleave(double[] numbers, float[] group, int at) {
    for (int i = 0; i < numbers.length; i++) {
      group[at + i * LANES] = (float) numbers[i];
    }
  }

  /**
   * {@return the mean at one position, {@code [D]}}
   *
   * @param position of the grid, row by row
   */
  public double[] mean(int position) {
    double[] mu = new double[dimension];
    int means = position / LANES * dimension * LANES + position % LANES;
    for (int i = 0; i < dimension; i++) {
      mu[i] = mean[means + i * LANES];
    }
    return mu;
  }

  /**
   * {@return the packed factor at one position, {@code [D·(D+1)/2]}}
   *
   * @param position of the grid, row by row
   */
  public double[] factor(int position) {
    double[] packed = new double[triangle(dimension)];
    for (int i = 0; i < packed.length; i++) {
      packed[i] = factor[position / LANES][i * LANES + position % LANES];
    }
    return packed;
  }

  /**
   * Throws unless there is one patch for each Gaussian.
   *
   * @param patches what should be {@code [N, height, width, dimension]}
   * @throws IllegalArgumentException if the grid or the dimension is another
   */
  public void requireGrid(Tensor patches) {
    int[] shape = patches.rank() == 4 ? patches.shape() : new int[4];
    if (shape[1] != height || shape[2] != width || shape[3] != dimension) {
      throw new IllegalArgumentException(
          patches
              + " is no batch of "
              + height
              + "x"
              + width
              + " patches with "
              + dimension
              + " numbers");
    }
  }

  /** {@return groups of {@link #LANES} positions} */
  public int groups() {
    return groups(height * width);
  }

  /** {@return positions of the grid} */
  public int positions() {
    return height * width;
  }

  /**
   * {@return groups that hold so many positions}
   *
   * @param positions how many positions
   */
  public static int groups(int positions) {
    return (positions + LANES - 1) / LANES;
  }

  /**
   * {@return numbers in the first {@code rows} rows of a packed lower triangle: {@code
   * rows·(rows+1)/2}}
   *
   * @param rows how many rows
   */
  public static int triangle(int rows) {
    return rows * (rows + 1) / 2;
  }
}
