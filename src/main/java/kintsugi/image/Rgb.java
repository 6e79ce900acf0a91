package kintsugi.image;

import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.util.List;
import kintsugi.image.DecodedImage.Kind;

/**
 * The way from stored samples to 8-bit RGB values, as Pillow's {@code convert("RGB")} goes it: grey
 * is repeated, a palette is looked up, inks become {@code (1 - ink)(1 - black)}, and opacity is
 * dropped, so that the colour stored under it is kept. Of more than 8 bits the upper 8 are taken;
 * fewer are spread over 0 to 255.
 */
final class Rgb {
  private static final String WAY_OUT = "; save it with 8 or 16 bits, from 0 on";

  private final DecodedImage image;
  private final Decoding decoding;
  private final int width;
  private final int bands;

  /** Inks stay inks where a profile is to convert them. */
  private final boolean keepsInks;

  private final int channels;
  private final byte[] rgb;
  private int maximum16;

  private Rgb(DecodedImage image, Decoding decoding) {
    this.image = image;
    this.decoding = decoding;
    this.width = image.width();
    this.bands = image.samples().getNumBands();
    this.keepsInks = image.kind() == Kind.CMYK && isConverted(image, decoding);
    this.channels = keepsInks ? 4 : 3;
    if ((long) width * image.height() * channels > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException("has too many pixels; make it smaller");
    }
    this.rgb = new byte[width * image.height() * channels];
  }

  /**
   * The values of an image, upright.
   *
   * @throws IllegalArgumentException if they cannot be brought to 0 to 255 in a defined way
   */
  static Decoded of(DecodedImage image, Decoding decoding) {
    Rgb conversion = new Rgb(image, decoding);
    conversion.convert();
    byte[] rgb = isConverted(image, decoding) ? conversion.inSrgb() : conversion.rgb;
    Pixels pixels = new Pixels(image.width(), image.height(), rgb);
    return new Decoded(
        pixels.upright(image.orientation()), conversion.maximum16, conversion.notes());
  }

  /** Whether the image's profile is to be applied and is one for its colours. */
  private static boolean isConverted(DecodedImage image, Decoding decoding) {
    return decoding.colorProfile() == ColorProfile.CONVERT
        && image.profile() != null
        && image.profile().getNumComponents() == components(image);
  }

  private static int components(DecodedImage image) {
    return image.kind() == Kind.PALETTE ? 3 : image.kind().bands;
  }

  private byte[] inSrgb() {
    byte[] samples = rgb;
    if (image.kind() == Kind.GREY) {
      samples = new byte[rgb.length / 3];
      for (int i = 0; i < samples.length; i++) {
        samples[i] = rgb[3 * i];
      }
    }
    return Profiles.toSrgb(samples, width, image.height(), image.profile());
  }

  private List<String> notes() {
    boolean wanted = decoding.colorProfile() == ColorProfile.CONVERT && image.profile() != null;
    if (!wanted || isConverted(image, decoding)) {
      return image.notes();
    }
    String note =
        "has a colour profile for "
            + image.profile().getNumComponents()
            + " components, not "
            + components(image)
            + "; the stored values are used";
    return image.withNote(note).notes();
  }

  private void convert() {
    Raster samples = image.samples();
    boolean bytes = samples.getSampleModel().getDataType() == DataBuffer.TYPE_BYTE;
    boolean plain = bytes && samples.getTransferType() == DataBuffer.TYPE_BYTE;
    if (image.kind() == Kind.RGB && bands == 3 && plain && image.bits()[0] == 8) {
      storedRows();
    } else if (image.kind() == Kind.PALETTE) {
      paletteRows();
    } else if (image.floating() || image.bits()[0] > 16) {
      scaledRows();
    } else {
      integerRows();
    }
  }

  /** The layout of most JPEG and PNG files: the raster returns red first. */
  private void storedRows() {
    byte[] row = new byte[width * 3];
    for (int y = 0; y < image.height(); y++) {
      image.samples().getDataElements(0, y, width, 1, row);
      System.arraycopy(row, 0, rgb, y * row.length, row.length);
    }
  }

  private void paletteRows() {
    IndexColorModel palette = image.palette();
    int[] row = new int[width];
    for (int y = 0; y < image.height(); y++) {
      image.samples().getSamples(0, y, width, 1, 0, row);
      for (int x = 0; x < width; x++) {
        int to = (y * width + x) * 3;
        boolean known = row[x] < palette.getMapSize();
        rgb[to] = (byte) (known ? palette.getRed(row[x]) : 0);
        rgb[to + 1] = (byte) (known ? palette.getGreen(row[x]) : 0);
        rgb[to + 2] = (byte) (known ? palette.getBlue(row[x]) : 0);
      }
    }
  }

  private void integerRows() {
    int[] row = new int[width * bands];
    byte[][] tables = new byte[image.kind().bands][];
    for (int band = 0; band < tables.length; band++) {
      tables[band] = levels(image.bits()[band]);
    }
    byte[] values = new byte[4];
    int maximum = 0;
    for (int y = 0; y < image.height(); y++) {
      image.samples().getPixels(0, y, width, 1, row);
      for (int x = 0; x < width; x++) {
        for (int band = 0; band < tables.length; band++) {
          int value = row[x * bands + band];
          requireValue(value, tables[band].length);
          maximum = Math.max(maximum, value);
          values[band] = tables[band][value];
        }
        store(values, (y * width + x) * channels);
      }
    }
    maximum16 = image.bits()[0] == 16 ? maximum : 0;
  }

  /** The 8-bit value of each value of a depth. */
  private byte[] levels(int stored) {
    int bits = stored == 16 ? decoding.bitDepth().orElse(16) : stored;
    int maximum = (1 << bits) - 1;
    byte[] levels = new byte[maximum + 1];
    for (int value = 0; value <= maximum; value++) {
      int level = bits < 8 ? value * 255 / maximum : value >> (bits - 8);
      levels[value] = (byte) level;
    }
    return levels;
  }

  private static void requireValue(int value, int end) {
    if (value < 0) {
      throw new IllegalArgumentException("has negative samples, such as " + value + WAY_OUT);
    }
    if (value >= end) {
      throw new IllegalArgumentException(
          "has a sample of "
              + value
              + " where "
              + (end - 1)
              + " is the maximum; choose more bits (bit-depth)");
    }
  }

  /** Floating-point samples and wide whole numbers, whose scale follows from their range. */
  private void scaledRows() {
    int colours = image.kind().bands;
    double factor = factor(colours);
    double[] row = new double[width * bands];
    byte[] values = new byte[4];
    for (int y = 0; y < image.height(); y++) {
      image.samples().getPixels(0, y, width, 1, row);
      for (int x = 0; x < width; x++) {
        for (int band = 0; band < colours; band++) {
          double value = row[x * bands + band] * factor;
          values[band] = (byte) (image.floating() ? Math.round(value) : (int) value);
        }
        store(values, (y * width + x) * channels);
      }
    }
  }

  private double factor(int colours) {
    double minimum = Double.POSITIVE_INFINITY;
    double maximum = Double.NEGATIVE_INFINITY;
    double[] row = new double[width * bands];
    for (int y = 0; y < image.height(); y++) {
      image.samples().getPixels(0, y, width, 1, row);
      for (int i = 0; i < row.length; i++) {
        if (i % bands < colours) {
          // Math.min and Math.max keep NaN.
          minimum = Math.min(minimum, row[i]);
          maximum = Math.max(maximum, row[i]);
        }
      }
    }
    return image.floating() ? floatFactor(minimum, maximum) : wideFactor(minimum, maximum);
  }

  private static double floatFactor(double minimum, double maximum) {
    if (Double.isNaN(minimum)) {
      throw new IllegalArgumentException(
          "has floating-point samples that are not a number; save it with 0 to 1 or 0 to 255");
    }
    if (minimum < 0 || maximum > 255) {
      throw new IllegalArgumentException(
          "has floating-point samples from "
              + minimum
              + " to "
              + maximum
              + "; save it with 0 to 1 or 0 to 255");
    }
    return maximum <= 1 ? 255 : 1;
  }

  /** Up to 255 the values themselves, up to 65535 those of 16 bits, and from 2^24 on all 32. */
  private double wideFactor(double minimum, double maximum) {
    int bits = decoding.bitDepth().orElse(16);
    boolean full = maximum >= 1 << 24 && decoding.bitDepth().isEmpty();
    if (minimum < 0 || !full && maximum >= 1 << bits) {
      throw new IllegalArgumentException(
          "has "
              + image.bits()[0]
              + "-bit samples from "
              + (long) minimum
              + " to "
              + (long) maximum
              + WAY_OUT);
    }
    if (full) {
      return 1.0 / (1 << 24);
    }
    if (maximum <= 255) {
      return 1;
    }
    maximum16 = (int) maximum;
    return 1.0 / (1 << (bits - 8));
  }

  private void store(byte[] values, int to) {
    switch (image.kind()) {
      case GREY -> {
        rgb[to] = values[0];
        rgb[to + 1] = values[0];
        rgb[to + 2] = values[0];
      }
      case CMYK -> {
        if (keepsInks) {
          System.arraycopy(values, 0, rgb, to, 4);
          return;
        }
        int paper = 255 - (values[3] & 0xff);
        for (int c = 0; c < 3; c++) {
          // Pillow's division by 255, rounded.
          int product = (values[c] & 0xff) * paper + 128;
          rgb[to + c] = (byte) (paper - (((product >> 8) + product) >> 8));
        }
      }
      default -> System.arraycopy(values, 0, rgb, to, 3);
    }
  }
}
