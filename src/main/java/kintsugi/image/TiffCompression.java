package kintsugi.image;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** The compressions of TIFF that are undone here: none, PackBits, LZW and deflate. */
final class TiffCompression {
  static final int NONE = 1;
  static final int JPEG = 7;
  private static final int LZW = 5;
  private static final int DEFLATE = 8;
  private static final int PACK_BITS = 32773;
  private static final int OLD_DEFLATE = 32946;

  /** More than any of them expands a byte: LZW to 2730, deflate to 1032. */
  private static final int MAX_RATIO = 4096;

  private static final int CLEAR = 256;
  private static final int END = 257;

  private static final Map<Integer, String> UNSUPPORTED =
      Map.of(
          33003, "JPEG 2000",
          33005, "JPEG 2000",
          34712, "JPEG 2000",
          34925, "LZMA",
          34887, "LERC",
          34892, "lossy JPEG of DNG",
          50000, "zstd",
          50001, "WebP",
          50002, "JPEG XL",
          34676, "SGI LogLuv");

  private TiffCompression() {}

  /** Whether {@link #expand} knows a compression. */
  static boolean isKnown(int compression) {
    return switch (compression) {
      case NONE, LZW, DEFLATE, PACK_BITS, OLD_DEFLATE -> true;
      default -> false;
    };
  }

  /** Whether differences along a row may stand in place of samples. */
  static boolean hasPredictor(int compression) {
    return compression == LZW || compression == DEFLATE || compression == OLD_DEFLATE;
  }

  /** The name of a compression that no reader here knows, or null. */
  static String unsupported(int compression) {
    return UNSUPPORTED.get(compression);
  }

  /**
   * Expands a strip or tile.
   *
   * @param coded its bytes
   * @param length bytes that it holds when expanded
   * @throws IOException if it holds fewer, or is broken
   */
  static byte[] expand(int compression, byte[] coded, int length) throws IOException {
    if (length > MAX_RATIO * (long) coded.length) {
      throw new IOException(
          "it is cut short: a strip or tile of " + length + " bytes has " + coded.length);
    }
    byte[] expanded = new byte[length];
    int count =
        switch (compression) {
          case NONE -> copy(coded, expanded);
          case PACK_BITS -> packBits(coded, expanded);
          case LZW -> lzw(coded, expanded);
          default -> inflate(coded, expanded);
        };
    if (count < length) {
      throw new IOException(
          "it is cut short: "
              + (length - count)
              + " of "
              + length
              + " bytes of a strip or tile are missing");
    }
    return expanded;
  }

  private static int copy(byte[] coded, byte[] to) {
    int count = Math.min(coded.length, to.length);
    System.arraycopy(coded, 0, to, 0, count);
    return count;
  }

  private static int packBits(byte[] coded, byte[] to) {
    int at = 0;
    int count = 0;
    while (at + 1 < coded.length && count < to.length) {
      int head = coded[at++];
      if (head >= 0) {
        int run = Math.min(head + 1, Math.min(coded.length - at, to.length - count));
        System.arraycopy(coded, at, to, count, run);
        at += head + 1;
        count += run;
      } else if (head != -128) {
        int run = Math.min(1 - head, to.length - count);
        Arrays.fill(to, count, count + run, coded[at++]);
        count += run;
      }
    }
    return count;
  }

  private static int inflate(byte[] coded, byte[] to) throws IOException {
    try (Inflater inflater = new Inflater()) {
      inflater.setInput(coded);
      int count = 0;
      while (count < to.length) {
        int more = inflater.inflate(to, count, to.length - count);
        if (more == 0) {
          break;
        }
        count += more;
      }
      return count;
    } catch (DataFormatException e) {
      throw new IOException("its deflated samples are broken", e);
    }
  }

  /**
   * Codes of 9 to 12 bits, high bits first. An entry of the table is a piece of what was written
   * before: where it starts and how long it is.
   */
  private static int lzw(byte[] coded, byte[] to) throws IOException {
    int[] start = new int[4097];
    int[] length = new int[4097];
    int next = END + 1;
    int width = 9;
    int count = 0;
    int previousStart = 0;
    int previousLength = 0;
    long bits = 0;
    int held = 0;
    int at = 0;
    while (count < to.length) {
      while (held < width && at < coded.length) {
        bits = bits << 8 | coded[at++] & 0xff;
        held += 8;
      }
      if (held < width) {
        break;
      }
      held -= width;
      int code = (int) (bits >> held) & (1 << width) - 1;
      if (code == END) {
        break;
      }
      if (code == CLEAR) {
        next = END + 1;
        width = 9;
        previousLength = 0;
        continue;
      }
      if (code > next || code >= next && previousLength == 0 || next > 4096) {
        throw new IOException("its LZW codes are broken");
      }
      int from = code < CLEAR ? -1 : code == next ? previousStart : start[code];
      int run = code < CLEAR ? 1 : code == next ? previousLength + 1 : length[code];
      if (previousLength > 0 && next < 4096) {
        start[next] = previousStart;
        length[next] = previousLength + 1;
        next++;
      }
      previousStart = count;
      previousLength = run;
      for (int i = 0; i < run && count < to.length; i++) {
        to[count++] = from < 0 ? (byte) code : to[from + i];
      }
      // The writers switch one code early.
      width = next + 1 >= 2048 ? 12 : next + 1 >= 1024 ? 11 : next + 1 >= 512 ? 10 : 9;
    }
    return count;
  }
}
