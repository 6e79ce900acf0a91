package kintsugi.image;

import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import kintsugi.image.DecodedImage.Kind;

/**
 * The samples of a decoded mask and the rule of {@link Mask} that makes bits of them. A pixel's
 * value is the maximum of its bands that count.
 */
final class MaskSamples {
  /** Values between zero and the maximum that a mask of hard edges may have besides areas. */
  private static final int FEW = 2;

  /** The range of 8 bits. */
  private static final double BYTE = 255;

  private final DecodedImage image;
  private final Raster samples;
  private final boolean lossy;
  private final boolean floating;
  private final boolean unsigned;
  private final int width;
  private final int height;
  private final int bandsInRow;
  private final int[] bands;
  private final double maximum;
  private final double[] row;

  MaskSamples(DecodedImage decoded, boolean lossy) {
    this.image = decoded.kind() == Kind.CMYK ? rgb(decoded) : decoded;
    this.samples = image.samples();
    this.lossy = lossy;
    int type = samples.getTransferType();
    this.floating = image.floating();
    // Rasters of 32 bits return the upper half of the unsigned values as negative numbers.
    this.unsigned = !floating && type == DataBuffer.TYPE_INT;
    this.width = samples.getWidth();
    this.height = samples.getHeight();
    this.bandsInRow = samples.getNumBands();
    this.row = new double[width * bandsInRow];
    double[][] extremes = extremes();
    this.bands = counting(extremes);
    this.maximum = IntStream.of(bands).mapToDouble(band -> extremes[band][1]).max().orElse(0);
  }

  /** Inks are no measure of a defect; the values that they print are. */
  private static DecodedImage rgb(DecodedImage inks) {
    DecodedImage flat = inks.withOrientation(1);
    return DecodedImage.of(Rgb.of(flat, Decoding.DEFAULT).pixels().toImage())
        .withOrientation(inks.orientation());
  }

  Mask mask() {
    boolean soft = lossy || isSoft();
    double threshold = soft ? range() / 2 : 0;
    boolean swap = image.orientation() >= 5 && image.orientation() <= 8;
    int columns = swap ? height : width;
    int rows = swap ? width : height;
    BitSet anomalous = new BitSet(columns * rows);
    double[] values = new double[width];
    for (int y = 0; y < height; y++) {
      read(y, values);
      for (int x = 0; x < width; x++) {
        if (values[x] > threshold) {
          anomalous.set(upright(x, y, columns, rows));
        }
      }
    }
    return new Mask(columns, rows, anomalous, soft);
  }

  /** The index, in the upright mask, of a stored pixel. */
  private int upright(int x, int y, int columns, int rows) {
    int right = columns - 1;
    int bottom = rows - 1;
    return switch (image.orientation()) {
      case 2 -> y * columns + right - x;
      case 3 -> (bottom - y) * columns + right - x;
      case 4 -> (bottom - y) * columns + x;
      case 5 -> x * columns + y;
      case 6 -> x * columns + right - y;
      case 7 -> (bottom - x) * columns + right - y;
      case 8 -> (bottom - x) * columns + y;
      default -> y * columns + x;
    };
  }

  /** The values of a row of pixels. */
  private void read(int y, double[] values) {
    samples.getPixels(samples.getMinX(), samples.getMinY() + y, width, 1, row);
    for (int x = 0; x < width; x++) {
      double value = 0;
      for (int band : bands) {
        value = Math.max(value, sample(x * bandsInRow + band));
      }
      values[x] = value;
    }
  }

  /** A sample of the row at hand; NaN, which is not above zero, is 0. */
  private double sample(int index) {
    double sample = row[index];
    if (unsigned && sample < 0) {
      return sample + 0x1p32;
    }
    return Double.isNaN(sample) ? 0 : sample;
  }

  /** The minimum and the maximum of each band. */
  private double[][] extremes() {
    double[][] extremes = new double[bandsInRow][];
    for (int y = 0; y < height; y++) {
      samples.getPixels(samples.getMinX(), samples.getMinY() + y, width, 1, row);
      for (int i = 0; i < row.length; i++) {
        double sample = sample(i);
        int band = i % bandsInRow;
        if (extremes[band] == null) {
          extremes[band] = new double[] {sample, sample};
        }
        extremes[band][0] = Math.min(extremes[band][0], sample);
        extremes[band][1] = Math.max(extremes[band][1], sample);
      }
    }
    return extremes;
  }

  /** All bands but the opacity; that alone if it varies and nothing else does. */
  private int[] counting(double[][] extremes) {
    int alpha = image.alpha();
    int[] colours = IntStream.range(0, bandsInRow).filter(band -> band != alpha).toArray();
    boolean constant = IntStream.of(colours).noneMatch(band -> varies(extremes[band]));
    return alpha >= 0 && constant && varies(extremes[alpha]) ? new int[] {alpha} : colours;
  }

  /** Whether a band has several values; loss alone does not change one by half of the range. */
  private boolean varies(double[] extremes) {
    return extremes[1] - extremes[0] > (lossy ? BYTE / 2 : 0);
  }

  /** The end of the range from zero in which the samples lie. */
  private double range() {
    int bits = image.bits()[bands[0]];
    if (!floating && bits <= 8) {
      return (1 << bits) - 1;
    }
    if (floating && maximum <= 1) {
      return 1;
    }
    double range = BYTE;
    while (range < maximum) {
      range = 2 * range + 1;
    }
    return range;
  }

  private boolean isSoft() {
    if (image.kind() == Kind.PALETTE || maximum <= range() / 2) {
      return false;
    }
    Set<Double> between = new HashSet<>();
    long edges = 0;
    long areas = 0;
    double[] above = new double[width];
    double[] values = new double[width];
    double[] below = new double[width];
    read(0, below);
    for (int y = 0; y < height; y++) {
      double[] free = above;
      above = values;
      values = below;
      below = free;
      if (y + 1 < height) {
        read(y + 1, below);
      }
      for (int x = 0; x < width; x++) {
        if (values[x] > 0 && values[x] < maximum) {
          boolean inArea =
              y > 0 && isInBlock(values, above, x) || y + 1 < height && isInBlock(values, below, x);
          areas += inArea ? 1 : 0;
          edges += inArea ? 0 : 1;
          if (between.size() <= FEW) {
            between.add(values[x]);
          }
        }
      }
    }
    return between.size() > FEW && areas < edges;
  }

  /** Whether a pixel, the same pixel of a neighbouring row, and a pixel next to both are equal. */
  private static boolean isInBlock(double[] values, double[] other, int x) {
    double value = values[x];
    return other[x] == value
        && (x > 0 && values[x - 1] == value && other[x - 1] == value
            || x + 1 < values.length && values[x + 1] == value && other[x + 1] == value);
  }
}
