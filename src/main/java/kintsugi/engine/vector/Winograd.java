package kintsugi.engine.vector;

import kintsugi.engine.Convolutions;
import kintsugi.engine.Filter;
import kintsugi.engine.Layer;
import kintsugi.tensor.Tensor;

/**
 * Winograd's minimal filtering with 3x3 kernels: {@code Y = Aᵀ[(G·g·Gᵀ) ⊙ (Bᵀ·d·B)]A}, where d is a
 * square of the input, g the kernel and Y a square of {@code outputs} x {@code outputs} results. It
 * trades multiplications for additions: 2.25 times fewer products for F(2x2,3x3) and 4 times fewer
 * for F(4x4,3x3). The order of additions is not the specification's, so bits differ.
 *
 * <p>Source: Lavin, Gray, <i>Fast Algorithms for Convolutional Neural Networks</i>, 2015, section
 * 4.
 */
enum Winograd {
  /** Squares of 2x2 results from 4x4 inputs. */
  F2(2, WinogradF2.G, WinogradF2::input, WinogradF2::output),

  /** Squares of 4x4 results from 6x6 inputs. */
  F4(4, WinogradF4.G, WinogradF4::input, WinogradF4::output);

  /** Squares of 4x4 results from which on F(4x4) pays for its larger weights. */
  private static final int F4_SQUARES = 12;

  /** The transform of inputs. */
  interface Input {
    /**
     * {@code Bᵀ·d·B} of one square: down its columns, then along its rows, one vector of channels
     * after the other, so that the square between the two passes stays in the first-level cache. A
     * whole square per call, since the compiler does not inline what it finds behind a choice of
     * transforms: a call per line took three times as long.
     *
     * @param image the square's inputs from {@code at} on
     * @param pixel elements from one pixel to the next
     * @param row elements from one row of pixels to the next
     * @param square scratch memory for a square of vectors from {@code squareAt} on
     * @param to receives a run of channels for every product of the square from {@code place} on
     * @param step elements from one product to the next
     * @param channels a multiple of the vector's length
     */
    void transform(
        float[] image,
        int at,
        int pixel,
        int row,
        float[] square,
        int squareAt,
        float[] to,
        int place,
        int step,
        int channels);
  }

  /** The transform of products. */
  interface Output {
    /**
     * {@code Aᵀ·M·A} of one square and the epilogue.
     *
     * @param products a run of channels for every product of the square from {@code at} on
     * @param step elements from one product to the next
     * @param square scratch memory for a square of vectors from {@code squareAt} on
     * @param channels of the layer's result, and elements from one pixel to the next in both images
     * @param added the residual's image, or null
     * @param from where the square's first pixel starts in it
     * @param fromRow elements from one row of it to the next
     * @param to receives the results
     * @param place where the square's first pixel starts in it
     * @param row elements from one row of it to the next
     * @param minimum of every result: 0 for ReLU, −∞ else
     */
    void transform(
        float[] products,
        int at,
        int step,
        float[] square,
        int squareAt,
        int channels,
        float[] added,
        int from,
        int fromRow,
        float[] to,
        int place,
        int row,
        float minimum);
  }

  private final int outputs;
  private final double[][] g;
  final Input input;
  final Output output;

  Winograd(int outputs, double[][] g, Input input, Output output) {
    this.outputs = outputs;
    this.g = g;
    this.input = input;
    this.output = output;
  }

  /**
   * Chooses the transform for a layer.
   *
   * @param height rows of the layer's result
   * @param width columns of the layer's result
   * @return the transform, or null for a direct convolution
   */
  static Winograd choose(Convolutions how, Layer.Convolution layer, int height, int width) {
    if (how == Convolutions.DIRECT || !fits(layer)) {
      return null;
    }
    int squares = Math.ceilDiv(height, 4) * Math.ceilDiv(width, 4);
    boolean large = squares >= F4_SQUARES;
    return how == Convolutions.WINOGRAD4 && large ? F4 : F2;
  }

  /** Whether a layer is 3x3 of stride 1, with whole panels of input and output channels. */
  private static boolean fits(Layer.Convolution layer) {
    Filter filter = layer.filter();
    return filter.height() == 3
        && filter.width() == 3
        && layer.stride() == 1
        && filter.inputs() % MicroKernel.CHANNELS == 0
        && filter.outputs() % MicroKernel.CHANNELS == 0;
  }

  /** The zeros that the input needs on each side so that the last squares stay inside. */
  int padding(Layer.Convolution layer) {
    return layer.padding() + outputs - 1;
  }

  /** Rows and columns of the square of results. */
  int outputs() {
    return outputs;
  }

  /** Rows and columns of the square of inputs, and of the square of products. */
  int inputs() {
    return outputs + 2;
  }

  /**
   * {@code G·g·Gᵀ} of every pair of channels, computed in fp64: for each product of the square the
   * panels ({@link MicroKernel#pack}) of a 1x1 filter.
   *
   * @param filter 3x3
   */
  float[][] weights(Filter filter) {
    int side = inputs();
    float[][] transformed = new float[side * side][];
    for (int product = 0; product < side * side; product++) {
      float[] matrix = transform(filter, g[product / side], g[product % side]);
      Tensor weight = Tensor.of(matrix, 1, 1, filter.inputs(), filter.outputs());
      Filter pointwise = new Filter(weight, filter.bias());
      transformed[product] = MicroKernel.pack(pointwise, filter.inputs());
    }
    return transformed;
  }

  /** One product's weights for every pair of channels: {@code Σ_k row(k/3)·column(k%3)·g(k)}. */
  private static float[] transform(Filter filter, double[] row, double[] column) {
    double[] sums = new double[filter.inputs() * filter.outputs()];
    for (int k = 0; k < 9; k++) {
      double factor = row[k / 3] * column[k % 3];
      if (factor != 0) {
        addScaled(filter.weight().data(), k * sums.length, factor, sums);
      }
    }
    float[] rounded = new float[sums.length];
    for (int i = 0; i < sums.length; i++) {
      rounded[i] = (float) sums[i];
    }
    return rounded;
  }

  private static void addScaled(float[] weights, int from, double factor, double[] sums) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += factor * weights[from + i];
    }
  }
}
