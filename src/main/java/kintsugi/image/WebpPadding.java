package kintsugi.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Zeros after the coded data of a lossless WebP. TwelveMonkeys' reader asks for eight bytes ahead,
 * and where the file has ended it fills in an exception for every value: a flat image of 34 bytes
 * and 268 million pixels then takes many minutes.
 */
final class WebpPadding {
  private static final int LOSSLESS = Integer.reverseBytes(0x5650384c);
  private static final int FIRST_CHUNK = 12;

  /** Twice what is read ahead; an even count, as chunks begin at even places. */
  private static final int ZEROS = 16;

  private WebpPadding() {}

  /** A lossless WebP with zeros; the same array for any other file. */
  static byte[] padded(byte[] file) {
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    if (file.length < FIRST_CHUNK || bytes.getInt(0) != Integer.reverseBytes(ImageHeader.RIFF)) {
      return file;
    }
    int at = FIRST_CHUNK;
    while (at <= file.length - 8) {
      int length = bytes.getInt(at + 4);
      if (length < 0 || length > file.length - at - 8) {
        return file;
      }
      if (bytes.getInt(at) == LOSSLESS) {
        return padded(file, at, at + 8 + length);
      }
      at += 8 + length + (length & 1);
    }
    return file;
  }

  private static byte[] padded(byte[] file, int chunk, int end) {
    byte[] padded = Arrays.copyOf(file, file.length + ZEROS);
    Arrays.fill(padded, end, end + ZEROS, (byte) 0);
    System.arraycopy(file, end, padded, end + ZEROS, file.length - end);
    ByteBuffer bytes = ByteBuffer.wrap(padded).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(4, bytes.getInt(4) + ZEROS);
    bytes.putInt(chunk + 4, bytes.getInt(chunk + 4) + ZEROS);
    return padded;
  }
}
