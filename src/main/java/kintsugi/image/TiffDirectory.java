package kintsugi.image;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The first directory of a TIFF or BigTIFF file: its fields as whole numbers, and how many
 * directories, which are pages, follow.
 */
final class TiffDirectory {
  static final int WIDTH = 256;
  static final int HEIGHT = 257;
  static final int BITS = 258;
  static final int COMPRESSION = 259;
  static final int PHOTOMETRIC = 262;
  static final int FILL_ORDER = 266;
  static final int STRIP_OFFSETS = 273;
  static final int SAMPLES = 277;
  static final int ROWS_PER_STRIP = 278;
  static final int STRIP_LENGTHS = 279;
  static final int PLANAR = 284;
  static final int PREDICTOR = 317;
  static final int COLOUR_MAP = 320;
  static final int TILE_WIDTH = 322;
  static final int TILE_HEIGHT = 323;
  static final int TILE_OFFSETS = 324;
  static final int TILE_LENGTHS = 325;
  static final int EXTRA_SAMPLES = 338;
  static final int SAMPLE_FORMAT = 339;
  static final int JPEG_TABLES = 347;
  static final int YCBCR_SUBSAMPLING = 530;
  static final int ICC_PROFILE = 34675;

  private static final int MAX_PAGES = 100_000;

  /** Bytes of a value by the field's type; 0 for a type that holds no whole number. */
  private static final int[] SIZES = {0, 1, 1, 2, 4, 0, 1, 1, 2, 4, 0, 0, 0, 4, 0, 0, 8, 8, 8};

  private final ByteBuffer file;
  private final boolean big;
  private final Map<Integer, long[]> fields = new HashMap<>();
  private final int pages;

  /** Bytes of all fields' values, which do not overlap and so are less than the file's. */
  private long total;

  /**
   * Reads the directory.
   *
   * @param bytes a whole file
   * @throws IOException if the directory is broken
   */
  TiffDirectory(byte[] bytes) throws IOException {
    file = ByteBuffer.wrap(bytes);
    file.order(bytes[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    try {
      big = file.getShort(2) == 43;
      long first = big ? file.getLong(8) : file.getInt(4) & 0xffffffffL;
      file.position(position(first));
      long count = big ? file.getLong() : file.getShort() & 0xffff;
      for (long i = 0; i < count; i++) {
        readField();
      }
      pages = pages(first);
    } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException e) {
      // A position beyond the end is any of these.
      throw new IOException("it is cut short: part of its directory is missing", e);
    }
  }

  static boolean isTiff(byte[] bytes) {
    boolean intel = bytes.length > 8 && bytes[0] == 'I' && bytes[1] == 'I' && bytes[3] == 0;
    boolean motorola = bytes.length > 8 && bytes[0] == 'M' && bytes[1] == 'M' && bytes[2] == 0;
    return intel && (bytes[2] == 42 || bytes[2] == 43)
        || motorola && (bytes[3] == 42 || bytes[3] == 43);
  }

  private int position(long offset) throws IOException {
    if (offset < 0 || offset >= file.capacity()) {
      throw new IOException("it is cut short: its directory is missing");
    }
    return (int) offset;
  }

  private void readField() throws IOException {
    int tag = file.getShort() & 0xffff;
    int type = file.getShort() & 0xffff;
    long count = big ? file.getLong() : file.getInt() & 0xffffffffL;
    int next = file.position() + (big ? 8 : 4);
    int size = type < SIZES.length ? SIZES[type] : 0;
    if (size > 0 && count > 0) {
      if (count > file.capacity() / size) {
        throw new IOException("it is cut short: part of its field " + tag + " is missing");
      }
      total += count * size;
      if (total > file.capacity()) {
        throw new IOException("its fields together are longer than the file");
      }
      boolean inline = count * size <= (big ? 8 : 4);
      if (!inline) {
        file.position(position(big ? file.getLong() : file.getInt() & 0xffffffffL));
      }
      fields.putIfAbsent(tag, values((int) count, size));
    }
    file.position(next);
  }

  private long[] values(int count, int size) {
    long[] values = new long[count];
    for (int i = 0; i < count; i++) {
      values[i] =
          switch (size) {
            case 1 -> file.get() & 0xff;
            case 2 -> file.getShort() & 0xffff;
            case 4 -> file.getInt() & 0xffffffffL;
            default -> file.getLong();
          };
    }
    return values;
  }

  /** Follows the chain of directories, which may be broken or closed in a ring. */
  private int pages(long first) {
    Set<Long> seen = new HashSet<>();
    long at = first;
    while (at > 0 && at + 8 < file.capacity() && seen.size() < MAX_PAGES && seen.add(at)) {
      long count = big ? file.getLong((int) at) : file.getShort((int) at) & 0xffff;
      long link = at + (big ? 8 + 20 * count : 2 + 12 * count);
      if (count < 0 || link < 0 || link + (big ? 8 : 4) > file.capacity()) {
        break;
      }
      at = big ? file.getLong((int) link) : file.getInt((int) link) & 0xffffffffL;
    }
    return seen.size();
  }

  /** Images in the file. */
  int pages() {
    return pages;
  }

  ByteOrder order() {
    return file.order();
  }

  boolean has(int tag) {
    return fields.containsKey(tag);
  }

  /** The values of a field, or nothing. */
  long[] all(int tag) {
    return fields.getOrDefault(tag, new long[0]);
  }

  /** The first value of a field. */
  long get(int tag, long absent) {
    return has(tag) ? all(tag)[0] : absent;
  }

  /**
   * A field that must lie within a range.
   *
   * @throws IOException if it does not
   */
  int get(int tag, int absent, int minimum, int maximum) throws IOException {
    long value = get(tag, absent);
    if (value < minimum || value > maximum) {
      throw new IOException("its field " + tag + " is " + value);
    }
    return (int) value;
  }

  /** The bytes of a field of bytes. */
  byte[] bytes(int tag) {
    long[] values = all(tag);
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  /**
   * The coded bytes of a strip or tile.
   *
   * @throws IOException if they do not lie within the file
   */
  byte[] block(long offset, long length) throws IOException {
    if (offset < 0 || length < 0 || offset + length > file.capacity() || offset + length < 0) {
      throw new IOException("it is cut short: a strip or tile is missing");
    }
    return Arrays.copyOfRange(file.array(), (int) offset, (int) (offset + length));
  }
}
