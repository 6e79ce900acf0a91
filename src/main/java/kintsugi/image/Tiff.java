package kintsugi.image;

import static kintsugi.image.TiffDirectory.BITS;
import static kintsugi.image.TiffDirectory.COLOUR_MAP;
import static kintsugi.image.TiffDirectory.COMPRESSION;
import static kintsugi.image.TiffDirectory.EXTRA_SAMPLES;
import static kintsugi.image.TiffDirectory.FILL_ORDER;
import static kintsugi.image.TiffDirectory.HEIGHT;
import static kintsugi.image.TiffDirectory.ICC_PROFILE;
import static kintsugi.image.TiffDirectory.JPEG_TABLES;
import static kintsugi.image.TiffDirectory.PHOTOMETRIC;
import static kintsugi.image.TiffDirectory.PLANAR;
import static kintsugi.image.TiffDirectory.PREDICTOR;
import static kintsugi.image.TiffDirectory.ROWS_PER_STRIP;
import static kintsugi.image.TiffDirectory.SAMPLES;
import static kintsugi.image.TiffDirectory.SAMPLE_FORMAT;
import static kintsugi.image.TiffDirectory.STRIP_LENGTHS;
import static kintsugi.image.TiffDirectory.STRIP_OFFSETS;
import static kintsugi.image.TiffDirectory.TILE_HEIGHT;
import static kintsugi.image.TiffDirectory.TILE_LENGTHS;
import static kintsugi.image.TiffDirectory.TILE_OFFSETS;
import static kintsugi.image.TiffDirectory.TILE_WIDTH;
import static kintsugi.image.TiffDirectory.WIDTH;
import static kintsugi.image.TiffDirectory.YCBCR_SUBSAMPLING;

import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import kintsugi.image.DecodedImage.Kind;

/**
 * The reader of TIFF and BigTIFF files, first page. Samples are unpacked here: the JDK's reader
 * refuses BigTIFF, the predictor of floating point, and that of whole numbers beyond 8 bits, and
 * takes inks with an RGB profile for RGB; TwelveMonkeys' is up to 252 levels off where samples of
 * 10 bits are packed. CCITT and old JPEG compression is left to the JDK.
 */
final class Tiff {
  private static final int MIN_IS_WHITE = 0;
  private static final int MIN_IS_BLACK = 1;
  private static final int RGB = 2;
  private static final int PALETTE = 3;
  private static final int INKS = 5;
  private static final int YCBCR = 6;
  private static final int FLOAT = 3;
  private static final int ASSOCIATED = 1;
  private static final String WAY_OUT = "; save it as PNG or as an uncompressed TIFF";

  private final EncodedImage file;
  private final TiffDirectory directory;
  private final Decoding decoding;
  private final int width;
  private final int height;
  private final int bits;
  private final int bands;
  private final int compression;
  private final int photometric;
  private final boolean planar;
  private final int format;
  private final WritableRaster raster;

  private Tiff(EncodedImage file, TiffDirectory directory, Decoding decoding) throws IOException {
    this.file = file;
    this.directory = directory;
    this.decoding = decoding;
    width = directory.get(WIDTH, 0, 1, Integer.MAX_VALUE);
    height = directory.get(HEIGHT, 0, 1, Integer.MAX_VALUE);
    file.requireSize(width, height, decoding.maxPixels());
    bands = directory.get(SAMPLES, 1, 1, 64);
    bits = depth();
    compression = directory.get(COMPRESSION, 1, 1, 0xffff);
    photometric = directory.get(PHOTOMETRIC, MIN_IS_BLACK, 0, 0xffff);
    planar = directory.get(PLANAR, 1, 1, 2) == 2 && bands > 1;
    format = directory.get(SAMPLE_FORMAT, 1, 1, 6);
    requireSupported();
    raster = raster();
  }

  /**
   * Reads a file; empty for one whose compression is left to other readers.
   *
   * @throws UnsupportedImageException naming a kind that is not read
   * @throws IOException if the file is broken
   */
  static DecodedImage read(EncodedImage file, TiffDirectory directory, Decoding decoding)
      throws IOException {
    Tiff tiff = new Tiff(file, directory, decoding);
    tiff.readBlocks();
    return tiff.image();
  }

  /** Whether the compression is left to the readers of the JDK. */
  static boolean isLeftToOthers(TiffDirectory directory) {
    long compression = directory.get(COMPRESSION, 1);
    return compression >= 2 && compression <= 4 || compression == 6;
  }

  private int depth() throws IOException {
    long[] depths = directory.all(BITS);
    int first = directory.get(BITS, 1, 1, 64);
    for (int i = 1; i < Math.min(depths.length, bands); i++) {
      if (depths[i] != first) {
        throw new UnsupportedImageException(
            "is a TIFF whose bands have different depths " + Arrays.toString(depths) + WAY_OUT);
      }
    }
    return first;
  }

  private void requireSupported() throws IOException {
    String foreign = TiffCompression.unsupported(compression);
    if (foreign != null) {
      throw new UnsupportedImageException("is a TIFF with " + foreign + " compression" + WAY_OUT);
    }
    if (!TiffCompression.isKnown(compression) && compression != TiffCompression.JPEG) {
      throw new UnsupportedImageException("is a TIFF of compression " + compression + WAY_OUT);
    }
    boolean whole = bits <= 16 || bits == 32;
    boolean floating = bits == 16 || bits == 32 || bits == 64;
    if (format > FLOAT && format != 4 || !(format == FLOAT ? floating : whole)) {
      throw new UnsupportedImageException(
          "is a TIFF with " + bits + "-bit samples of format " + format + WAY_OUT);
    }
    if (photometric == YCBCR && bits != 8) {
      throw new UnsupportedImageException(
          "is a TIFF in YCbCr of " + bits + " bits; save it as RGB");
    }
    int needed = kind().bands;
    boolean tooMany = kind() == Kind.GREY && bands > 2 || kind() == Kind.PALETTE && bands > 2;
    if (bands < needed || tooMany) {
      throw new UnsupportedImageException(
          "is a TIFF with " + bands + " bands; save it with " + needed);
    }
    if (photometric == PALETTE && bits > 8 && (bits != 16 || format == FLOAT)) {
      throw new UnsupportedImageException(
          "is a TIFF with a palette of " + bits + " bits" + WAY_OUT);
    }
  }

  private Kind kind() throws IOException {
    return switch (photometric) {
      case MIN_IS_WHITE, MIN_IS_BLACK -> Kind.GREY;
      case RGB, YCBCR -> Kind.RGB;
      case PALETTE -> Kind.PALETTE;
      case INKS -> Kind.CMYK;
      case 8, 9, 10 ->
          throw new UnsupportedImageException("is a TIFF in CIE L*a*b* colours; save it as RGB");
      case 32803 ->
          throw new UnsupportedImageException(
              "is a camera's raw image (colour filter array); develop it and save it as PNG");
      default ->
          throw new UnsupportedImageException(
              "is a TIFF of photometric interpretation " + photometric + "; save it as RGB");
    };
  }

  /** Whether samples are held as double: floats, and whole numbers beyond an int. */
  private boolean isWide() {
    return format == FLOAT || bits == 32;
  }

  private WritableRaster raster() throws IOException {
    if ((long) width * height * bands > Integer.MAX_VALUE - 8) {
      throw new IOException("it has too many pixels");
    }
    int type;
    if (isWide()) {
      type = format == FLOAT && bits <= 32 ? DataBuffer.TYPE_FLOAT : DataBuffer.TYPE_DOUBLE;
    } else if (format == 2) {
      type = DataBuffer.TYPE_SHORT;
    } else {
      type = bits <= 8 ? DataBuffer.TYPE_BYTE : DataBuffer.TYPE_USHORT;
    }
    int[] offsets = new int[bands];
    Arrays.setAll(offsets, band -> band);
    var model = new PixelInterleavedSampleModel(type, width, height, bands, bands * width, offsets);
    return Raster.createWritableRaster(model, null);
  }

  /** Strips are tiles as wide as the image, of which the last may be short. */
  private void readBlocks() throws IOException {
    boolean tiles = directory.has(TILE_WIDTH);
    int tileWidth = tiles ? directory.get(TILE_WIDTH, 0, 1, 1 << 24) : width;
    int tileHeight = tiles ? directory.get(TILE_HEIGHT, 0, 1, 1 << 24) : rowsPerStrip();
    long[] offsets = directory.all(directory.has(TILE_OFFSETS) ? TILE_OFFSETS : STRIP_OFFSETS);
    long[] lengths = directory.all(directory.has(TILE_LENGTHS) ? TILE_LENGTHS : STRIP_LENGTHS);
    int across = Math.ceilDiv(width, tileWidth);
    int down = Math.ceilDiv(height, tileHeight);
    long count = (long) across * down * (planar ? bands : 1);
    if (offsets.length < count) {
      throw new IOException("it has " + offsets.length + " of " + count + " strips or tiles");
    }
    for (int i = 0; i < count; i++) {
      int row = i / across % down;
      int rows = tiles ? tileHeight : Math.min(tileHeight, height - row * tileHeight);
      byte[] coded = coded(offsets, lengths, i, rows);
      int band = planar ? i / (across * down) : -1;
      Block block = new Block(i % across * tileWidth, row * tileHeight, tileWidth, rows, band);
      if (compression == TiffCompression.JPEG) {
        putJpeg(block, coded);
      } else {
        put(block, coded);
      }
    }
  }

  /**
   * A strip or tile.
   *
   * @param band the only band that it holds, or -1 for all of them
   */
  private record Block(int x, int y, int width, int rows, int band) {}

  private int rowsPerStrip() throws IOException {
    long rows = directory.get(ROWS_PER_STRIP, height);
    if (rows < 1) {
      throw new IOException("its strips have no rows");
    }
    return (int) Math.min(rows, height);
  }

  /** Some writers leave out the length of uncompressed strips. */
  private byte[] coded(long[] offsets, long[] lengths, int index, int rows) throws IOException {
    long bare = TiffSamples.rowBytes(width, bands, bits) * rows;
    byte[] coded = directory.block(offsets[index], index < lengths.length ? lengths[index] : bare);
    if (directory.get(FILL_ORDER, 1) == 2) {
      for (int i = 0; i < coded.length; i++) {
        coded[i] = (byte) (Integer.reverse(coded[i]) >>> 24);
      }
    }
    return coded;
  }

  private void put(Block block, byte[] coded) throws IOException {
    int of = planar ? 1 : bands;
    byte[] bytes;
    if (isSubsampled()) {
      bytes = TiffChroma.expand(directory, compression, coded, block.width(), block.rows());
    } else {
      long length = TiffSamples.rowBytes(block.width(), of, bits) * block.rows();
      if (length > Integer.MAX_VALUE - 8) {
        throw new IOException("its strips or tiles are too large");
      }
      bytes = TiffCompression.expand(compression, coded, (int) length);
    }
    // libtiff, and so every other program, has no predictor for the other compressions.
    int predictor =
        TiffCompression.hasPredictor(compression) ? directory.get(PREDICTOR, 1, 1, 3) : 1;
    if (predictor == 3 && format != FLOAT || predictor == 2 && bits < 8) {
      throw new IOException("its predictor " + predictor + " does not fit its samples");
    }
    TiffSamples samples = new TiffSamples(bits, of, predictor, directory.order());
    int rowBytes = (int) TiffSamples.rowBytes(block.width(), of, bits);
    long[] row = new long[block.width() * of];
    for (int y = 0; y < Math.min(block.rows(), height - block.y()); y++) {
      samples.unpack(bytes, y * rowBytes, row);
      store(block, block.y() + y, row);
    }
  }

  private boolean isSubsampled() throws IOException {
    long[] factors = directory.all(YCBCR_SUBSAMPLING);
    return photometric == YCBCR
        && compression != TiffCompression.JPEG
        && !planar
        && (factors.length < 2 || factors[0] != 1 || factors[1] != 1);
  }

  private void store(Block block, int y, long[] row) {
    int of = planar ? 1 : bands;
    int columns = Math.min(block.width(), width - block.x());
    if (isWide()) {
      double[] values = new double[columns * of];
      Arrays.setAll(values, i -> real(row[i]));
      if (planar) {
        raster.setSamples(block.x(), y, columns, 1, block.band(), values);
      } else {
        raster.setPixels(block.x(), y, columns, 1, values);
      }
      return;
    }
    int[] values = new int[columns * of];
    for (int i = 0; i < values.length; i++) {
      values[i] = (int) row[i];
      if (format == 2) {
        values[i] = values[i] << (32 - bits) >> (32 - bits);
      }
    }
    if (planar) {
      raster.setSamples(block.x(), y, columns, 1, block.band(), values);
    } else {
      raster.setPixels(block.x(), y, columns, 1, values);
    }
  }

  private double real(long raw) {
    if (format != FLOAT) {
      return format == 2 ? (int) raw : raw;
    }
    return switch (bits) {
      case 16 -> Float.float16ToFloat((short) raw);
      case 32 -> Float.intBitsToFloat((int) raw);
      default -> Double.longBitsToDouble(raw);
    };
  }

  /** A strip or tile that is a JPEG, whose tables may stand in a field of their own. */
  private void putJpeg(Block block, byte[] coded) throws IOException {
    if (bits != 8 || format == FLOAT) {
      throw new UnsupportedImageException(
          "is a TIFF with JPEG compression of " + bits + " bits" + WAY_OUT);
    }
    byte[] tables = directory.bytes(JPEG_TABLES);
    byte[] whole = coded;
    if (tables.length > 4 && coded.length > 2) {
      whole = Arrays.copyOf(tables, tables.length - 2 + coded.length - 2);
      System.arraycopy(coded, 2, whole, tables.length - 2, coded.length - 2);
    }
    Raster part =
        Readers.storedJpeg(EncodedImage.of(file.name(), whole, decoding.maxPixels()), decoding);
    int of = planar ? 1 : bands;
    int columns = Math.min(Math.min(block.width(), width - block.x()), part.getWidth());
    int rows = Math.min(Math.min(block.rows(), height - block.y()), part.getHeight());
    if (part.getNumBands() != of) {
      throw new IOException("its JPEG has " + part.getNumBands() + " bands in place of " + of);
    }
    int[] row = new int[columns * of];
    for (int y = 0; y < rows; y++) {
      part.getPixels(part.getMinX(), part.getMinY() + y, columns, 1, row);
      if (planar) {
        raster.setSamples(block.x(), block.y() + y, columns, 1, block.band(), row);
      } else {
        raster.setPixels(block.x(), block.y() + y, columns, 1, row);
      }
    }
  }

  private DecodedImage image() throws IOException {
    int alpha = alpha();
    if (photometric == YCBCR) {
      JpegColours.toRgb(raster);
    }
    if (photometric == MIN_IS_WHITE) {
      invert();
    }
    if (alpha >= 0 && directory.get(EXTRA_SAMPLES, 0) == ASSOCIATED) {
      divideBy(alpha);
    }
    int[] depths = new int[bands];
    Arrays.fill(depths, bits);
    boolean floating = format == FLOAT;
    DecodedImage image =
        new DecodedImage(raster, kind(), depths, floating, alpha, palette(), null, 1, List.of());
    image = image.withProfile(Profiles.parse(directory.bytes(ICC_PROFILE)));
    int pages = directory.pages();
    return pages > 1 ? image.withNote("has " + pages + " pages; the first is used") : image;
  }

  private int alpha() throws IOException {
    int colours = kind().bands;
    boolean opacity = bands > colours && directory.get(EXTRA_SAMPLES, 0) != 0;
    boolean guessed = bands == colours + 1 && kind() != Kind.CMYK;
    return opacity || guessed ? colours : -1;
  }

  private void invert() {
    double top = format == FLOAT ? 1 : Math.pow(2, bits) - 1;
    double[] row = new double[width];
    for (int y = 0; y < height; y++) {
      raster.getSamples(0, y, width, 1, 0, row);
      for (int x = 0; x < width; x++) {
        row[x] = top - row[x];
      }
      raster.setSamples(0, y, width, 1, 0, row);
    }
  }

  /** Undoes the multiplication of colour by opacity, with Pillow's rounding. */
  private void divideBy(int alpha) {
    double top = format == FLOAT ? 1 : Math.pow(2, bits) - 1;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double opacity = raster.getSampleDouble(x, y, alpha);
        for (int band = 0; band < alpha && opacity > 0 && opacity < top; band++) {
          double value = raster.getSampleDouble(x, y, band) * top / opacity;
          raster.setSample(x, y, band, format == FLOAT ? value : Math.floor(Math.min(top, value)));
        }
      }
    }
  }

  private IndexColorModel palette() throws IOException {
    if (photometric != PALETTE) {
      return null;
    }
    long[] map = directory.all(COLOUR_MAP);
    int colours = 1 << bits;
    if (map.length < 3 * colours) {
      throw new IOException("its palette has " + map.length + " of " + 3 * colours + " values");
    }
    byte[][] channels = new byte[3][colours];
    for (int i = 0; i < 3 * colours; i++) {
      channels[i / colours][i % colours] = (byte) (map[i] >> 8);
    }
    return new IndexColorModel(bits, colours, channels[0], channels[1], channels[2]);
  }
}
