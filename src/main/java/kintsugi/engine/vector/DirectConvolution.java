package kintsugi.engine.vector;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import kintsugi.engine.Filter;
import kintsugi.engine.Layer;
import kintsugi.engine.Parallel;

/**
 * A direct convolution of a network at one image size: its tiles, their window offsets and where
 * their results go.
 *
 * <p>Where a window's row is short (the stem, 7 pixels of 3 channels) the micro-kernel would spend
 * its time starting and ending loops, and where its length is odd it does not fit the unrolled
 * loop. There each tile's windows are first gathered, once for all panels of output channels, and
 * the micro-kernel reads each as one long row, padded with zeros.
 */
final class DirectConvolution implements PlannedLayer {
  private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;
  private static final int LANES = SPECIES.length();
  private static final int PIXELS = MicroKernel.PIXELS;
  private static final int CHANNELS = MicroKernel.CHANNELS;

  /** Rows of a window shorter than this are gathered. */
  private static final int SHORT_ROW = 64;

  /** Parts per thread when threads share an image: some slack for a thread that is late. */
  private static final int PARTS = 4;

  private final Layer.Convolution layer;
  private final Packed packed;
  private final BufferPlan.Place in;
  private final int width;
  private final int channels;
  private final Epilogue epilogue;

  /** For every output pixel its window offset in the input. */
  private final int[] offsets;

  /** The same in scratch memory, for the pixels of a tile whose windows are gathered. */
  private final int[] gathered;

  private final int rowLength;
  private final int depth;
  private final int pixels;

  /** Where in scratch memory gathered windows start: behind the tile's sums. */
  private final int windows;

  private final Part whole;
  private final List<Part> parts;

  /** Some tiles of some panels of output channels. */
  private record Part(int firstPanel, int endPanel, int firstTile, int endTile) {}

  /**
   * A filter packed into panels; the bias is padded with zeros to whole panels.
   *
   * @param depth elements of a window, padded to the unrolled loop where windows are gathered
   * @param gathers whether windows are gathered
   */
  record Packed(float[] weights, float[] bias, int depth, boolean gathers) {
    static Packed of(Filter filter) {
      int row = filter.width() * filter.inputs();
      int unroll = MicroKernel.UNROLL;
      int depth = Math.ceilDiv(filter.height() * row, unroll) * unroll;
      int channels = MicroKernel.panels(filter) * CHANNELS;
      float[] bias = Arrays.copyOf(filter.bias().data(), channels);
      return new Packed(
          MicroKernel.pack(filter, depth), bias, depth, DirectConvolution.gathers(filter));
    }
  }

  /** Whether a filter's windows are gathered. */
  static boolean gathers(Filter filter) {
    int row = filter.width() * filter.inputs();
    return row % MicroKernel.UNROLL != 0 || row < SHORT_ROW && filter.height() > 1;
  }

  DirectConvolution(Layer.Convolution layer, Packed packed, BufferPlan plan, int threads) {
    this.layer = layer;
    this.packed = packed;
    this.in = plan.place(layer.input());
    int[] shape = layer.shape(new int[] {in.height(), in.width(), in.channels()});
    this.width = shape[1];
    this.channels = shape[2];
    this.epilogue = new Epilogue(layer, plan);
    this.rowLength = layer.filter().width() * in.channels();
    this.depth = packed.depth;
    this.pixels = shape[0] * width;
    this.offsets = offsets();
    this.windows = PIXELS * packed.bias.length;
    this.gathered = new int[PIXELS];
    Arrays.setAll(gathered, p -> windows + p * depth);
    int panels = MicroKernel.panels(layer.filter());
    this.whole = new Part(0, panels, 0, Math.ceilDiv(pixels, PIXELS));
    this.parts = parts(whole, PARTS * threads);
  }

  /** Row by row; padded with the last pixel's to at least one whole tile. */
  private int[] offsets() {
    int[] all = new int[Math.max(pixels, PIXELS)];
    for (int p = 0; p < pixels; p++) {
      int y = p / width * layer.stride() - layer.padding();
      int x = p % width * layer.stride() - layer.padding();
      all[p] = in.at(y, x);
    }
    Arrays.fill(all, pixels, all.length, all[pixels - 1]);
    return all;
  }

  /** Divides by panels where there are enough, so that every weight is read once; else by tiles. */
  private List<Part> parts(Part all, int wanted) {
    List<Part> divided = new ArrayList<>();
    boolean byPanels = all.endPanel >= wanted && !packed.gathers;
    int range = byPanels ? all.endPanel : all.endTile;
    int count = Math.min(wanted, range);
    for (int i = 0; i < count; i++) {
      int first = (int) ((long) range * i / count);
      int end = (int) ((long) range * (i + 1) / count);
      divided.add(
          byPanels ? new Part(first, end, 0, all.endTile) : new Part(0, all.endPanel, first, end));
    }
    return divided;
  }

  @Override
  public int scratch() {
    return windows + (packed.gathers ? PIXELS * depth + LANES : 0);
  }

  @Override
  public void run(float[][][] images, float[] scratch) {
    for (float[][] activations : images) {
      run(whole, activations, scratch);
    }
  }

  @Override
  public void runShared(Parallel parallel, float[][] activations, float[][] scratch) {
    parallel.forEach(
        parts.size(), (part, thread) -> run(parts.get(part), activations, scratch[thread]));
  }

  private void run(Part part, float[][] activations, float[] scratch) {
    if (packed.gathers) {
      gathered(part, activations, scratch);
    } else {
      direct(part, activations, scratch);
    }
  }

  /** Panels outside, tiles inside: a panel's weights stay in the cache. */
  private void direct(Part part, float[][] activations, float[] tile) {
    float[] input = activations[in.buffer()];
    for (int panel = part.firstPanel; panel < part.endPanel; panel++) {
      for (int t = part.firstTile; t < part.endTile; t++) {
        int pixel = firstPixel(t);
        MicroKernel.tile(
            input,
            offsets,
            pixel,
            in.rowStride(),
            layer.filter().height(),
            rowLength,
            packed.weights,
            panel * depth * CHANNELS,
            packed.bias,
            panel * CHANNELS,
            tile,
            0,
            CHANNELS);
        int count = Math.min(CHANNELS, channels - panel * CHANNELS);
        store(tile, CHANNELS, count, activations, pixel, panel * CHANNELS);
      }
    }
  }

  private void gathered(Part part, float[][] activations, float[] scratch) {
    for (int t = part.firstTile; t < part.endTile; t++) {
      int pixel = firstPixel(t);
      gatheredTile(pixel, activations[in.buffer()], scratch);
      store(scratch, packed.bias.length, channels, activations, pixel, 0);
    }
  }

  /** All channels of a tile's pixels at the start of scratch memory; windows are gathered once. */
  private void gatheredTile(int pixel, float[] input, float[] scratch) {
    gather(input, pixel, scratch);
    for (int panel = 0; panel < packed.bias.length / CHANNELS; panel++) {
      MicroKernel.tile(
          scratch,
          gathered,
          0,
          0,
          1,
          depth,
          packed.weights,
          panel * depth * CHANNELS,
          packed.bias,
          panel * CHANNELS,
          scratch,
          panel * CHANNELS,
          packed.bias.length);
    }
  }

  /**
   * Computes some rows of a convolution whose windows are gathered and that has no residual.
   *
   * @param first row
   * @param end row after the last
   * @param to receives {@code [end − first, width, channels]} from {@code place} on
   */
  void rows(int first, int end, float[][] activations, float[] scratch, float[] to, int place) {
    int from = first * width;
    int last = Math.max(0, end * width - PIXELS);
    for (int tile = from; tile < end * width; tile += PIXELS) {
      int pixel = Math.min(tile, last);
      gatheredTile(pixel, activations[in.buffer()], scratch);
      for (int p = Math.max(pixel, from); p < Math.min(pixel + PIXELS, end * width); p++) {
        int sums = (p - pixel) * packed.bias.length;
        epilogue.store(scratch, sums, channels, null, 0, to, place + (p - from) * channels);
      }
    }
  }

  /**
   * Copies the windows of a tile's pixels one after the other. Whole vectors are copied, so each
   * row spills beyond its end; the next row, or in the end the padding, overwrites that.
   */
  private void gather(float[] input, int pixel, float[] scratch) {
    for (int p = 0; p < PIXELS; p++) {
      int from = offsets[pixel + p];
      int to = windows + p * depth;
      for (int row = 0; row < layer.filter().height(); row++) {
        for (int i = 0; i < rowLength; i += LANES) {
          FloatVector.fromArray(SPECIES, input, from + i).intoArray(scratch, to + i);
        }
        from += in.rowStride();
        to += rowLength;
      }
      for (int end = windows + (p + 1) * depth; to < end; to++) {
        scratch[to] = 0;
      }
    }
  }

  /** A tile's first pixel; the last tile is moved back and computes some pixels again. */
  private int firstPixel(int tile) {
    return Math.min(tile * PIXELS, Math.max(0, pixels - PIXELS));
  }

  /** Finishes and stores the sums of a tile's pixels, which are {@code stride} apart. */
  private void store(
      float[] sums,
      int stride,
      int count,
      float[][] activations,
      int firstPixel,
      int firstChannel) {
    int tile = Math.min(PIXELS, pixels);
    int y = firstPixel / width;
    int x = firstPixel % width;
    for (int p = 0; p < tile; p++) {
      epilogue.store(sums, p * stride, count, activations, y, x, firstChannel);
      x++;
      if (x == width) {
        x = 0;
        y++;
      }
    }
  }
}
