package kintsugi.scoremap;

import kintsugi.engine.Border;
import kintsugi.engine.Engine;
import kintsugi.engine.Upsampling;
import kintsugi.image.TileGrid;
import kintsugi.tensor.Tensor;

/**
 * The way from the distances of a patch grid to a score map of the size of the network's input:
 * upsampling, then a Gaussian blur. The maps of an image's tiles are blended into one before it.
 *
 * @param upsampling the interpolation
 * @param sigma standard deviation of the blur, in pixels; 0 for no blur
 * @param border the values beyond the edge
 */
public record ScoreMaps(Upsampling upsampling, double sigma, Border border) {

  /**
   * Checks the standard deviation.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public ScoreMaps {
    if (!(sigma >= 0 && sigma < 1000)) {
      throw new IllegalArgumentException("blur_sigma: 0 or above, below 1000, not " + sigma);
    }
  }

  /**
   * Computes the score maps of a batch.
   *
   * @param engine the arithmetic
   * @param distances {@code [N, T·h, w]}: the grids of an image's {@code T} tiles one below the
   *     other
   * @param tiles of an image of the network's input; one where it is not cut
   * @return {@code [N, height, width]}
   */
  public Tensor compute(Engine engine, Tensor distances, TileGrid tiles) {
    Tensor large = upsampled(engine, distances, tiles);
    return sigma == 0 ? large : engine.blur(large, gaussian(sigma), border);
  }

  /**
   * Computes the score maps of a batch before they are blurred; tiles are blended into one map.
   *
   * @param engine the arithmetic
   * @param distances as {@link #compute} takes them
   * @param tiles of an image
   * @return {@code [N, height, width]}
   */
  public Tensor upsampled(Engine engine, Tensor distances, TileGrid tiles) {
    return tiles.count() == 1
        ? engine.upsample(distances, tiles.height(), tiles.width(), upsampling)
        : new Mosaic(tiles).join(engine, distances, upsampling);
  }

  /**
   * The Gaussian kernel {@code exp(−x²/2σ²)} at the integers up to {@code 4σ} in both directions
   * (33 weights for σ = 4), scaled to the sum 1.
   *
   * @param sigma the standard deviation in pixels; below an eighth the kernel is the single weight
   *     1
   * @return the kernel
   */
  public static float[] gaussian(double sigma) {
    int reach = (int) (4 * sigma + 0.5);
    if (reach == 0) {
      // The square of a very small sigma would be 0, and the weight 0/0.
      return new float[] {1};
    }
    double[] exact = new double[2 * reach + 1];
    double sum = 0;
    for (int i = 0; i < exact.length; i++) {
      double x = i - reach;
      // Math.exp may differ by a bit from one JVM to the next.
      exact[i] = StrictMath.exp(-x * x / (2 * sigma * sigma));
      sum += exact[i];
    }
    float[] kernel = new float[exact.length];
    for (int i = 0; i < kernel.length; i++) {
      kernel[i] = (float) (exact[i] / sum);
    }
    return kernel;
  }

  /**
   * {@return the maximum of a map}
   *
   * @param map {@code [H, W]}
   */
  public static double max(Tensor map) {
    double max = Double.NEGATIVE_INFINITY;
    for (float value : map.data()) {
      max = Math.max(max, value);
    }
    return max;
  }

  /**
   * {@return the minimum of a map}
   *
   * @param map {@code [H, W]}
   */
  public static double min(Tensor map) {
    double min = Double.POSITIVE_INFINITY;
    for (float value : map.data()) {
      min = Math.min(min, value);
    }
    return min;
  }
}
