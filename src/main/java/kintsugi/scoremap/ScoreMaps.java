package kintsugi.scoremap;

import kintsugi.engine.Border;
import kintsugi.engine.Engine;
import kintsugi.engine.Upsampling;
import kintsugi.tensor.Tensor;

/**
 * From the distances of a patch grid to a score map as large as the network's input: upsampled,
 * then blurred by a Gaussian.
 *
 * @param upsampling how the grid is enlarged
 * @param sigma standard deviation of the blur, in pixels; 0 leaves it out
 * @param border what the blur sees beyond the edge
 */
public record ScoreMaps(Upsampling upsampling, double sigma, Border border) {

  /**
   * The maps of a batch.
   *
   * @param engine the arithmetic
   * @param distances {@code [N, h, w]}
   * @param height rows
   * @param width columns
   * @return {@code [N, height, width]}
   */
  public Tensor compute(Engine engine, Tensor distances, int height, int width) {
    Tensor large = engine.upsample(distances, height, width, upsampling);
    return sigma == 0 ? large : engine.blur(large, gaussian(sigma), border);
  }

  /**
   * {@code exp(−x²/2σ²)} at whole numbers up to {@code 4σ} on both sides (33 of them for σ = 4),
   * scaled to the sum 1.
   *
   * @param sigma the standard deviation in pixels
   * @return the kernel
   */
  public static float[] gaussian(double sigma) {
    int reach = (int) (4 * sigma + 0.5);
    double[] exact = new double[2 * reach + 1];
    double sum = 0;
    for (int i = 0; i < exact.length; i++) {
      double x = i - reach;
      exact[i] = Math.exp(-x * x / (2 * sigma * sigma));
      sum += exact[i];
    }
    float[] kernel = new float[exact.length];
    for (int i = 0; i < kernel.length; i++) {
      kernel[i] = (float) (exact[i] / sum);
    }
    return kernel;
  }

  /**
   * {@return the largest value of a map}
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
   * {@return the smallest value of a map}
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
