package kintsugi.engine.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernel of 14 output pixels times two vectors of output channels: 28 accumulators, 2
 * weights and 1 broadcast input fill the 32 vector registers of AVX-512 and of 64-bit ARM.
 *
 * <p>The contract is {@link MicroKernel#tile}'s. The accumulators must be local variables for the
 * compiler to keep them in registers, so this is one flat method with every pixel written out.
 */
final class Tile14x2 {
  static final int PIXELS = 14;

  /** Unrolled iterations over the depth. */
  static final int UNROLL = 1;

  private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;
  private static final int LANES = SPECIES.length();
  private static final int CHANNELS = 2 * LANES;

  private Tile14x2() {}

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
    int p4 = offset[pixel + 4];
    int p5 = offset[pixel + 5];
    int p6 = offset[pixel + 6];
    int p7 = offset[pixel + 7];
    int p8 = offset[pixel + 8];
    int p9 = offset[pixel + 9];
    int p10 = offset[pixel + 10];
    int p11 = offset[pixel + 11];
    int p12 = offset[pixel + 12];
    int p13 = offset[pixel + 13];
    FloatVector a0 = bias0;
    FloatVector b0 = bias1;
    FloatVector a1 = bias0;
    FloatVector b1 = bias1;
    FloatVector a2 = bias0;
    FloatVector b2 = bias1;
    FloatVector a3 = bias0;
    FloatVector b3 = bias1;
    FloatVector a4 = bias0;
    FloatVector b4 = bias1;
    FloatVector a5 = bias0;
    FloatVector b5 = bias1;
    FloatVector a6 = bias0;
    FloatVector b6 = bias1;
    FloatVector a7 = bias0;
    FloatVector b7 = bias1;
    FloatVector a8 = bias0;
    FloatVector b8 = bias1;
    FloatVector a9 = bias0;
    FloatVector b9 = bias1;
    FloatVector a10 = bias0;
    FloatVector b10 = bias1;
    FloatVector a11 = bias0;
    FloatVector b11 = bias1;
    FloatVector a12 = bias0;
    FloatVector b12 = bias1;
    FloatVector a13 = bias0;
    FloatVector b13 = bias1;
    int w = weightsAt;
    for (int row = 0; row < rows; row++) {
      for (int k = 0; k < depth; k++) {
        FloatVector w0 = FloatVector.fromArray(SPECIES, weights, w + k * CHANNELS);
        FloatVector w1 = FloatVector.fromArray(SPECIES, weights, w + k * CHANNELS + LANES);
        FloatVector x0 = FloatVector.broadcast(SPECIES, in[p0 + k]);
        a0 = x0.fma(w0, a0);
        b0 = x0.fma(w1, b0);
        FloatVector x1 = FloatVector.broadcast(SPECIES, in[p1 + k]);
        a1 = x1.fma(w0, a1);
        b1 = x1.fma(w1, b1);
        FloatVector x2 = FloatVector.broadcast(SPECIES, in[p2 + k]);
        a2 = x2.fma(w0, a2);
        b2 = x2.fma(w1, b2);
        FloatVector x3 = FloatVector.broadcast(SPECIES, in[p3 + k]);
        a3 = x3.fma(w0, a3);
        b3 = x3.fma(w1, b3);
        FloatVector x4 = FloatVector.broadcast(SPECIES, in[p4 + k]);
        a4 = x4.fma(w0, a4);
        b4 = x4.fma(w1, b4);
        FloatVector x5 = FloatVector.broadcast(SPECIES, in[p5 + k]);
        a5 = x5.fma(w0, a5);
        b5 = x5.fma(w1, b5);
        FloatVector x6 = FloatVector.broadcast(SPECIES, in[p6 + k]);
        a6 = x6.fma(w0, a6);
        b6 = x6.fma(w1, b6);
        FloatVector x7 = FloatVector.broadcast(SPECIES, in[p7 + k]);
        a7 = x7.fma(w0, a7);
        b7 = x7.fma(w1, b7);
        FloatVector x8 = FloatVector.broadcast(SPECIES, in[p8 + k]);
        a8 = x8.fma(w0, a8);
        b8 = x8.fma(w1, b8);
        FloatVector x9 = FloatVector.broadcast(SPECIES, in[p9 + k]);
        a9 = x9.fma(w0, a9);
        b9 = x9.fma(w1, b9);
        FloatVector x10 = FloatVector.broadcast(SPECIES, in[p10 + k]);
        a10 = x10.fma(w0, a10);
        b10 = x10.fma(w1, b10);
        FloatVector x11 = FloatVector.broadcast(SPECIES, in[p11 + k]);
        a11 = x11.fma(w0, a11);
        b11 = x11.fma(w1, b11);
        FloatVector x12 = FloatVector.broadcast(SPECIES, in[p12 + k]);
        a12 = x12.fma(w0, a12);
        b12 = x12.fma(w1, b12);
        FloatVector x13 = FloatVector.broadcast(SPECIES, in[p13 + k]);
        a13 = x13.fma(w0, a13);
        b13 = x13.fma(w1, b13);
      }
      w += depth * CHANNELS;
      p0 += rowStride;
      p1 += rowStride;
      p2 += rowStride;
      p3 += rowStride;
      p4 += rowStride;
      p5 += rowStride;
      p6 += rowStride;
      p7 += rowStride;
      p8 += rowStride;
      p9 += rowStride;
      p10 += rowStride;
      p11 += rowStride;
      p12 += rowStride;
      p13 += rowStride;
    }
    a0.intoArray(out, outAt);
    b0.intoArray(out, outAt + LANES);
    a1.intoArray(out, outAt + outStride);
    b1.intoArray(out, outAt + outStride + LANES);
    a2.intoArray(out, outAt + 2 * outStride);
    b2.intoArray(out, outAt + 2 * outStride + LANES);
    a3.intoArray(out, outAt + 3 * outStride);
    b3.intoArray(out, outAt + 3 * outStride + LANES);
    a4.intoArray(out, outAt + 4 * outStride);
    b4.intoArray(out, outAt + 4 * outStride + LANES);
    a5.intoArray(out, outAt + 5 * outStride);
    b5.intoArray(out, outAt + 5 * outStride + LANES);
    a6.intoArray(out, outAt + 6 * outStride);
    b6.intoArray(out, outAt + 6 * outStride + LANES);
    a7.intoArray(out, outAt + 7 * outStride);
    b7.intoArray(out, outAt + 7 * outStride + LANES);
    a8.intoArray(out, outAt + 8 * outStride);
    b8.intoArray(out, outAt + 8 * outStride + LANES);
    a9.intoArray(out, outAt + 9 * outStride);
    b9.intoArray(out, outAt + 9 * outStride + LANES);
    a10.intoArray(out, outAt + 10 * outStride);
    b10.intoArray(out, outAt + 10 * outStride + LANES);
    a11.intoArray(out, outAt + 11 * outStride);
    b11.intoArray(out, outAt + 11 * outStride + LANES);
    a12.intoArray(out, outAt + 12 * outStride);
    b12.intoArray(out, outAt + 12 * outStride + LANES);
    a13.intoArray(out, outAt + 13 * outStride);
    b13.intoArray(out, outAt + 13 * outStride + LANES);
  }
}
