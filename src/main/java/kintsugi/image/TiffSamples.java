package kintsugi.image;

import java.nio.ByteOrder;

/** The layout of the samples of a strip or tile: predictors undone, bits unpacked. */
final class TiffSamples {
  private static final int HORIZONTAL = 2;
  private static final int FLOATING_POINT = 3;

  private final int bits;
  private final int bands;
  private final int predictor;
  private final boolean bigEndian;

  /**
   * A layout.
   *
   * @param bits per sample: 1 to 16, 32 or 64
   * @param bands interleaved in a row
   * @param predictor 1 for none, 2 for differences along a row, 3 for those of floats' bytes
   * @param order of the bytes in samples of 16 bits and more
   */
  TiffSamples(int bits, int bands, int predictor, ByteOrder order) {
    this.bits = bits;
    this.bands = bands;
    this.predictor = predictor;
    // Bytes are put in big-endian order before the floating-point predictor.
    this.bigEndian = order == ByteOrder.BIG_ENDIAN || predictor == FLOATING_POINT;
  }

  /** Bytes of a row of a width in pixels; rows begin at a byte. */
  static long rowBytes(long width, int bands, int bits) {
    return (width * bands * bits + 7) / 8;
  }

  /**
   * The samples of one row, as their bits.
   *
   * @param block expanded bytes; the row's are changed where a predictor is undone
   * @param from where the row begins
   * @param row receives {@code width * bands} samples
   */
  void unpack(byte[] block, int from, long[] row) {
    if (predictor == FLOATING_POINT) {
      gather(block, from, row);
    } else if (bits == 8) {
      for (int i = 0; i < row.length; i++) {
        row[i] = block[from + i] & 0xff;
      }
    } else if (bits % 8 == 0) {
      for (int i = 0; i < row.length; i++) {
        row[i] = whole(block, from + i * (bits / 8));
      }
    } else {
      packed(block, from, row);
    }
    if (predictor == HORIZONTAL) {
      long mask = bits == 64 ? -1 : (1L << bits) - 1;
      for (int i = bands; i < row.length; i++) {
        row[i] = row[i] + row[i - bands] & mask;
      }
    }
  }

  private long whole(byte[] block, int at) {
    int bytes = bits / 8;
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      value = value << 8 | block[bigEndian ? at + i : at + bytes - 1 - i] & 0xff;
    }
    return value;
  }

  /** Samples that share bytes stand with their high bits first in either byte order. */
  private void packed(byte[] block, int from, long[] row) {
    int at = from;
    int held = 0;
    int buffer = 0;
    for (int i = 0; i < row.length; i++) {
      while (held < bits) {
        buffer = buffer << 8 | block[at++] & 0xff;
        held += 8;
      }
      held -= bits;
      row[i] = buffer >> held & (1 << bits) - 1;
    }
  }

  /** Adobe's technical note 3: the first bytes of all samples, then the second bytes, and so on. */
  private void gather(byte[] block, int from, long[] row) {
    int bytes = bits / 8;
    for (int i = bands; i < row.length * bytes; i++) {
      block[from + i] += block[from + i - bands];
    }
    for (int i = 0; i < row.length; i++) {
      long value = 0;
      for (int b = 0; b < bytes; b++) {
        value = value << 8 | block[from + b * row.length + i] & 0xff;
      }
      row[i] = value;
    }
  }
}
