package kintsugi.engine;

import java.util.Arrays;

/**
 * A 3x3 convolution of stride 1 by {@link Winograd}. The picture is cut into squares; a strip of
 * them at a time is transformed, multiplied (one matrix product for each place in the square, on
 * the same kernel as a direct convolution), and transformed back.
 *
 * <p>The strip's products stay in the cache between the three steps. Runs of memory that are read
 * side by side start {@link #SKEW} numbers further each, so that they do not fall into the same
 * sets of the cache.
 */
final class WinogradConvolution implements PlannedConvolution {
  private static final int PIXELS = ConvolutionKernel.PIXELS;
  private static final int CHANNELS = ConvolutionKernel.CHANNELS;

  /** Numbers of a strip's transforms and products, about: they stay in the second-level cache. */
  private static final int STRIP = 262_144;

  /** Squares of a strip, at least: each strip reads all weights. */
  private static final int LEAST = 64;

  private static final int SKEW = 16;

  private final Winograd winograd;
  private final Packed packed;
  private final Plan.Place in;
  private final Plan.Place out;
  private final ConvolutionEnd end;
  private final int padding;
  private final int side;
  private final int products;
  private final int columns;
  private final int squares;
  private final int strip;
  private final int[] corners;
  private final int inputs;
  private final int outputs;
  private final int inputRun;
  private final int productRun;
  private final float[] zero;

  /** Transformed weights and the bias, filled up to whole tiles. */
  record Packed(Winograd winograd, float[][] weights, float[] bias) {
    static Packed of(Winograd winograd, Filter filter) {
      int channels = ConvolutionKernel.blocks(filter) * CHANNELS;
      float[] bias = Arrays.copyOf(filter.bias().data(), channels);
      return new Packed(winograd, winograd.weights(filter), bias);
    }
  }

  /** Whether a step can be done this way: 3x3, stride 1, and whole vectors of input channels. */
  static boolean fits(Step.Convolution step) {
    Filter filter = step.filter();
    return filter.height() == 3
        && filter.width() == 3
        && step.stride() == 1
        && filter.inputs() % CHANNELS == 0
        && filter.outputs() % CHANNELS == 0;
  }

  /** The border of zeros that the input needs so that the last squares stay inside. */
  static int border(Winograd winograd, Step.Convolution step) {
    return step.padding() + winograd.outputs() - 1;
  }

  WinogradConvolution(Step.Convolution step, Packed packed, Plan plan, int threads) {
    this.winograd = packed.winograd;
    this.packed = packed;
    this.in = plan.place(step.input());
    this.out = plan.place(step.output());
    this.end = new ConvolutionEnd(step, plan);
    this.padding = step.padding();
    this.side = winograd.inputs();
    this.products = side * side;
    this.columns = Math.ceilDiv(out.width(), winograd.outputs());
    this.squares = columns * Math.ceilDiv(out.height(), winograd.outputs());
    this.inputs = in.channels();
    this.outputs = out.channels();
    int most = Math.max(LEAST, STRIP / (products * (inputs + outputs)));
    int strips = Math.ceilDiv(Math.ceilDiv(squares, most), threads) * threads;
    this.strip = Math.ceilDiv(Math.ceilDiv(squares, strips), PIXELS) * PIXELS;
    this.inputRun = strip * inputs + SKEW;
    this.productRun = strip * outputs + SKEW;
    this.corners = new int[products * strip];
    Arrays.setAll(corners, i -> i / strip * inputRun + i % strip * inputs);
    this.zero = new float[packed.bias.length];
  }

  /** Transformed inputs, products, and one square on its way between two lines of transforms. */
  @Override
  public int scratch() {
    return products * (inputRun + productRun + Math.max(inputs, outputs) + SKEW);
  }

  @Override
  public int parts() {
    return Math.ceilDiv(squares, strip);
  }

  @Override
  public void runWhole(float[][] activations, float[] scratch) {
    for (int part = 0; part < parts(); part++) {
      runPart(part, activations, scratch);
    }
  }

  @Override
  public void runPart(int part, float[][] activations, float[] scratch) {
    int first = part * strip;
    int count = Math.min(strip, squares - first);
    for (int s = 0; s < count; s++) {
      transformInput(first + s, s, activations[in.buffer()], scratch);
    }
    multiply(count, scratch);
    for (int s = 0; s < count; s++) {
      transformOutput(first + s, s, activations, scratch);
    }
  }

  /** {@code V = Bᵀ·d·B}: down the columns, then along the rows. */
  private void transformInput(int square, int s, float[] input, float[] scratch) {
    int y = square / columns * winograd.outputs() - padding;
    int x = square % columns * winograd.outputs() - padding;
    int between = products * (inputRun + productRun);
    int run = inputs + SKEW;
    for (int column = 0; column < side; column++) {
      int from = in.at(y, x + column);
      winograd.input(
          input, from, in.rowStride(), scratch, between + column * run, side * run, inputs);
    }
    for (int row = 0; row < side; row++) {
      int from = between + row * side * run;
      int to = row * side * inputRun + s * inputs;
      winograd.input(scratch, from, run, scratch, to, inputRun, inputs);
    }
  }

  /**
   * {@code M = U·V} at every place of the square. The bias goes into place (1, 1), which the way
   * back adds once to every result.
   */
  private void multiply(int count, float[] scratch) {
    int blocks = outputs / CHANNELS;
    int productsAt = products * inputRun;
    for (int product = 0; product < products; product++) {
      float[] bias = product == side + 1 ? packed.bias : zero;
      for (int block = 0; block < blocks; block++) {
        int to = productsAt + product * productRun + block * CHANNELS;
        for (int s = 0; s < count; s += PIXELS) {
          ConvolutionKernel.tile(
              scratch,
              corners,
              product * strip + s,
              0,
              1,
              inputs,
              packed.weights[product],
              block * inputs * CHANNELS,
              bias,
              block * CHANNELS,
              scratch,
              to + s * outputs,
              outputs);
        }
      }
    }
  }

  /** {@code Y = Aᵀ·M·A}: down the columns, then along the rows; what is outside is dropped. */
  private void transformOutput(int square, int s, float[][] activations, float[] scratch) {
    int size = winograd.outputs();
    int y = square / columns * size;
    int x = square % columns * size;
    int from = products * inputRun + s * outputs;
    int between = products * (inputRun + productRun);
    int run = outputs + SKEW;
    int rows = Math.min(size, out.height() - y);
    int width = Math.min(size, out.width() - x);
    for (int column = 0; column < side; column++) {
      winograd.output(
          scratch,
          from + column * productRun,
          side * productRun,
          scratch,
          between + column * run,
          side * run,
          outputs);
    }
    for (int row = 0; row < rows; row++) {
      int at = between + row * side * run;
      // In place: a line of results is shorter than the line it comes from.
      winograd.output(scratch, at, run, scratch, at, run, outputs);
      for (int column = 0; column < width; column++) {
        end.put(scratch, at + column * run, outputs, activations, y + row, x + column, 0);
      }
    }
  }
}
