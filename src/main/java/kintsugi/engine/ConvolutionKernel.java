package kintsugi.engine;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The inner loop of a convolution: a tile of output pixels times two vectors of output channels, in
 * registers from the bias to the last product.
 *
 * <p>Input is padded NHWC, so the window's columns and channels lie side by side: what is left of
 * four loops is one over the window's rows and one fused {@code k} over {@code kw·ic}. Each step
 * loads two weight vectors and multiplies them with one broadcast input a pixel. How many pixels
 * fit depends on how many vector registers the machine has.
 *
 * <p>The order of additions is the specification's (bias, then kh, kw, ic) and lanes do not meet,
 * so the bits are the scalar engine's.
 */
final class ConvolutionKernel {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  /** 32 with AVX-512 and on 64-bit ARM, 16 on other x86. */
  private static final boolean MANY_REGISTERS =
      SPECIES.vectorBitSize() >= 512 || System.getProperty("os.arch").equals("aarch64");

  /** Output pixels of a tile. */
  static final int PIXELS = MANY_REGISTERS ? Tile14x2.PIXELS : Tile4x2.PIXELS;

  /** The kernel takes so many numbers of a window's row at once. */
  static final int STEPS = MANY_REGISTERS ? Tile14x2.STEPS : Tile4x2.STEPS;

  /** Output channels of a tile. */
  static final int CHANNELS = 2 * SPECIES.length();

  private ConvolutionKernel() {}

  /**
   * One tile.
   *
   * @param in a padded picture
   * @param corner where in {@code in} each pixel's window starts; read from {@code pixel} on
   * @param rowStride numbers between two rows of {@code in}
   * @param rows rows of the window
   * @param fused columns of the window times channels, a multiple of {@link #STEPS}
   * @param weights {@code [rows][fused][CHANNELS]} from {@code weightsAt} on
   * @param bias {@code [CHANNELS]} from {@code biasAt} on
   * @param out receives {@code [PIXELS][CHANNELS]} from {@code outAt} on, {@code outStride} between
   *     two pixels
   */
  static void tile(
      float[] in,
      int[] corner,
      int pixel,
      int rowStride,
      int rows,
      int fused,
      float[] weights,
      int weightsAt,
      float[] bias,
      int biasAt,
      float[] out,
      int outAt,
      int outStride) {
    if (MANY_REGISTERS) {
      Tile14x2.compute(
          in, corner, pixel, rowStride, rows, fused, weights, weightsAt, bias, biasAt, out, outAt,
          outStride);
    } else {
      Tile4x2.compute(
          in, corner, pixel, rowStride, rows, fused, weights, weightsAt, bias, biasAt, out, outAt,
          outStride);
    }
  }

  /**
   * Weights as the kernel reads them: {@code [O / CHANNELS][K][CHANNELS]}, zeros after O.
   *
   * @param taps {@code K}: the window's {@code KH·KW·I} numbers, and perhaps some more to fill up;
   *     those have the weight −0, which changes no bit of any sum when multiplied with +0
   */
  static float[] pack(Filter filter, int taps) {
    int outputs = filter.outputs();
    int own = filter.weight().size() / outputs;
    float[] packed = new float[blocks(filter) * taps * CHANNELS];
    for (int o = 0; o < outputs; o++) {
      int to = o / CHANNELS * taps * CHANNELS + o % CHANNELS;
      for (int k = 0; k < taps; k++) {
        packed[to + k * CHANNELS] = k < own ? filter.weight().data()[k * outputs + o] : -0f;
      }
    }
    return packed;
  }

  /** Tiles needed for all output channels. */
  static int blocks(Filter filter) {
    return (filter.outputs() + CHANNELS - 1) / CHANNELS;
  }
}
