package kintsugi.engine.vector;

import java.util.Arrays;
import kintsugi.engine.Filter;
import kintsugi.engine.Layer;
import kintsugi.engine.Parallel;

/**
 * A 3x3 convolution of stride 1 by {@link Winograd}'s algorithm. The images are cut into squares; a
 * strip of them at a time is transformed, multiplied (one matrix product per position in the
 * square, on the same micro-kernel as a direct convolution), and transformed back.
 *
 * <p>The strip's products stay in the cache between the three phases. Each strip reads all weights,
 * of which deep layers have many and their images few squares: so the squares of several images
 * make one strip. Threads that share an image take strips where there are enough of them, else they
 * divide each phase of a strip, so that every weight is read by one of them only.
 *
 * <p>Runs of memory that are read together are skewed by {@link #SKEW} elements, so that they do
 * not fall into the same sets of the cache.
 */
final class WinogradConvolution implements PlannedLayer {
  private static final int PIXELS = MicroKernel.PIXELS;
  private static final int CHANNELS = MicroKernel.CHANNELS;

  /** Elements of a strip's transforms and products, about: they fit the second-level cache. */
  private static final int STRIP = 262_144;

  /** Minimum number of squares per strip, since each strip reads all weights. */
  private static final int MIN_SQUARES = 64;

  /**
   * Parts of a phase per thread when threads share a strip: some slack for a thread that is late.
   */
  private static final int BLOCKS = 4;

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

  WinogradConvolution(Layer.Convolution layer, Packed packed, BufferPlan plan) {
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
    this.strip = Math.ceilDiv(most, PIXELS) * PIXELS;
    this.inputRun = strip * inputs + SKEW;
    this.productRun = strip * outputs + SKEW;
    this.offsets = new int[products * strip];
    Arrays.setAll(offsets, i -> i / strip * inputRun + i % strip * inputs);
    this.zero = new float[packed.bias.length];
  }

  /** Whether one image has too few squares for a strip. */
  boolean gainsByGroups() {
    return squares < strip;
  }

  /** Transformed inputs, products, one square of vectors between its transforms, and results. */
  @Override
  public int scratch() {
    return edgeAt() + winograd.outputs() * winograd.outputs() * outputs;
  }

  @Override
  public void run(float[][][] images, float[] scratch) {
    int all = images.length * squares;
    int length = length(all, 1);
    for (int first = 0; first < all; first += length) {
      strip(first, Math.min(length, all - first), images, scratch);
    }
  }

  private void strip(int first, int count, float[][][] images, float[] scratch) {
    transformInputs(first, 0, count, images, scratch, scratch);
    for (int product = 0; product < products; product++) {
      multiply(product, count, scratch);
    }
    transformOutputs(first, 0, count, images, scratch, scratch);
  }

  @Override
  public void runShared(Parallel parallel, float[][] activations, float[][] scratch) {
    float[][][] image = {activations};
    int threads = parallel.threads();
    int length = length(squares, Math.ceilDiv(squares, strip) > threads ? threads : 1);
    int strips = Math.ceilDiv(squares, length);
    if (strips >= 2 * threads) {
      parallel.forEach(
          strips,
          (i, thread) ->
              strip(i * length, Math.min(length, squares - i * length), image, scratch[thread]));
      return;
    }
    for (int first = 0; first < squares; first += length) {
      sharedStrip(first, Math.min(length, squares - first), parallel, image, scratch);
    }
  }

  /** One strip on all threads, in the first one's scratch memory. */
  private void sharedStrip(
      int first, int count, Parallel parallel, float[][][] image, float[][] scratch) {
    int blocks = Math.min(count, BLOCKS * parallel.threads());
    parallel.forEach(
        blocks,
        (b, thread) -> {
          int from = count * b / blocks;
          int to = count * (b + 1) / blocks;
          transformInputs(first, from, to, image, scratch[0], scratch[thread]);
        });
    parallel.forEach(products, product -> multiply(product, count, scratch[0]));
    parallel.forEach(
        blocks,
        (b, thread) -> {
          int from = count * b / blocks;
          int to = count * (b + 1) / blocks;
          transformOutputs(first, from, to, image, scratch[0], scratch[thread]);
        });
  }

  /** The length of strips of about the same length whose number is a multiple. */
  private int length(int all, int multiple) {
    int strips = Math.ceilDiv(all, strip);
    if (strips > 1) {
      strips = Math.ceilDiv(strips, multiple) * multiple;
    }
    return Math.min(strip, Math.ceilDiv(Math.ceilDiv(all, strips), PIXELS) * PIXELS);
  }

  /**
   * Transforms the squares {@code from} to {@code to} of a strip.
   *
   * @param first the strip's first square, counted over all images
   * @param scratch the strip's
   * @param own the thread's, for one square between its transforms
   */
  private void transformInputs(
      int first, int from, int to, float[][][] images, float[] scratch, float[] own) {
    for (int s = from; s < to; s++) {
      float[][] activations = images[(first + s) / squares];
      transformInput((first + s) % squares, s, activations[in.buffer()], scratch, own);
    }
  }

  private void transformOutputs(
      int first, int from, int to, float[][][] images, float[] scratch, float[] own) {
    for (int s = from; s < to; s++) {
      float[][] activations = images[(first + s) / squares];
      transformOutput((first + s) % squares, s, activations, scratch, own);
    }
  }

  /** {@code V = Bᵀ·d·B}. */
  private void transformInput(int square, int s, float[] input, float[] scratch, float[] own) {
    int y = square / columns * winograd.outputs() - padding;
    int x = square % columns * winograd.outputs() - padding;
    winograd.input.transform(
        input,
        in.at(y, x),
        inputs,
        in.rowStride(),
        own,
        squareAt(),
        scratch,
        s * inputs,
        inputRun,
        inputs);
  }

  /**
   * {@code M = U·V} at one position of the square, for the first {@code count} squares. The bias
   * goes into position (1, 1), which the output transform adds once to every result. Where a last
   * tile would be mostly empty, the small one takes its place.
   */
  private void multiply(int product, int count, float[] scratch) {
    float[] bias = product == side + 1 ? packed.bias : zero;
    for (int panel = 0; panel < outputs / CHANNELS; panel++) {
      int to = products * inputRun + product * productRun + panel * CHANNELS;
      for (int s = 0; s < count; s += PIXELS) {
        MicroKernel.tile(
            count - s,
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

  /** {@code Y = Aᵀ·M·A}, and the epilogue. */
  private void transformOutput(
      int square, int s, float[][] activations, float[] scratch, float[] own) {
    int size = winograd.outputs();
    int y = square / columns * size;
    int x = square % columns * size;
    int rows = Math.min(size, out.height() - y);
    int width = Math.min(size, out.width() - x);
    int from = products * inputRun + s * outputs;
    if (rows == size && width == size) {
      winograd.output.transform(
          scratch,
          from,
          productRun,
          own,
          squareAt(),
          outputs,
          epilogue.residual(activations),
          epilogue.residualAt(y, x),
          epilogue.residualRow(),
          activations[out.buffer()],
          out.at(y, x),
          out.rowStride(),
          epilogue.minimum);
      return;
    }
    // A square that reaches beyond the edge: what lies inside is taken from scratch memory.
    int edge = edgeAt();
    int row = size * outputs;
    winograd.output.transform(
        scratch,
        from,
        productRun,
        own,
        squareAt(),
        outputs,
        null,
        0,
        0,
        own,
        edge,
        row,
        Float.NEGATIVE_INFINITY);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < width; j++) {
        int sums = edge + i * row + j * outputs;
        epilogue.store(own, sums, outputs, activations, y + i, x + j, 0);
      }
    }
  }

  /** Where in scratch memory the square between its column and row transforms lies. */
  private int squareAt() {
    return products * (inputRun + productRun);
  }

  /** Where the results of a square that reaches beyond the edge lie. */
  private int edgeAt() {
    return squareAt() + products * MicroKernel.SPECIES.length();
  }
}
