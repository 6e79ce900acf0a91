package kintsugi.engine.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import kintsugi.engine.Border;
import kintsugi.engine.Parallel;
import kintsugi.tensor.Tensor;

/**
 * A separable correlation of maps. Both passes read lines that were extended beyond the edge and
 * padded to whole vectors, so that no lane needs to test where it is.
 */
final class VectorBlur {
  private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;
  private static final int LANES = SPECIES.length();

  private VectorBlur() {}

  static Tensor blur(Tensor maps, float[] kernel, Border border, Parallel parallel) {
    Tensor blurred = Tensor.zeros(maps.shape());
    parallel.forEach(maps.dim(0), n -> blurOne(maps, n, kernel, border, blurred));
    return blurred;
  }

  private static void blurOne(Tensor maps, int n, float[] kernel, Border border, Tensor blurred) {
    int height = maps.dim(1);
    int width = maps.dim(2);
    int reach = kernel.length / 2;
    int stride = (width + LANES - 1) / LANES * LANES;
    float[] line = new float[stride + 2 * reach];
    float[] alongRows = new float[(height + 2 * reach) * stride];
    for (int y = 0; y < height; y++) {
      int from = (n * height + y) * width;
      System.arraycopy(maps.data(), from, line, reach, width);
      for (int k = 0; k < reach; k++) {
        line[k] = maps.data()[from + border.inside(k - reach, width)];
        line[reach + width + k] = maps.data()[from + border.inside(width + k, width)];
      }
      correlate(line, 0, 1, kernel, alongRows, (reach + y) * stride, stride);
    }
    for (int k = 0; k < reach; k++) {
      int above = reach + border.inside(k - reach, height);
      int below = reach + border.inside(height + k, height);
      System.arraycopy(alongRows, above * stride, alongRows, k * stride, stride);
      System.arraycopy(alongRows, below * stride, alongRows, (reach + height + k) * stride, stride);
    }
    float[] row = new float[stride];
    for (int y = 0; y < height; y++) {
      correlate(alongRows, y * stride, stride, kernel, row, 0, stride);
      System.arraycopy(row, 0, blurred.data(), (n * height + y) * width, width);
    }
  }

  /**
   * {@code out[x] = Σ_k kernel[k]·in[start + x + k·step]} for whole vectors of {@code x}; four at a
   * time, since each sum waits for its last addition.
   */
  private static void correlate(
      float[] in, int start, int step, float[] kernel, float[] out, int outAt, int length) {
    int x = 0;
    for (; x + 4 * LANES <= length; x += 4 * LANES) {
      four(in, start + x, step, kernel, out, outAt + x);
    }
    for (; x < length; x += LANES) {
      FloatVector sum = FloatVector.zero(SPECIES);
      for (int k = 0; k < kernel.length; k++) {
        FloatVector coefficient = FloatVector.broadcast(SPECIES, kernel[k]);
        sum = coefficient.fma(FloatVector.fromArray(SPECIES, in, start + x + k * step), sum);
      }
      sum.intoArray(out, outAt + x);
    }
  }

  private static void four(
      float[] in, int start, int step, float[] kernel, float[] out, int place) {
    FloatVector sum0 = FloatVector.zero(SPECIES);
    FloatVector sum1 = sum0;
    FloatVector sum2 = sum0;
    FloatVector sum3 = sum0;
    for (int k = 0; k < kernel.length; k++) {
      FloatVector coefficient = FloatVector.broadcast(SPECIES, kernel[k]);
      int at = start + k * step;
      sum0 = coefficient.fma(FloatVector.fromArray(SPECIES, in, at), sum0);
      sum1 = coefficient.fma(FloatVector.fromArray(SPECIES, in, at + LANES), sum1);
      sum2 = coefficient.fma(FloatVector.fromArray(SPECIES, in, at + 2 * LANES), sum2);
      sum3 = coefficient.fma(FloatVector.fromArray(SPECIES, in, at + 3 * LANES), sum3);
    }
    sum0.intoArray(out, place);
    sum1.intoArray(out, place + LANES);
    sum2.intoArray(out, place + 2 * LANES);
    sum3.intoArray(out, place + 3 * LANES);
  }
}
