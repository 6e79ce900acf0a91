package kintsugi.engine.vector;

import java.util.Arrays;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Filter;
import kintsugi.engine.Layer;

/**
 * A 3x3 convolution of stride 1 by {@link Winograd}'s algorithm. The image is cut into squares; a
 * strip of them at a time is transformed, multiplied (one matrix product per position in the
 * square, on the same micro-kernel as a direct convolution), and transformed back.
 *
 * <p>The strip's products stay in the cache between the three phases. Runs of memory that are read
 * together are skewed by {@link #SKEW} elements, so that they do not fall into the same sets of the
 * cache.
 */
final class WinogradConvolution implements PlannedConvolution {
  private static final int PIXELS = MicroKernel.PIXELS;
  private static final int CHANNELS = MicroKernel.CHANNELS;

  /** Elements of a strip's transforms and products, about: they fit the second-level cache. */
  private static final int STRIP = 262_144;

  /** Minimum number of squares per strip, since each strip reads all weights. */
  private static final int MIN_SQUARES = 64;

  /** Squares of 4x4 results from which on F(4x4) pays for its larger weights. */
  private static final int F4_SQUARES = 32;

  private static final int SKEW = 16;

  private final Winograd winograd;
  private final Packed packed;
  private final BufferPlan.Place in;
  private final BufferPlan.Place out;
  private final Epilogue epilogue;
  private final int padding;
  private final int side;
  private final int products;
  private final int columns;
  private final int squares;
  private final int strip;
  private final int[] offsets;
  private final int inputs;
  private final int outputs;
  private final int inputRun;
  private final int productRun;
  private final float[] zero;

  /** Transformed and packed weights, and the bias padded to whole panels. */
  record Packed(Winograd winograd, float[][] weights, float[] bias) {
    static Packed of(Winograd winograd, Filter filter) {
      int channels = MicroKernel.panels(filter) * CHANNELS;
      float[] bias = Arrays.copyOf(filter.bias().data(), channels);
      return new Packed(winograd, winograd.weights(filter), bias);
    }
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
    return how == Convolutions.WINOGRAD4 && large ? Winograd.F4 : Winograd.F2;
  }

  /** Whether a layer is 3x3 of stride 1, with whole panels of input and output channels. */
  private static boolean fits(Layer.Convolution layer) {
    Filter filter = layer.filter();
    return filter.height() == 3
        && filter.width() == 3
        && layer.stride() == 1
        && filter.inputs() % CHANNELS == 0
        && filter.outputs() % CHANNELS == 0;
  }

  /** The zeros that the input needs on each side so that the last squares stay inside. */
  static int padding(Winograd winograd, Layer.Convolution layer) {
    return layer.padding() + winograd.outputs() - 1;
  }

  WinogradConvolution(Layer.Convolution layer, Packed packed, BufferPlan plan, int threads) {
    this.winograd = packed.winograd;
    this.packed = packed;
    this.in = plan.place(layer.input());
    this.out = plan.place(layer.output());
    this.epilogue = new Epilogue(layer, plan);
    this.padding = layer.padding();
    this.side = winograd.inputs();
    this.products = side * side;
    this.columns = Math.ceilDiv(out.width(), winograd.outputs());
    this.squares = columns * Math.ceilDiv(out.height(), winograd.outputs());
    this.inputs = in.channels();
    this.outputs = out.channels();
    int most = Math.max(MIN_SQUARES, STRIP / (products * (inputs + outputs)));
    int strips = Math.ceilDiv(Math.ceilDiv(squares, most), threads) * threads;
    this.strip = Math.ceilDiv(Math.ceilDiv(squares, strips), PIXELS) * PIXELS;
    this.inputRun = strip * inputs + SKEW;
    this.productRun = strip * outputs + SKEW;
    this.offsets = new int[products * strip];
    Arrays.setAll(offsets, i -> i / strip * inputRun + i % strip * inputs);
    this.zero = new float[packed.bias.length];
  }

  /** Transformed inputs, products, and one square between its column and row transforms. */
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
   * {@code M = U·V} at every position of the square. The bias goes into position (1, 1), which the
   * output transform adds once to every result.
   */
  private void multiply(int count, float[] scratch) {
    int panels = outputs / CHANNELS;
    int productsAt = products * inputRun;
    for (int product = 0; product < products; product++) {
      float[] bias = product == side + 1 ? packed.bias : zero;
      for (int panel = 0; panel < panels; panel++) {
        int to = productsAt + product * productRun + panel * CHANNELS;
        for (int s = 0; s < count; s += PIXELS) {
          MicroKernel.tile(
              scratch,
              offsets,
              product * strip + s,
              0,
              1,
              inputs,
              packed.weights[product],
              panel * inputs * CHANNELS,
              bias,
              panel * CHANNELS,
              scratch,
              to + s * outputs,
              outputs);
        }
      }
    }
  }

  /** {@code Y = Aᵀ·M·A}: down the columns, then along the rows; results outside are dropped. */
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
        epilogue.store(scratch, at + column * run, outputs, activations, y + row, x + column, 0);
      }
    }
  }
}
