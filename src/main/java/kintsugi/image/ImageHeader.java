package kintsugi.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The claims of an image file's header, which are held against the file's size and the limit of
 * pixels before a decoder allocates anything for them.
 *
 * @param width columns
 * @param height rows
 * @param bits of a pixel as a decoder keeps it
 * @param minimumBytes the bytes that a file with these pixels has at least, however well they can
 *     be compressed; 0 where the format has no such bound
 */
record ImageHeader(long width, long height, long bits, double minimumBytes) {
  /** Bytes that one byte of deflate can become: 258 for each two bits. */
  static final double DEFLATE = 1032;

  /** Bytes that one byte of LZW can become: strings of up to 4094 for each twelve bits. */
  static final double LZW = 2730;

  /** The first four bytes of a PNG file. */
  static final int PNG = 0x89504e47;

  /** The first four bytes of a RIFF file, which WebP is. */
  static final int RIFF = 0x52494646;

  private static final int IMAGE_HEADER = 0x49484452;
  private static final int[] PNG_SAMPLES = {1, 0, 3, 1, 2, 0, 4};
  private static final Pattern PNM =
      Pattern.compile("^P([1-6])(?:\\s|#[^\\n]*\\n)+(\\d{1,9})(?:\\s|#[^\\n]*\\n)+(\\d{1,9})\\s");

  /** Where the beginning of a PNM file is searched for its sizes. */
  private static final int PNM_HEADER = 512;

  /**
   * The header of a file other than a JPEG, empty where its format is unknown or the header cannot
   * be read.
   */
  static Optional<ImageHeader> of(byte[] file) {
    try {
      return Optional.ofNullable(parsed(file));
    } catch (IndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  private static ImageHeader parsed(byte[] file) {
    ByteBuffer big = ByteBuffer.wrap(file);
    ByteBuffer little = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    return switch (big.getInt(0)) {
      case PNG -> png(big);
      case 0x47494638 -> gif(file);
      case RIFF -> webp(little);
      case 0x49492a00, 0x49492b00 -> TiffHeader.of(little);
      case 0x4d4d002a, 0x4d4d002b -> TiffHeader.of(big);
      default -> file[0] == 'B' && file[1] == 'M' ? bmp(little) : pnm(file);
    };
  }

  static ImageHeader of(long width, long height, long bits, double minimumBytes) {
    return new ImageHeader(width, height, bits, minimumBytes);
  }

  private static ImageHeader png(ByteBuffer file) {
    if (file.getInt(12) != IMAGE_HEADER || (file.get(25) & 0xff) >= PNG_SAMPLES.length) {
      return null;
    }
    long width = file.getInt(16);
    long height = file.getInt(20);
    long bits = (long) file.get(24) * PNG_SAMPLES[file.get(25)];
    return of(width, height, bits, height * (1 + Math.ceil(width * bits / 8.0)) / DEFLATE);
  }

  private static ImageHeader gif(byte[] file) {
    Gif gif = Gif.of(file);
    double minimum = (double) gif.frameWidth() * gif.frameHeight() / LZW;
    return of(gif.width(), gif.height(), 32, minimum);
  }

  private static ImageHeader bmp(ByteBuffer file) {
    boolean old = file.getInt(14) == 12;
    long width = old ? unsigned(file, 18) : file.getInt(18);
    long height = old ? unsigned(file, 20) : Math.abs((long) file.getInt(22));
    int bits = unsigned(file, old ? 24 : 28);
    int compression = old ? 0 : file.getInt(30);
    boolean stored = compression == 0 || compression == 3;
    double rows = stored ? height * Math.ceil(width * bits / 32.0) * 4 : 0;
    return of(width, height, Math.max(8, bits), rows);
  }

  /** A flat WebP can be of any size in a few bytes, but it says how long the file is. */
  private static ImageHeader webp(ByteBuffer file) {
    long length = (file.getInt(4) & 0xffffffffL) + 8;
    return switch (file.getInt(12)) {
      case 0x20385056 -> of(unsigned(file, 26) & 0x3fff, unsigned(file, 28) & 0x3fff, 32, length);
      case 0x4c385056 -> {
        int sizes = file.getInt(21);
        yield of((sizes & 0x3fff) + 1, (sizes >> 14 & 0x3fff) + 1, 32, length);
      }
      case 0x58385056 ->
          of((file.getInt(24) & 0xffffff) + 1, (file.getInt(26) >>> 8) + 1, 32, length);
      default -> null;
    };
  }

  /** Text has at least a digit per sample of one bit, and a digit and a blank per other sample. */
  private static ImageHeader pnm(byte[] file) {
    int length = Math.min(file.length, PNM_HEADER);
    Matcher header = PNM.matcher(new String(file, 0, length, StandardCharsets.ISO_8859_1));
    if (!header.find()) {
      return null;
    }
    int kind = header.group(1).charAt(0) - '0';
    long width = Long.parseLong(header.group(2));
    long height = Long.parseLong(header.group(3));
    long samples = kind % 3 == 0 ? 3 : 1;
    double perRow =
        switch (kind) {
          case 1 -> width;
          case 4 -> Math.ceil(width / 8.0);
          case 2, 3 -> 2.0 * samples * width - 1;
          default -> (double) samples * width;
        };
    return of(width, height, 16 * samples, height * perRow);
  }

  private static int unsigned(ByteBuffer file, int at) {
    return file.getShort(at) & 0xffff;
  }

  /** The same header with the size that a decoder found. */
  ImageHeader withSize(long decodedWidth, long decodedHeight) {
    return of(decodedWidth, decodedHeight, bits, minimumBytes);
  }

  /** Bytes that the decoded image and its RGB values take together; at most of a maximum image. */
  long neededBytes() {
    return (long) ((double) width * height * (bits / 8.0 + 3));
  }

  /**
   * Checks the claims against the file's size and the limit of pixels.
   *
   * @throws IllegalArgumentException saying why the image is not read
   */
  void require(long fileBytes, long maxPixels) {
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException("its header claims a size of " + width + "x" + height);
    }
    if (minimumBytes > fileBytes) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "it is cut short or its header is wrong: %dx%d pixels take at least %.0f bytes, and the file has %d",
              width,
              height,
              Math.ceil(minimumBytes),
              fileBytes));
    }
    if ((double) width * height > maxPixels) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "it has %dx%d pixels, %.0f in all, and at most %d are read; raise the limit (max-pixels)",
              width,
              height,
              (double) width * height,
              maxPixels));
    }
  }
}
