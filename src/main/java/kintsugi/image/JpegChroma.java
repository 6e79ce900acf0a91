package kintsugi.image;

import java.awt.image.WritableRaster;

/**
 * The rows of a JPEG's components that have half as many rows as the image and all of its columns
 * (4:4:0, which a turned 4:2:2 becomes). The JDK's decoder repeats them; libjpeg-turbo, and so
 * every other program, interpolates them.
 */
final class JpegChroma {
  private JpegChroma() {}

  /** Interpolates rows that were repeated. */
  static void interpolate(WritableRaster raster, JpegMarkers markers) {
    for (int band = 0; band < raster.getNumBands(); band++) {
      if (markers.hasHalfRows(band)) {
        interpolate(raster, band);
      }
    }
  }

  /** Three parts of the nearer stored row and one of the farther, with libjpeg's rounding. */
  private static void interpolate(WritableRaster raster, int band) {
    int width = raster.getWidth();
    int height = raster.getHeight();
    int[] before = raster.getSamples(0, 0, width, 1, band, (int[]) null);
    int[] row = before;
    for (int y = 0; y < height; y += 2) {
      int next = Math.min(y + 2, (height - 1) / 2 * 2);
      int[] after = raster.getSamples(0, next, width, 1, band, (int[]) null);
      raster.setSamples(0, y, width, 1, band, mixed(row, before, 1));
      if (y + 1 < height) {
        raster.setSamples(0, y + 1, width, 1, band, mixed(row, after, 2));
      }
      before = row;
      row = after;
    }
  }

  private static int[] mixed(int[] near, int[] far, int rounding) {
    int[] row = new int[near.length];
    for (int x = 0; x < row.length; x++) {
      row[x] = (3 * near[x] + far[x] + rounding) >> 2;
    }
    return row;
  }
}
