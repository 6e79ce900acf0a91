package kintsugi.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The first directory of a TIFF or BigTIFF file, or of EXIF data, as far as it tells the image's
 * size and orientation.
 */
final class TiffHeader {
  /** The first two bytes of a file whose numbers have their lowest byte first. */
  private static final short LITTLE = 0x4949;

  private static final int WIDTH = 256;
  private static final int HEIGHT = 257;
  private static final int BITS = 258;
  private static final int COMPRESSION = 259;
  private static final int ORIENTATION = 274;
  private static final int SAMPLES = 277;
  private static final int TILE_WIDTH = 322;
  private static final int TILE_HEIGHT = 323;
  private static final int[] TYPE_BYTES = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};

  private final ByteBuffer file;
  private final boolean bigTiff;

  /** The first value of each tag whose values are whole numbers. */
  private final Map<Integer, Long> values = new HashMap<>();

  private TiffHeader(ByteBuffer file) {
    this.file = file;
    this.bigTiff = file.getShort(2) == 43;
    long at = bigTiff ? file.getLong(8) : file.getInt(4) & 0xffffffffL;
    long count = bigTiff ? file.getLong(index(at)) : file.getShort(index(at)) & 0xffff;
    int entry = index(at) + (bigTiff ? 8 : 2);
    for (long i = 0; i < count; i++, entry += bigTiff ? 20 : 12) {
      read(entry);
    }
  }

  private int index(long at) {
    return at < 0 || at > Integer.MAX_VALUE ? Integer.MAX_VALUE : (int) at;
  }

  private void read(int entry) {
    int type = file.getShort(entry + 2) & 0xffff;
    long count = bigTiff ? file.getLong(entry + 4) : file.getInt(entry + 4) & 0xffffffffL;
    int inline = bigTiff ? 8 : 4;
    int bytes = type < TYPE_BYTES.length ? TYPE_BYTES[type] : 0;
    int at = entry + 4 + inline;
    if (bytes == 0 || count < 1) {
      return;
    }
    if (count > inline / bytes) {
      at = index(bigTiff ? file.getLong(at) : file.getInt(at) & 0xffffffffL);
    }
    if (at <= file.limit() - bytes) {
      values.putIfAbsent(file.getShort(entry) & 0xffff, value(at, bytes));
    }
  }

  private long value(int at, int bytes) {
    return switch (bytes) {
      case 1 -> file.get(at) & 0xff;
      case 2 -> file.getShort(at) & 0xffff;
      case 4 -> file.getInt(at) & 0xffffffffL;
      default -> file.getLong(at);
    };
  }

  /**
   * The claims of a TIFF file. An image in tiles takes at least one whole tile of memory.
   *
   * @throws IndexOutOfBoundsException if the file ends before its directory does
   */
  static ImageHeader of(ByteBuffer file) {
    TiffHeader tags = new TiffHeader(file);
    if (!tags.values.containsKey(WIDTH) || !tags.values.containsKey(HEIGHT)) {
      return null;
    }
    long width = tags.get(WIDTH, 0);
    long height = tags.get(HEIGHT, 0);
    double bits = (double) tags.get(BITS, 1) * tags.get(SAMPLES, 1);
    double bytes = height * Math.ceil(width * bits / 8);
    double minimum = bytes / mostExpansion((int) tags.get(COMPRESSION, 1), width);
    return ImageHeader.of(
        Math.max(width, tags.get(TILE_WIDTH, 0)),
        Math.max(height, tags.get(TILE_HEIGHT, 0)),
        (long) Math.max(8, bits),
        minimum);
  }

  /** The size of a TIFF file's image, whatever its tiles; empty where it cannot be read. */
  static Optional<ImageHeader> size(byte[] bytes) {
    ByteBuffer file = ByteBuffer.wrap(bytes);
    try {
      boolean little = file.getShort(0) == LITTLE;
      TiffHeader tags =
          new TiffHeader(file.order(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN));
      long width = tags.get(WIDTH, 0);
      long height = tags.get(HEIGHT, 0);
      return width < 1 || height < 1
          ? Optional.empty()
          : Optional.of(ImageHeader.of(width, height, 0, 0));
    } catch (IndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  /** Bytes of pixels that one byte of the file can become. */
  private static double mostExpansion(int compression, long width) {
    return switch (compression) {
      case 1 -> 1;
      // A row of fax data takes at least a bit, whatever its length.
      case 2, 3, 4 -> Math.max(8, width);
      case 5 -> ImageHeader.LZW;
      case 8, 32946 -> ImageHeader.DEFLATE;
      // Two bytes become 128.
      case 32773 -> 64;
      // JPEG: two bits for a block of 64 samples; others, such as WebP, have no bound.
      case 7 -> 256;
      default -> Double.POSITIVE_INFINITY;
    };
  }

  /**
   * The orientation of a TIFF file or of EXIF data, 1 where it is not there.
   *
   * @throws IndexOutOfBoundsException if the data ends before its directory does
   */
  static int orientation(ByteBuffer file) {
    return (int) new TiffHeader(file).get(ORIENTATION, 1);
  }

  private long get(int tag, long absent) {
    return values.getOrDefault(tag, absent);
  }
}
