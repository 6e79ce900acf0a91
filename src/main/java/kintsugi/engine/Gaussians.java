package kintsugi.engine;

import java.util.Arrays;
import java.util.Locale;
import kintsugi.tensor.Tensor;

/**
 * One Gaussian per position of a patch grid, in the plain layout: every position's values are
 * adjacent, and positions follow each other row by row.
 *
 * @param height rows of the grid, {@code H}
 * @param width columns of the grid, {@code W}
 * @param dimension the embedding dimension, {@code D}
 * @param mean {@code [H, W, D]}; not copied
 * @param factor per position the lower triangle of {@code L} row by row, {@code [D·(D+1)/2]}, where
 *     {@code L·Lᵀ} is the covariance: element {@code (i, j)}, {@code j ≤ i}, stands at {@code
 *     i·(i+1)/2 + j}; not copied, and released row by row by the engine that takes the Gaussians
 *     over ({@link Engine#prepare(Gaussians)})
 */
public record Gaussians(int height, int width, int dimension, float[] mean, float[][] factor) {

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if an array has another size
   */
  public Gaussians {
    if (height < 1 || width < 1 || dimension < 1) {
      throw new IllegalArgumentException(
          "a grid of " + height + "x" + width + " patches of dimension " + dimension + " is empty");
    }
    int positions = Math.multiplyExact(height, width);
    require("mean values", mean.length, Math.multiplyExact(positions, dimension));
    require("factors", factor.length, positions);
    for (float[] row : factor) {
      require("factor values", row == null ? 0 : row.length, triangle(dimension));
    }
  }

  private static void require(String what, int actual, int expected) {
    if (actual != expected) {
      throw new IllegalArgumentException(actual + " " + what + " instead of " + expected);
    }
  }

  /**
   * {@return the Gaussians of a grid with mean zero and unit covariance}
   *
   * @param height rows
   * @param width columns
   * @param dimension the embedding dimension
   */
  public static Gaussians unit(int height, int width, int dimension) {
    float[] identity = new float[triangle(dimension)];
    for (int i = 0; i < dimension; i++) {
      identity[triangle(i) + i] = 1;
    }
    float[][] factor = new float[height * width][];
    Arrays.setAll(factor, position -> identity.clone());
    return new Gaussians(height, width, dimension, new float[factor.length * dimension], factor);
  }

  /** {@return positions of the grid} */
  public int positions() {
    return height * width;
  }

  /**
   * {@return elements in the first {@code rows} rows of a lower triangle: {@code rows·(rows+1)/2}}
   *
   * @param rows how many rows
   */
  public static int triangle(int rows) {
    return rows * (rows + 1) / 2;
  }

  /**
   * Requires that no engine has taken these Gaussians over.
   *
   * @throws IllegalArgumentException if a row of {@link #factor} was released
   */
  public void requireFactors() {
    for (float[] row : factor) {
      if (row == null) {
        throw new IllegalArgumentException(
            "an engine has taken these Gaussians over; read them through its prepared object");
      }
    }
  }

  /**
   * Requires one patch per Gaussian.
   *
   * @param patches {@code [N, H, W, D]}
   * @throws IllegalArgumentException if the grid or the dimension differs
   */
  public void requireGrid(Tensor patches) {
    int[] shape = patches.rank() == 4 ? patches.shape() : new int[4];
    if (shape[1] != height || shape[2] != width || shape[3] != dimension) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s is not a batch of %dx%d patches of dimension %d",
              patches,
              height,
              width,
              dimension));
    }
  }
}
