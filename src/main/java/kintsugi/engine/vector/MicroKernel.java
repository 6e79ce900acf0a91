package kintsugi.engine.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import kintsugi.engine.Filter;

/**
 * The micro-kernel of a convolution: a tile of output pixels times two vectors of output channels,
 * in registers from the bias to the last product.
 *
 * <p>Input is padded NHWC, so a window's columns and channels are adjacent: of four loops remain
 * one over the window's rows and one over the depth {@code k}, {@code kw·ic}. Each iteration loads
 * two vectors of weights and multiplies them by one broadcast input per pixel. The number of pixels
 * depends on the number of vector registers.
 *
 * <p>The order of additions is the specification's (bias, then kh, kw, ic) and lanes never mix, so
 * the bits are the scalar engine's.
 */
final class MicroKernel {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  /** 32 with AVX-512 and on 64-bit ARM, 16 on other x86. */
  private static final boolean MANY_REGISTERS =
      SPECIES.vectorBitSize() >= 512 || System.getProperty("os.arch").equals("aarch64");

  /** Output pixels of a tile. */
  static final int PIXELS = MANY_REGISTERS ? Tile8x2.PIXELS : Tile4x2.PIXELS;

  /** Iterations over the depth that are unrolled; the depth must be a multiple. */
  static final int UNROLL = 2;

  /** Output channels of a tile. */
  static final int CHANNELS = 2 * SPECIES.length();

  private MicroKernel() {}

  /**
   * Computes one tile.
   *
   * @param in a padded image
   * @param offset the window offset of each pixel in {@code in}; read from {@code pixel} on
   * @param rowStride elements from one row of {@code in} to the next
   * @param rows rows of the window
   * @param depth columns of the window times channels, a multiple of {@link #UNROLL}
   * @param weights a panel {@code [rows][depth][CHANNELS]} from {@code weightsAt} on
   * @param bias {@code [CHANNELS]} from {@code biasAt} on
   * @param out receives {@code [PIXELS][CHANNELS]} from {@code outAt} on, pixels {@code outStride}
   *     elements apart
   */
  static void tile(
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
    tile(
        PIXELS, in, offset, pixel, rowStride, rows, depth, weights, weightsAt, bias, biasAt, out,
        outAt, outStride);
  }

  /** Computes a tile of which only the first {@code wanted} pixels matter. */
  static void tile(
      int wanted,
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
    if (MANY_REGISTERS && wanted > Tile4x2.PIXELS) {
      Tile8x2.compute(
          in, offset, pixel, rowStride, rows, depth, weights, weightsAt, bias, biasAt, out, outAt,
          outStride);
    } else {
      Tile4x2.compute(
          in, offset, pixel, rowStride, rows, depth, weights, weightsAt, bias, biasAt, out, outAt,
          outStride);
    }
  }

  /**
   * Packs a filter into panels: {@code [O / CHANNELS][K][CHANNELS]}, zeros after {@code O}.
   *
   * @param depth {@code K}: at least the filter's {@code KH·KW·I}; the padding beyond it has the
   *     weight −0, which changes no bit of any sum when multiplied by +0
   */
  static float[] pack(Filter filter, int depth) {
    int outputs = filter.outputs();
    int own = filter.weight().size() / outputs;
    float[] packed = new float[panels(filter) * depth * CHANNELS];
    for (int o = 0; o < outputs; o++) {
      int to = o / CHANNELS * depth * CHANNELS + o % CHANNELS;
      for (int k = 0; k < depth; k++) {
        packed[to + k * CHANNELS] = k < own ? filter.weight().data()[k * outputs + o] : -0f;
      }
    }
    return packed;
  }

  /** Panels that hold all output channels. */
  static int panels(Filter filter) {
    return (filter.outputs() + CHANNELS - 1) / CHANNELS;
  }
}
