package kintsugi.image;

import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;

/**
 * The decoder of lossy WebP: a VP8 key frame (RFC 6386). The reader library at hand filters a
 * macroblock's edges before its neighbours exist and repeats chroma instead of interpolating it,
 * which is up to 98 levels from what every other program shows.
 */
final class Vp8 {
  private static final int B_PREDICTION = 4;
  private static final int[] ZIGZAG = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};
  private static final int[] BANDS = {0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0};
  private static final int[][] LARGE = {
    {173, 148, 140},
    {176, 155, 140, 135},
    {180, 157, 141, 134, 130},
    {254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129}
  };

  /** Where each block begins: luma 0 to 15, then four of U and four of V, then the means Y2. */
  private static final int Y2 = 24;

  final Vp8Header header;
  final int columns;
  final int rows;
  final Vp8Plane luma;
  final Vp8Plane[] chroma;

  /** Per macroblock the level of the loop filter, and whether it filters between subblocks too. */
  final int[] levels;

  final boolean[] inner;

  private final int[] coefficients = new int[25 * 16];
  private final int[][] aboveModes;
  private final int[] leftModes = new int[4];

  /** Whether the blocks above and to the left have coefficients: 4 Y, 2 U, 2 V, Y2. */
  private final int[][] aboveCounts;

  private final int[] leftCounts = new int[9];
  private final int[] modes = new int[16];
  private final int[] aboveRight = new int[4];

  private Vp8(Vp8Header header) {
    this.header = header;
    columns = Math.ceilDiv(header.width, 16);
    rows = Math.ceilDiv(header.height, 16);
    luma = new Vp8Plane(columns * 16, rows * 16);
    chroma =
        new Vp8Plane[] {new Vp8Plane(columns * 8, rows * 8), new Vp8Plane(columns * 8, rows * 8)};
    levels = new int[columns * rows];
    inner = new boolean[columns * rows];
    aboveModes = new int[columns][4];
    aboveCounts = new int[columns][9];
  }

  /**
   * The RGB values of a frame.
   *
   * @param frame the content of the chunk "VP8 "
   * @param file that has the chunk
   * @param decoding has the limit of pixels
   * @return {@code height * width * 3} bytes
   * @throws IOException if it is broken or cut short
   */
  static Pixels decode(byte[] frame, EncodedImage file, Decoding decoding) throws IOException {
    Vp8Header header = new Vp8Header(frame);
    file.requireSize(header.width, header.height, decoding.maxPixels());
    Vp8 vp8 = new Vp8(header);
    vp8.reconstruct();
    Vp8Filter.apply(vp8);
    return Vp8Colours.rgb(vp8);
  }

  private void reconstruct() throws IOException {
    for (int row = 0; row < rows; row++) {
      Vp8Bits tokens = header.partitions[row % header.partitions.length];
      Arrays.fill(leftModes, 0);
      Arrays.fill(leftCounts, 0);
      for (int column = 0; column < columns; column++) {
        macroblock(column, row, tokens);
      }
      if (tokens.hasRunOut() || header.bits.hasRunOut()) {
        throw new EOFException();
      }
    }
  }

  private void macroblock(int column, int row, Vp8Bits tokens) {
    Vp8Bits bits = header.bits;
    int segment = 0;
    if (header.updatesSegments) {
      int[] p = header.segmentProbabilities;
      segment = bits.bit(p[0]) == 0 ? bits.bit(p[1]) : 2 + bits.bit(p[2]);
    }
    boolean skipped = header.skipProbability >= 0 && bits.bit(header.skipProbability) == 1;
    int mode = lumaMode(bits);
    if (mode == B_PREDICTION) {
      subblockModes(bits, aboveModes[column]);
    } else {
      Arrays.fill(aboveModes[column], mode);
      Arrays.fill(leftModes, mode);
    }
    int chromaMode = chromaMode(bits);
    Arrays.fill(coefficients, 0);
    boolean any = !skipped && residuals(tokens, column, mode, header.factors[segment]);
    if (skipped) {
      forget(aboveCounts[column], mode);
      forget(leftCounts, mode);
    }
    int level = header.filterLevels[segment];
    level += mode == B_PREDICTION ? header.filterOfSubblocks : 0;
    levels[row * columns + column] = Math.clamp(level, 0, 63);
    inner[row * columns + column] = any || mode == B_PREDICTION;
    predict(column, row, mode, chromaMode);
  }

  private static void forget(int[] counts, int mode) {
    Arrays.fill(counts, 0, 8, 0);
    if (mode != B_PREDICTION) {
      counts[8] = 0;
    }
  }

  private static int lumaMode(Vp8Bits bits) {
    if (bits.bit(145) == 0) {
      return B_PREDICTION;
    }
    if (bits.bit(156) == 0) {
      return bits.bit(163) == 0 ? Vp8Plane.DC : Vp8Plane.VERTICAL;
    }
    return bits.bit(128) == 0 ? Vp8Plane.HORIZONTAL : Vp8Plane.TRUE_MOTION;
  }

  private static int chromaMode(Vp8Bits bits) {
    if (bits.bit(142) == 0) {
      return Vp8Plane.DC;
    }
    if (bits.bit(114) == 0) {
      return Vp8Plane.VERTICAL;
    }
    return bits.bit(183) == 0 ? Vp8Plane.HORIZONTAL : Vp8Plane.TRUE_MOTION;
  }

  private void subblockModes(Vp8Bits bits, int[] above) {
    for (int y = 0; y < 4; y++) {
      for (int x = 0; x < 4; x++) {
        int mode = subblockMode(bits, (above[x] * 10 + leftModes[y]) * 9);
        modes[y * 4 + x] = mode;
        above[x] = mode;
        leftModes[y] = mode;
      }
    }
  }

  private static int subblockMode(Vp8Bits bits, int at) {
    int[] p = Vp8Tables.SUBBLOCK_MODES;
    if (bits.bit(p[at]) == 0) {
      return 0;
    }
    if (bits.bit(p[at + 1]) == 0) {
      return 1;
    }
    if (bits.bit(p[at + 2]) == 0) {
      return 2;
    }
    if (bits.bit(p[at + 3]) == 0) {
      if (bits.bit(p[at + 4]) == 0) {
        return 3;
      }
      return bits.bit(p[at + 5]) == 0 ? 5 : 6;
    }
    if (bits.bit(p[at + 6]) == 0) {
      return 4;
    }
    if (bits.bit(p[at + 7]) == 0) {
      return 7;
    }
    return bits.bit(p[at + 8]) == 0 ? 8 : 9;
  }

  /** Reads the coefficients of a macroblock; whether there are any. */
  private boolean residuals(Vp8Bits tokens, int column, int mode, int[] factors) {
    int[] above = aboveCounts[column];
    boolean any = false;
    int type = 3;
    if (mode != B_PREDICTION) {
      int end = block(tokens, 1, above[8] + leftCounts[8], 0, Y2, factors[2], factors[3]);
      above[8] = leftCounts[8] = end > 0 ? 1 : 0;
      spreadMeans();
      type = 0;
    }
    int first = type == 0 ? 1 : 0;
    for (int i = 0; i < 16; i++) {
      int context = above[i % 4] + leftCounts[i / 4];
      int end = block(tokens, type, context, first, i, factors[0], factors[1]);
      above[i % 4] = leftCounts[i / 4] = end > first ? 1 : 0;
      any |= end > 1 || coefficients[i * 16] != 0;
    }
    for (int i = 0; i < 8; i++) {
      int x = 4 + i / 4 * 2 + i % 2;
      int y = 4 + i / 4 * 2 + i / 2 % 2;
      int end = block(tokens, 2, above[x] + leftCounts[y], 0, 16 + i, factors[4], factors[5]);
      above[x] = leftCounts[y] = end > 0 ? 1 : 0;
      any |= end > 0;
    }
    return any;
  }

  /** Reads a block's coefficients; the index after the last one. */
  private int block(
      Vp8Bits tokens, int type, int context, int first, int block, int factor, int further) {
    int[] p = header.probabilities;
    int n = first;
    int at = probability(type, n, context);
    while (n < 16) {
      if (tokens.bit(p[at]) == 0) {
        return n;
      }
      while (tokens.bit(p[at + 1]) == 0) {
        n++;
        if (n == 16) {
          return 16;
        }
        at = probability(type, n, 0);
      }
      int value = tokens.bit(p[at + 2]) == 0 ? 1 : large(tokens, p, at);
      at = probability(type, n + 1, value == 1 ? 1 : 2);
      int signed = tokens.bit(128) == 1 ? -value : value;
      coefficients[block * 16 + ZIGZAG[n]] = signed * (n == 0 ? factor : further);
      n++;
    }
    return 16;
  }

  private static int probability(int type, int n, int context) {
    return ((type * 8 + BANDS[n]) * 3 + context) * 11;
  }

  /** A value of 2 and more (section 13.2). */
  private static int large(Vp8Bits tokens, int[] p, int at) {
    if (tokens.bit(p[at + 3]) == 0) {
      return tokens.bit(p[at + 4]) == 0 ? 2 : 3 + tokens.bit(p[at + 5]);
    }
    if (tokens.bit(p[at + 6]) == 0) {
      if (tokens.bit(p[at + 7]) == 0) {
        return 5 + tokens.bit(159);
      }
      int value = 7 + 2 * tokens.bit(165);
      return value + tokens.bit(145);
    }
    int high = tokens.bit(p[at + 8]);
    int category = 2 * high + tokens.bit(p[at + 9 + high]);
    int value = 0;
    for (int probability : LARGE[category]) {
      value = 2 * value + tokens.bit(probability);
    }
    return value + 3 + (8 << category);
  }

  /** The inverse transform of Y2 to the first coefficients of luma (section 14.3). */
  private void spreadMeans() {
    int[] half = new int[16];
    for (int i = 0; i < 4; i++) {
      int at = Y2 * 16 + i;
      int a = coefficients[at] + coefficients[at + 12];
      int b = coefficients[at + 4] + coefficients[at + 8];
      int c = coefficients[at + 4] - coefficients[at + 8];
      int d = coefficients[at] - coefficients[at + 12];
      half[i] = a + b;
      half[8 + i] = a - b;
      half[4 + i] = d + c;
      half[12 + i] = d - c;
    }
    for (int i = 0; i < 4; i++) {
      int a = half[4 * i] + 3 + half[4 * i + 3];
      int b = half[4 * i + 1] + half[4 * i + 2];
      int c = half[4 * i + 1] - half[4 * i + 2];
      int d = half[4 * i] + 3 - half[4 * i + 3];
      coefficients[64 * i] = a + b >> 3;
      coefficients[64 * i + 16] = d + c >> 3;
      coefficients[64 * i + 32] = a - b >> 3;
      coefficients[64 * i + 48] = d - c >> 3;
    }
  }

  private void predict(int column, int row, int mode, int chromaMode) {
    int x = column * 16;
    int y = row * 16;
    if (mode == B_PREDICTION) {
      for (int i = 0; i < 16; i++) {
        int left = x + i % 4 * 4;
        int top = y + i / 4 * 4;
        readAboveRight(column, row, i);
        luma.predictSubblock(left, top, modes[i], aboveRight);
        luma.add(left, top, coefficients, i * 16);
      }
    } else {
      luma.predict(x, y, 16, mode);
      for (int i = 0; i < 16; i++) {
        luma.add(x + i % 4 * 4, y + i / 4 * 4, coefficients, i * 16);
      }
    }
    for (int plane = 0; plane < 2; plane++) {
      chroma[plane].predict(column * 8, row * 8, 8, chromaMode);
      for (int i = 0; i < 4; i++) {
        int from = (16 + plane * 4 + i) * 16;
        chroma[plane].add(column * 8 + i % 2 * 4, row * 8 + i / 2 * 4, coefficients, from);
      }
    }
  }

  /**
   * The pixels above and to the right of a subblock. In the last column of subblocks they are those
   * of the macroblock above and to the right for all rows; beyond the image the last one repeats.
   */
  private void readAboveRight(int column, int row, int subblock) {
    boolean last = subblock % 4 == 3;
    int y = row * 16 + (last ? 0 : subblock / 4 * 4) - 1;
    int x = column * 16 + subblock % 4 * 4 + 4;
    boolean beyond = last && column == columns - 1 && row > 0;
    for (int i = 0; i < 4; i++) {
      aboveRight[i] = luma.values[luma.at(beyond ? x - 1 : x + i, y)] & 0xff;
    }
  }
}
