package kintsugi.image;

import java.awt.image.WritableRaster;
import java.util.Arrays;
import kintsugi.image.DecodedImage.Kind;

/**
 * The colours of a JPEG's components, as libjpeg decides on them from the markers, and their
 * conversion. The JDK's reader converts four inks by a formula of its own, up to 73 levels from
 * what every other program shows, takes three components without a marker for RGB if none of them
 * is subsampled, and applies colour profiles; so these are read as they are stored and converted
 * here.
 */
enum JpegColours {
  GREY,
  YCBCR,
  RGB,
  CMYK,
  YCCK,
  UNKNOWN;

  private static final int[] USUAL_NAMES = {1, 2, 3};

  /** Fractions of the conversion have 16 bits. */
  private static final int HALF = 1 << 15;

  private static final int CR_TO_RED = fixed(1.402);
  private static final int CB_TO_BLUE = fixed(1.772);
  private static final int CR_TO_GREEN = fixed(0.71414);
  private static final int CB_TO_GREEN = fixed(0.34414);

  private static int fixed(double value) {
    return (int) (value * (1 << 16) + 0.5);
  }

  /** The colours by the components' number and names, and Adobe's and JFIF's marker. */
  static JpegColours of(JpegMarkers markers) {
    return switch (markers.components().length) {
      case 1 -> GREY;
      case 3 -> threeComponents(markers);
      case 4 -> !markers.hasAdobe() || markers.adobeTransform() == 0 ? CMYK : YCCK;
      default -> UNKNOWN;
    };
  }

  /** Whether the JDK's reader makes the stored values' RGB of a file with these colours. */
  boolean isReadByTheJdk(JpegMarkers markers) {
    if (this == UNKNOWN || markers.process() == JpegMarkers.LOSSLESS) {
      return true;
    }
    if (this == CMYK || this == YCCK || markers.profile().length > 0 || markers.hasHalfRows()) {
      return false;
    }
    boolean usual = markers.hasAdobe() || Arrays.equals(markers.components(), USUAL_NAMES);
    // Where both markers stand, libjpeg believes JFIF's and the JDK Adobe's.
    return this == GREY || (markers.isJfif() ? markers.adobeTransform() != 0 : usual);
  }

  private static JpegColours threeComponents(JpegMarkers markers) {
    if (markers.isJfif()) {
      return YCBCR;
    }
    if (markers.hasAdobe()) {
      return markers.adobeTransform() == 0 ? RGB : YCBCR;
    }
    int[] names = markers.components();
    return names[0] == 'R' && names[1] == 'G' && names[2] == 'B' ? RGB : YCBCR;
  }

  /** Converts Y, Cb and Cr in place, with libjpeg's rounding; further bands are left. */
  static void toRgb(WritableRaster raster) {
    int bands = raster.getNumBands();
    int width = raster.getWidth();
    int[] row = new int[width * bands];
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(0, y, width, 1, row);
      for (int i = 0; i < row.length; i += bands) {
        int light = row[i];
        int cb = row[i + 1] - 128;
        int cr = row[i + 2] - 128;
        int green = -CB_TO_GREEN * cb - CR_TO_GREEN * cr + HALF;
        row[i] = Math.clamp(light + ((CR_TO_RED * cr + HALF) >> 16), 0, 255);
        row[i + 1] = Math.clamp(light + (green >> 16), 0, 255);
        row[i + 2] = Math.clamp(light + ((CB_TO_BLUE * cb + HALF) >> 16), 0, 255);
      }
      raster.setPixels(0, y, width, 1, row);
    }
  }

  /** The image of components as they are stored, which are converted in place. */
  DecodedImage decoded(WritableRaster raster) {
    if (this == YCBCR || this == YCCK) {
      toRgb(raster);
    }
    if (this == CMYK || this == YCCK) {
      toInks(raster);
      return DecodedImage.of(raster, Kind.CMYK, 8, -1);
    }
    return DecodedImage.of(raster, this == GREY ? Kind.GREY : Kind.RGB, 8, -1);
  }

  /**
   * Brings four components to inks of which 0 is none: Adobe's programs, and all others after them,
   * store them inverted.
   */
  private void toInks(WritableRaster raster) {
    int width = raster.getWidth();
    int[] row = new int[width * 4];
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(0, y, width, 1, row);
      for (int i = 0; i < row.length; i++) {
        boolean inverted = this == CMYK || i % 4 == 3;
        row[i] = inverted ? 255 - row[i] : row[i];
      }
      raster.setPixels(0, y, width, 1, row);
    }
  }
}
