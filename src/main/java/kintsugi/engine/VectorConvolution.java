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
final class VectorConvolution {
  private static final VectorSpecies<Float> SPECIES = ConvolutionKernel.SPECIES;
  private static final int PIXELS = ConvolutionKernel.PIXELS;
  private static final int CHANNELS = ConvolutionKernel.CHANNELS;
  private static final int STEPS = ConvolutionKernel.STEPS;

  /** Scratch memory holds a tile and behind it, where windows are gathered, those of its pixels. */
  private static final int WINDOWS = PIXELS * CHANNELS;

  /** Rows of a window shorter than this are copied side by side. */
  private static final int SHORT_ROW = 64;

  /** Parts for each thread when threads share a picture: some slack for a thread that is late. */
  private static final int PARTS = 4;

  private final Step.Convolution step;
  private final Packed packed;
  private final Plan.Place in;
  private final Plan.Place residual;
  private final Plan.Place out;
  private final int[] corners;
  private final int[] gathered;
  private final int rowLength;
  private final int taps;
  private final int pixels;
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
    this.residual = step.residual() == null ? null : plan.place(step.residual());
    this.out = plan.place(step.output());
    this.rowLength = step.filter().width() * in.channels();
    this.taps = packed.taps;
    this.pixels = out.height() * out.width();
    this.corners = corners();
    this.gathered = new int[PIXELS];
    Arrays.setAll(gathered, p -> WINDOWS + p * taps);
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

  /** Floats of scratch memory that one part wants. */
  int scratch() {
    return WINDOWS + (packed.gathers ? PIXELS * taps : 0);
  }

  /** How many parts can be computed at once. */
  int parts() {
    return parts.size();
  }

  /** Computes one part of one picture. */
  void runPart(int part, float[][] activations, float[] scratch) {
    run(parts.get(part), activations, scratch);
  }

  /** Computes one picture. */
  void runWhole(float[][] activations, float[] scratch) {
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
            tile);
        store(tile, activations, pixel, block * CHANNELS);
      }
    }
  }

  private void gathered(Part part, float[][] activations, float[] scratch) {
    float[] input = activations[in.buffer()];
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
            scratch);
        store(scratch, activations, pixel, block * CHANNELS);
      }
    }
  }

  private void gather(float[] input, int pixel, float[] scratch) {
    int to = WINDOWS;
    for (int p = 0; p < PIXELS; p++) {
      int from = corners[pixel + p];
      for (int row = 0; row < step.filter().height(); row++) {
        System.arraycopy(input, from, scratch, to, rowLength);
        from += in.rowStride();
        to += rowLength;
      }
      to = WINDOWS + (p + 1) * taps;
    }
  }

  /** Where a tile starts; the last one is moved back and does some pixels again. */
  private int firstPixel(int tile) {
    return Math.min(tile * PIXELS, Math.max(0, pixels - PIXELS));
  }

  /** Adds the residual, applies the ReLU, and puts a tile in its place. */
  private void store(float[] tile, float[][] activations, int firstPixel, int firstChannel) {
    float[] to = activations[out.buffer()];
    int channels = Math.min(CHANNELS, out.channels() - firstChannel);
    int count = Math.min(PIXELS, pixels);
    int y = firstPixel / out.width();
    int x = firstPixel % out.width();
    for (int p = 0; p < count; p++) {
      int at = p * CHANNELS;
      if (residual != null) {
        float[] more = activations[residual.buffer()];
        add(tile, at, more, residual.at(y, x) + firstChannel, channels);
      }
      int place = out.at(y, x) + firstChannel;
      if (step.relu()) {
        relu(tile, at, to, place, channels);
      } else {
        System.arraycopy(tile, at, to, place, channels);
      }
      x++;
      if (x == out.width()) {
        x = 0;
        y++;
      }
    }
  }

  private static void add(float[] sum, int at, float[] more, int from, int count) {
    int whole = SPECIES.loopBound(count);
    for (int i = 0; i < whole; i += SPECIES.length()) {
      FloatVector added = FloatVector.fromArray(SPECIES, more, from + i);
      FloatVector.fromArray(SPECIES, sum, at + i).add(added).intoArray(sum, at + i);
    }
    for (int i = whole; i < count; i++) {
      sum[at + i] += more[from + i];
    }
  }

  private static void relu(float[] from, int at, float[] to, int place, int count) {
    int whole = SPECIES.loopBound(count);
    for (int i = 0; i < whole; i += SPECIES.length()) {
      FloatVector.fromArray(SPECIES, from, at + i).max(0).intoArray(to, place + i);
    }
    for (int i = whole; i < count; i++) {
      to[place + i] = Math.max(from[at + i], 0);
    }
  }
}
