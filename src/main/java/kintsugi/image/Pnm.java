package kintsugi.image;

import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.IOException;
import kintsugi.image.DecodedImage.Kind;

/**
 * The reader of PBM, PGM and PPM files, in ASCII (P1 to P3) and binary (P4 to P6), with 8 and 16
 * bits. Samples are scaled where the file's maximum is not 2^n - 1.
 */
final class Pnm {
  private static final int MAX_DIGITS = 9;

  private final byte[] bytes;
  private int at = 2;

  private Pnm(byte[] bytes) {
    this.bytes = bytes;
  }

  static boolean isPnm(byte[] bytes) {
    return bytes.length > 6
        && bytes[0] == 'P'
        && bytes[1] >= '1'
        && bytes[1] <= '6'
        && (Character.isWhitespace(bytes[2]) || bytes[2] == '#');
  }

  /**
   * Reads a file.
   *
   * @throws IOException if it is broken or cut short
   */
  static DecodedImage read(EncodedImage file, Decoding decoding) throws IOException {
    return new Pnm(file.bytes()).image(file, decoding);
  }

  private DecodedImage image(EncodedImage file, Decoding decoding) throws IOException {
    int type = bytes[1] - '0';
    boolean bitmap = type % 3 == 1;
    int width = number();
    int height = number();
    int maximum = bitmap ? 1 : number();
    if (width < 1 || height < 1 || maximum < 1 || maximum > 0xffff) {
      throw new IOException("its header says " + width + "x" + height + ", maximum " + maximum);
    }
    int bands = type % 3 == 0 ? 3 : 1;
    long samples = (long) width * height * bands;
    file.requireSize(width, height, decoding.maxPixels());
    at++;
    requireLength(type, width, height, samples, maximum);
    int bits = depth(maximum);
    int data = bits <= 8 ? DataBuffer.TYPE_BYTE : DataBuffer.TYPE_USHORT;
    WritableRaster raster = Raster.createInterleavedRaster(data, width, height, bands, null);
    int[] row = new int[width * bands];
    for (int y = 0; y < height; y++) {
      readRow(type, row, maximum);
      raster.setPixels(0, y, width, 1, row);
    }
    return DecodedImage.of(raster, bands == 3 ? Kind.RGB : Kind.GREY, bits, -1);
  }

  /** The bits of a maximum of 2^n - 1; 8 or 16 for any other, to which samples are scaled. */
  private static int depth(int maximum) {
    int bits = 32 - Integer.numberOfLeadingZeros(maximum);
    boolean whole = maximum == (1 << bits) - 1;
    return whole ? bits : maximum <= 255 ? 8 : 16;
  }

  private void requireLength(int type, int width, int height, long samples, int maximum)
      throws IOException {
    long needed =
        switch (type) {
          case 1 -> samples;
          case 2, 3 -> 2 * samples - 1;
          case 4 -> (long) Math.ceilDiv(width, 8) * height;
          default -> samples * (maximum > 255 ? 2 : 1);
        };
    if (bytes.length - at < needed) {
      throw new IOException(
          "it is cut short: at least " + (needed - bytes.length + at) + " bytes are missing");
    }
  }

  private void readRow(int type, int[] row, int maximum) throws IOException {
    int scaled = (1 << depth(maximum)) - 1;
    for (int i = 0; i < row.length; i++) {
      int value =
          switch (type) {
            case 1 -> 1 - digit();
            case 2, 3 -> number();
            case 4 -> 1 - (bytes[at + i / 8] >> (7 - i % 8) & 1);
            default -> maximum > 255 ? (next() << 8 | next()) : next();
          };
      if (value > maximum) {
        throw new IOException("it has a sample of " + value + " above its maximum of " + maximum);
      }
      // Pillow's rounding.
      row[i] = scaled == maximum ? value : (int) Math.rint((double) value / maximum * scaled);
    }
    at += type == 4 ? Math.ceilDiv(row.length, 8) : 0;
  }

  private int next() {
    return bytes[at++] & 0xff;
  }

  /** A digit of a bitmap, which may stand without blanks between. */
  private int digit() throws IOException {
    skipBlanks();
    if (at == bytes.length || bytes[at] != '0' && bytes[at] != '1') {
      throw new IOException("it is cut short or has other text than digits");
    }
    return bytes[at++] - '0';
  }

  private int number() throws IOException {
    skipBlanks();
    int start = at;
    int value = 0;
    while (at < bytes.length && bytes[at] >= '0' && bytes[at] <= '9' && at - start < MAX_DIGITS) {
      value = value * 10 + bytes[at++] - '0';
    }
    if (at == start) {
      throw new IOException("it is cut short or has other text than whole numbers");
    }
    return value;
  }

  private void skipBlanks() {
    boolean comment = false;
    while (at < bytes.length
        && (comment || bytes[at] == '#' || Character.isWhitespace(bytes[at]))) {
      comment = (comment || bytes[at] == '#') && bytes[at] != '\n' && bytes[at] != '\r';
      at++;
    }
  }
}
