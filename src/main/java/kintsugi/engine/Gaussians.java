package kintsugi.engine;

/**
 * One Gaussian for each position of a patch grid, laid out for scoring: {@link #LANES} positions
 * lie interleaved, so that one lane of a vector is one position. Positions beyond the last are
 * filled up with a unit Gaussian at zero.
 *
 * @param height rows of the grid
 * @param width columns of the grid
 * @param dimension numbers in a patch embedding, {@code D}
 * @param mean {@code [groups][D][16]}
 * @param factor {@code [groups][D·(D+1)/2][16]}: row by row the lower triangle of {@code L} where
 *     {@code L·Lᵀ} is the covariance
 */
public record Gaussians(int height, int width, int dimension, float[] mean, float[] factor) {
  /** Positions side by side. */
  public static final int LANES = 16;

  /**
   * @throws IllegalArgumentException if an array has another size
   */
  public Gaussians {
    int groups = groups(height * width);
    if (mean.length != groups * dimension * LANES
        || factor.length != (long) groups * triangle(dimension) * LANES) {
      throw new IllegalArgumentException(
          height + "x" + width + " Gaussians of " + dimension + " numbers do not fit their arrays");
    }
  }

  /** Room for the Gaussians of a grid, all of them at zero with unit covariance. */
  public static Gaussians unit(int height, int width, int dimension) {
    int groups = groups(height * width);
    int packed = triangle(dimension);
    float[] mean = new float[groups * dimension * LANES];
    float[] factor = new float[Math.multiplyExact(groups, packed * LANES)];
    for (int g = 0; g < groups; g++) {
      for (int i = 0; i < dimension; i++) {
        int diagonal = (g * packed + triangle(i) + i) * LANES;
        java.util.Arrays.fill(factor, diagonal, diagonal + LANES, 1);
      }
    }
    return new Gaussians(height, width, dimension, mean, factor);
  }

  /** Sets one position from its mean {@code [D]} and its packed factor {@code [D·(D+1)/2]}. */
  public void set(int position, double[] mu, double[] packedFactor) {
    int group = position / LANES;
    int lane = position % LANES;
    for (int i = 0; i < dimension; i++) {
      mean[(group * dimension + i) * LANES + lane] = (float) mu[i];
    }
    int packed = triangle(dimension);
    for (int i = 0; i < packed; i++) {
      factor[(group * packed + i) * LANES + lane] = (float) packedFactor[i];
    }
  }

  /** Groups of {@link #LANES} positions. */
  public int groups() {
    return groups(height * width);
  }

  /** Positions of the grid. */
  public int positions() {
    return height * width;
  }

  private static int groups(int positions) {
    return (positions + LANES - 1) / LANES;
  }

  /** Numbers in the first {@code rows} rows of a packed lower triangle: {@code rows·(rows+1)/2}. */
  public static int triangle(int rows) {
    return rows * (rows + 1) / 2;
  }
}
