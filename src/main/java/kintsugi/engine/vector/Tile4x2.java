package kintsugi.engine.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernel of 4 output pixels times two vectors of output channels, for the 16 vector
 * registers of AVX2 and SSE.
 *
 * <p>8 accumulators, 4 weights and 4 broadcast inputs stay in registers; the accumulators are just
 * enough chains to keep two fma units of latency 4 busy. Larger tiles make the compiler spill (6
 * pixels ran at less than half the speed), and without unrolling by two a tenth of the time goes
 * into addresses.
 *
 * <p>The contract is {@link MicroKernel#tile}'s. The accumulators must be local variables for the
 * compiler to keep them in registers, so this is one flat method with every pixel written out.
 */
final class Tile4x2 {
  static final int PIXELS = 4;

  private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;
  private static final int LANES = SPECIES.length();
  private static final int CHANNELS = 2 * LANES;

  private Tile4x2() {}

  static void compute(
      float[] in,
      int[] offset,
      int pixel,
      int rowStride,
      int rows,
      int depth,
      float[] weights,
      int weightsAt,
      float[] bias,
      int biasAt,
      float[] out,
      int outAt,
      int outStride) {
    FloatVector bias0 = FloatVector.fromArray(SPECIES, bias, biasAt);
    FloatVector bias1 = FloatVector.fromArray(SPECIES, bias, biasAt + LANES);
    int p0 = offset[pixel + 0];
    int p1 = offset[pixel + 1];
    int p2 = offset[pixel + 2];
    int p3 = offset[pixel + 3];
    FloatVector a0 = bias0;
    FloatVector b0 = bias1;
    FloatVector a1 = bias0;
    FloatVector b1 = bias1;
    FloatVector a2 = bias0;
    FloatVector b2 = bias1;
    FloatVector a3 = bias0;
    FloatVector b3 = bias1;
    int w = weightsAt;
    for (int row = 0; row < rows; row++) {
      for (int k = 0; k < depth; k += MicroKernel.UNROLL) {
        int at = w + k * CHANNELS;
        FloatVector v0 = FloatVector.fromArray(SPECIES, weights, at);
        FloatVector v1 = FloatVector.fromArray(SPECIES, weights, at + LANES);
        FloatVector w0 = FloatVector.fromArray(SPECIES, weights, at + 2 * LANES);
        FloatVector w1 = FloatVector.fromArray(SPECIES, weights, at + 3 * LANES);
        FloatVector x0 = FloatVector.broadcast(SPECIES, in[p0 + k]);
        a0 = x0.fma(v0, a0);
        b0 = x0.fma(v1, b0);
        FloatVector y0 = FloatVector.broadcast(SPECIES, in[p0 + k + 1]);
        a0 = y0.fma(w0, a0);
        b0 = y0.fma(w1, b0);
        FloatVector x1 = FloatVector.broadcast(SPECIES, in[p1 + k]);
        a1 = x1.fma(v0, a1);
        b1 = x1.fma(v1, b1);
        FloatVector y1 = FloatVector.broadcast(SPECIES, in[p1 + k + 1]);
        a1 = y1.fma(w0, a1);
        b1 = y1.fma(w1, b1);
        FloatVector x2 = FloatVector.broadcast(SPECIES, in[p2 + k]);
        a2 = x2.fma(v0, a2);
        b2 = x2.fma(v1, b2);
        FloatVector y2 = FloatVector.broadcast(SPECIES, in[p2 + k + 1]);
        a2 = y2.fma(w0, a2);
        b2 = y2.fma(w1, b2);
        FloatVector x3 = FloatVector.broadcast(SPECIES, in[p3 + k]);
        a3 = x3.fma(v0, a3);
        b3 = x3.fma(v1, b3);
        FloatVector y3 = FloatVector.broadcast(SPECIES, in[p3 + k + 1]);
        a3 = y3.fma(w0, a3);
        b3 = y3.fma(w1, b3);
      }
      w += depth * CHANNELS;
      p0 += rowStride;
      p1 += rowStride;
      p2 += rowStride;
      p3 += rowStride;
    }
    a0.intoArray(out, outAt);
    b0.intoArray(out, outAt + LANES);
    a1.intoArray(out, outAt + outStride);
    b1.intoArray(out, outAt + outStride + LANES);
    a2.intoArray(out, outAt + 2 * outStride);
    b2.intoArray(out, outAt + 2 * outStride + LANES);
    a3.intoArray(out, outAt + 3 * outStride);
    b3.intoArray(out, outAt + 3 * outStride + LANES);
  }
}
