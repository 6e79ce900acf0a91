package kintsugi.image;

import java.io.EOFException;
import java.io.IOException;

/** The header of a VP8 key frame (RFC 6386, sections 9.2 to 9.11). */
final class Vp8Header {
  private static final int TAG = 10;

  final int width;
  final int height;
  final Vp8Bits bits;
  final boolean updatesSegments;
  final int[] segmentProbabilities = {255, 255, 255};
  final boolean simpleFilter;
  final int sharpness;
  final int[] probabilities = Vp8Tables.PROBABILITIES.clone();

  /** The probability that a macroblock has coefficients, -1 where all have. */
  final int skipProbability;

  final Vp8Bits[] partitions;

  /** Per segment the factors of Y, Y2 and UV: the first coefficient's, the others'. */
  final int[][] factors = new int[4][6];

  /** Per segment the level of the loop filter. */
  final int[] filterLevels = new int[4];

  /** Added to the level of a macroblock that is predicted by subblocks. */
  final int filterOfSubblocks;

  final boolean filters;

  private final boolean segmented;
  private boolean absolute = true;
  private final int[] segmentQuantisers = new int[4];
  private final int[] segmentLevels = new int[4];

  /**
   * Reads the header.
   *
   * @throws IOException if it is not that of a key frame
   */
  Vp8Header(byte[] frame) throws IOException {
    if (frame.length < TAG) {
      throw new EOFException();
    }
    int tag = frame[0] & 0xff | (frame[1] & 0xff) << 8 | (frame[2] & 0xff) << 16;
    if ((tag & 1) != 0 || frame[3] != (byte) 0x9d || frame[4] != 1 || frame[5] != 0x2a) {
      throw new IOException("its lossy frame does not begin as a key frame does");
    }
    width = (frame[6] & 0xff | (frame[7] & 0xff) << 8) & 0x3fff;
    height = (frame[8] & 0xff | (frame[9] & 0xff) << 8) & 0x3fff;
    if (width == 0 || height == 0) {
      throw new IOException("its lossy frame has no pixels");
    }
    int first = Math.min(frame.length, TAG + (tag >> 5));
    bits = new Vp8Bits(frame, TAG, first);
    bits.number(2);
    segmented = bits.flag();
    updatesSegments = segmented && readSegments();
    simpleFilter = bits.flag();
    int level = bits.number(6);
    filters = level > 0;
    sharpness = bits.number(3);
    int[] deltas = readFilterDeltas();
    filterOfSubblocks = deltas[1];
    partitions = partitions(frame, first, 1 << bits.number(2));
    readFactors();
    for (int segment = 0; segment < 4; segment++) {
      int own = absolute ? segmentLevels[segment] : level + segmentLevels[segment];
      filterLevels[segment] = (segmented ? own : level) + deltas[0];
    }
    bits.flag();
    for (int i = 0; i < probabilities.length; i++) {
      if (bits.bit(Vp8Tables.UPDATES[i]) == 1) {
        probabilities[i] = bits.number(8);
      }
    }
    skipProbability = bits.flag() ? bits.number(8) : -1;
  }

  private boolean readSegments() {
    boolean map = bits.flag();
    if (bits.flag()) {
      absolute = bits.flag();
      for (int i = 0; i < 4; i++) {
        segmentQuantisers[i] = bits.optional(7);
      }
      for (int i = 0; i < 4; i++) {
        segmentLevels[i] = bits.optional(6);
      }
    }
    for (int i = 0; i < 3 && map; i++) {
      segmentProbabilities[i] = bits.flag() ? bits.number(8) : 255;
    }
    return map;
  }

  /** What key frames, and macroblocks of subblocks, add to the level of the filter. */
  private int[] readFilterDeltas() {
    int[] deltas = new int[8];
    boolean used = bits.flag();
    if (used && bits.flag()) {
      for (int i = 0; i < 8; i++) {
        deltas[i] = bits.optional(6);
      }
    }
    return used ? new int[] {deltas[0], deltas[4]} : new int[2];
  }

  private static Vp8Bits[] partitions(byte[] frame, int sizes, int count) throws IOException {
    Vp8Bits[] partitions = new Vp8Bits[count];
    int from = sizes + 3 * (count - 1);
    if (from > frame.length) {
      throw new EOFException();
    }
    for (int i = 0; i < count; i++) {
      int end = frame.length;
      if (i < count - 1) {
        int at = sizes + 3 * i;
        int size = frame[at] & 0xff | (frame[at + 1] & 0xff) << 8 | (frame[at + 2] & 0xff) << 16;
        end = Math.min(end, from + size);
      }
      partitions[i] = new Vp8Bits(frame, from, end);
      from = end;
    }
    return partitions;
  }

  private void readFactors() {
    int base = bits.number(7);
    int[] deltas = new int[5];
    for (int i = 0; i < 5; i++) {
      deltas[i] = bits.optional(4);
    }
    for (int segment = 0; segment < 4; segment++) {
      int own = absolute ? segmentQuantisers[segment] : base + segmentQuantisers[segment];
      int q = segmented ? own : base;
      int[] to = factors[segment];
      to[0] = Vp8Tables.FIRST[Math.clamp(q + deltas[0], 0, 127)];
      to[1] = Vp8Tables.FURTHER[Math.clamp(q, 0, 127)];
      to[2] = 2 * Vp8Tables.FIRST[Math.clamp(q + deltas[1], 0, 127)];
      to[3] = Math.max(8, Vp8Tables.FURTHER[Math.clamp(q + deltas[2], 0, 127)] * 155 / 100);
      to[4] = Vp8Tables.FIRST[Math.clamp(q + deltas[3], 0, 117)];
      to[5] = Vp8Tables.FURTHER[Math.clamp(q + deltas[4], 0, 127)];
    }
  }
}
