package kintsugi.image;

/**
 * The conversion of a VP8 frame to RGB: chroma is interpolated with weights 9, 3, 3 and 1, and the
 * colours are those of ITU-R BT.601 with 16 to 235, with the rounding of libwebp.
 */
final class Vp8Colours {
  private Vp8Colours() {}

  static Pixels rgb(Vp8 frame) {
    int width = frame.header.width;
    int height = frame.header.height;
    byte[] rgb = new byte[width * height * 3];
    int[] u = new int[width];
    int[] v = new int[width];
    for (int y = 0; y < height; y++) {
      interpolate(frame.chroma[0], y, height, u);
      interpolate(frame.chroma[1], y, height, v);
      int from = frame.luma.at(0, y);
      for (int x = 0; x < width; x++) {
        int light = high(frame.luma.values[from + x] & 0xff, 19077);
        int to = (y * width + x) * 3;
        rgb[to] = clipped(light + high(v[x], 26149) - 14234);
        rgb[to + 1] = clipped(light - high(u[x], 6419) - high(v[x], 13320) + 8708);
        rgb[to + 2] = clipped(light + high(u[x], 33050) - 17685);
      }
    }
    return new Pixels(width, height, rgb);
  }

  private static int high(int value, int factor) {
    return value * factor >> 8;
  }

  private static byte clipped(int value) {
    return (byte) Math.clamp(value >> 6, 0, 255);
  }

  /** A row of chroma at the resolution of luma; beyond the edge the last sample repeats. */
  private static void interpolate(Vp8Plane plane, int y, int height, int[] row) {
    int last = (height - 1) / 2;
    int near = plane.at(0, y / 2);
    int far = plane.at(0, Math.clamp(y / 2 + (y % 2 == 0 ? -1 : 1), 0, last));
    int lastColumn = (row.length - 1) / 2;
    for (int x = 0; x < row.length; x++) {
      int i = x / 2;
      int j = x % 2 == 0 ? i - 1 : i + 1;
      int a = plane.values[near + i] & 0xff;
      int b = plane.values[far + i] & 0xff;
      if (j < 0 || j > lastColumn) {
        row[x] = 3 * a + b + 2 >> 2;
        continue;
      }
      int c = plane.values[near + j] & 0xff;
      int d = plane.values[far + j] & 0xff;
      row[x] = (a + b + c + d + 8 + 2 * (b + c) >> 3) + a >> 1;
    }
  }
}
