package kintsugi.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * One convolution of a network at one picture size: which tiles there are, where their windows
 * start and where their results go.
 *
 * <p>Where a window's row is short (the stem, 7 pixels of 3 channels) the kernel would spend its
 * time starting and ending loops, and where it is odd it does not fit the kernel's rounds. There
 * each tile's windows are first copied side by side, once for all blocks of output channels, and
 * the kernel runs through each as one long row, filled up with zeros.
 */
final class VectorConvolution implements PlannedConvolution {
  private static final VectorSpecies<Float> SPECIES = ConvolutionKernel.SPECIES;
  private static final int LANES = SPECIES.length();
  private static final int PIXELS = ConvolutionKernel.PIXELS;
  private static final int CHANNELS = ConvolutionKernel.CHANNELS;
  private static final int STEPS = ConvolutionKernel.STEPS;

  /** Rows of a window shorter than this are copied side by side. */
  private static final int SHORT_ROW = 64;

  /** Parts for each thread when threads share a picture: some slack for a thread that is late. */
  private static final int PARTS = 4;

  private final Step.Convolution step;
  private final Packed packed;
  private final Plan.Place in;
  private final Plan.Place out;
  private final ConvolutionEnd end;
  private final int[] corners;
  private final int[] gathered;
  private final int rowLength;
  private final int taps;
  private final int pixels;

  /** Scratch memory holds a tile's sums and behind them, where they are gathered, its windows. */
  private final int windows;

  private final Part whole;
  private final List<Part> parts;

  /** Some tiles of some blocks of output channels. */
  private record Part(int firstBlock, int endBlock, int firstTile, int endTile) {}

  /**
   * A filter in the kernel's layout; the bias is filled up with zeros to whole tiles.
   *
   * @param taps numbers of a window, filled up to whole rounds where windows are gathered
   * @param gathers whether windows are copied side by side
   */
  record Packed(float[] weights, float[] bias, int taps, boolean gathers) {
    static Packed of(Filter filter) {
      int row = filter.width() * filter.inputs();
      boolean gathers = row % STEPS != 0 || row < SHORT_ROW && filter.height() > 1;
      int taps = (filter.height() * row + STEPS - 1) / STEPS * STEPS;
      int channels = ConvolutionKernel.blocks(filter) * CHANNELS;
      float[] bias = Arrays.copyOf(filter.bias().data(), channels);
      return new Packed(ConvolutionKernel.pack(filter, taps), bias, taps, gathers);
    }
  }

  VectorConvolution(Step.Convolution step, Packed packed, Plan plan, int threads) {
    this.step = step;
    this.packed = packed;
    this.in = plan.place(step.input());
    this.out = plan.place(step.output());
    this.end = new ConvolutionEnd(step, plan);
    this.rowLength = step.filter().width() * in.channels();
    this.taps = packed.taps;
    this.pixels = out.height() * out.width();
    this.corners = corners();
    this.windows = PIXELS * packed.bias.length;
    this.gathered = new int[PIXELS];
    Arrays.setAll(gathered, p -> windows + p * taps);
    int blocks = ConvolutionKernel.blocks(step.filter());
    int tiles = (pixels + PIXELS - 1) / PIXELS;
    this.whole = new Part(0, blocks, 0, tiles);
    this.parts = parts(whole, PARTS * threads);
  }

  /** For every output pixel, row by row, where its window starts; at least one whole tile. */
  private int[] corners() {
    int[] all = new int[Math.max(pixels, PIXELS)];
    for (int p = 0; p < pixels; p++) {
      int y = p / out.width() * step.stride() - step.padding();
      int x = p % out.width() * step.stride() - step.padding();
      all[p] = in.at(y, x);
    }
    Arrays.fill(all, pixels, all.length, all[pixels - 1]);
    return all;
  }

  /** Divides by blocks where there are enough, so that every weight is read once; else by tiles. */
  private List<Part> parts(Part all, int wanted) {
    List<Part> divided = new ArrayList<>();
    boolean byBlocks = all.endBlock >= wanted && !packed.gathers;
    int range = byBlocks ? all.endBlock : all.endTile;
    int count = Math.min(wanted, range);
    for (int i = 0; i < count; i++) {
      int first = (int) ((long) range * i / count);
      int end = (int) ((long) range * (i + 1) / count);
      divided.add(
          byBlocks ? new Part(first, end, 0, all.endTile) : new Part(0, all.endBlock, first, end));
    }
    return divided;
  }

  @Override
  public int scratch() {
    return windows + (packed.gathers ? PIXELS * taps + LANES : 0);
  }

  @Override
  public int parts() {
    return parts.size();
  }

  @Override
  public void runPart(int part, float[][] activations, float[] scratch) {
    run(parts.get(part), activations, scratch);
  }

  @Override
  public void runWhole(float[][] activations, float[] scratch) {
    run(whole, activations, scratch);
  }

  private void run(Part part, float[][] activations, float[] scratch) {
    if (packed.gathers) {
      gathered(part, activations, scratch);
    } else {
      direct(part, activations, scratch);
    }
  }

  /** Blocks outside, tiles inside: a block's weights stay in the cache. */
  private void direct(Part part, float[][] activations, float[] tile) {
    float[] input = activations[in.buffer()];
    for (int block = part.firstBlock; block < part.endBlock; block++) {
      for (int t = part.firstTile; t < part.endTile; t++) {
        int pixel = firstPixel(t);
        ConvolutionKernel.tile(
            input,
            corners,
            pixel,
            in.rowStride(),
            step.filter().height(),
            rowLength,
            packed.weights,
            block * taps * CHANNELS,
            packed.bias,
            block * CHANNELS,
            tile,
            0,
            CHANNELS);
        int channels = Math.min(CHANNELS, out.channels() - block * CHANNELS);
        store(tile, CHANNELS, channels, activations, pixel, block * CHANNELS);
      }
    }
  }

  /** Tiles outside, blocks inside: a tile's windows are copied once. */
  private void gathered(Part part, float[][] activations, float[] scratch) {
    float[] input = activations[in.buffer()];
    int padded = packed.bias.length;
    for (int t = part.firstTile; t < part.endTile; t++) {
      int pixel = firstPixel(t);
      gather(input, pixel, scratch);
      for (int block = part.firstBlock; block < part.endBlock; block++) {
        ConvolutionKernel.tile(
            scratch,
            gathered,
            0,
            0,
            1,
            taps,
            packed.weights,
            block * taps * CHANNELS,
            packed.bias,
            block * CHANNELS,
            scratch,
            block * CHANNELS,
            padded);
      }
      store(scratch, padded, out.channels(), activations, pixel, 0);
    }
  }

  /**
   * Copies the windows of a tile's pixels. Whole vectors are copied, so that each row spills over
   * its end; the next row, or at last the filling, is written over that.
   */
  private void gather(float[] input, int pixel, float[] scratch) {
    for (int p = 0; p < PIXELS; p++) {
      int from = corners[pixel + p];
      int to = windows + p * taps;
      for (int row = 0; row < step.filter().height(); row++) {
        for (int i = 0; i < rowLength; i += LANES) {
          FloatVector.fromArray(SPECIES, input, from + i).intoArray(scratch, to + i);
        }
        from += in.rowStride();
        to += rowLength;
      }
      for (int filling = windows + (p + 1) * taps; to < filling; to++) {
        scratch[to] = 0;
      }
    }
  }

  /** Where a tile starts; the last one is moved back and does some pixels again. */
  private int firstPixel(int tile) {
    return Math.min(tile * PIXELS, Math.max(0, pixels - PIXELS));
  }

  /** Puts the sums of a tile's pixels, {@code stride} apart, in their places. */
  private void store(
      float[] sums,
      int stride,
      int channels,
      float[][] activations,
      int firstPixel,
      int firstChannel) {
    int count = Math.min(PIXELS, pixels);
    int y = firstPixel / out.width();
    int x = firstPixel % out.width();
    for (int p = 0; p < count; p++) {
      end.put(sums, p * stride, channels, activations, y, x, firstChannel);
      x++;
      if (x == out.width()) {
        x = 0;
        y++;
      }
    }
  }
}
