package kintsugi.image;

import java.io.IOException;

/**
 * TIFF's uncompressed or losslessly compressed YCbCr with fewer samples of colour than of light.
 */
final class TiffChroma {
  private TiffChroma() {}

  /**
   * The samples of a strip or tile, with the colour repeated for every pixel.
   *
   * @return {@code rows * width * 3} bytes
   */
  static byte[] expand(TiffDirectory directory, int compression, byte[] coded, int width, int rows)
      throws IOException {
    long[] factors = directory.all(TiffDirectory.YCBCR_SUBSAMPLING);
    int across = factors.length < 2 ? 2 : (int) factors[0];
    int down = factors.length < 2 ? 2 : (int) factors[1];
    boolean plain =
        directory.get(TiffDirectory.BITS, 1) == 8 && directory.get(TiffDirectory.SAMPLES, 1) == 3;
    if (!plain || across < 1 || across > 4 || down < 1 || down > 4) {
      throw new IOException("its colour is sampled every " + across + "x" + down + " pixels");
    }
    int unit = across * down + 2;
    int units = Math.ceilDiv(width, across);
    long length = (long) units * Math.ceilDiv(rows, down) * unit;
    if (length > Integer.MAX_VALUE - 8 || (long) width * rows * 3 > Integer.MAX_VALUE - 8) {
      throw new IOException("its strips or tiles are too large");
    }
    byte[] packed = TiffCompression.expand(compression, coded, (int) length);
    byte[] expanded = new byte[width * rows * 3];
    for (int y = 0; y < rows; y++) {
      for (int x = 0; x < width; x++) {
        int from = (y / down * units + x / across) * unit;
        int to = (y * width + x) * 3;
        expanded[to] = packed[from + y % down * across + x % across];
        expanded[to + 1] = packed[from + across * down];
        expanded[to + 2] = packed[from + across * down + 1];
      }
    }
    return expanded;
  }
}
