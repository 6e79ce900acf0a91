package kintsugi.image;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * The bytes of a file for a reader library, which may not go on reading for ever where they end.
 * The library for WebP takes a missing value for 0 and continues: a file of 113 bytes that claims
 * 65536 Huffman codes kept it busy for half a minute.
 */
final class EndedStream extends MemoryCacheImageInputStream {
  /** More than any reader looks ahead. */
  private static final int MOST_BEYOND = 1000;

  private int beyond;

  EndedStream(byte[] bytes) {
    super(new ByteArrayInputStream(bytes));
  }

  @Override
  public int read() throws IOException {
    int value = super.read();
    beyond += value < 0 ? 1 : 0;
    if (beyond > MOST_BEYOND) {
      // Not an EOFException, which the library would pass over.
      throw new IOException("it is cut short: its end is missing");
    }
    return value;
  }
}
