package kintsugi.image;

import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.util.Arrays;

/**
 * The canvas of a GIF, on which its first frame lies. The JDK's reader hands out the frame alone.
 * As Pillow has it, the rest of the canvas is the transparent index, or 0 without one.
 *
 * @param width of the canvas, enlarged where the frame reaches beyond it
 * @param height of the canvas
 * @param left the frame's first column
 * @param top the frame's first row
 * @param frameWidth the frame's columns, which have to be in the file; the canvas does not
 * @param frameHeight the frame's rows
 * @param frames how many frames the file has
 * @param hasPalette whether the first frame has colours, its own or the file's
 */
record Gif(
    int width,
    int height,
    int left,
    int top,
    int frameWidth,
    int frameHeight,
    int frames,
    boolean hasPalette) {
  private static final int HEADER = 13;
  private static final int IMAGE = 0x2c;
  private static final int EXTENSION = 0x21;

  static boolean isGif(byte[] bytes) {
    return bytes.length > HEADER && bytes[0] == 'G' && bytes[1] == 'I' && bytes[2] == 'F';
  }

  /** The places of the first frame, and the number of frames as far as the blocks lead. */
  static Gif of(byte[] bytes) {
    int width = number(bytes, 6);
    int height = number(bytes, 8);
    int left = 0;
    int top = 0;
    int frameWidth = 0;
    int frameHeight = 0;
    int frames = 0;
    boolean palette = bytes[10] < 0;
    int at = HEADER + table(bytes[10]);
    while (at + 1 < bytes.length && (bytes[at] == IMAGE || bytes[at] == EXTENSION)) {
      if (bytes[at] == EXTENSION) {
        at = afterBlocks(bytes, at + 2);
        continue;
      }
      if (at + 10 > bytes.length) {
        break;
      }
      if (frames == 0) {
        left = number(bytes, at + 1);
        top = number(bytes, at + 3);
        frameWidth = number(bytes, at + 5);
        frameHeight = number(bytes, at + 7);
        width = Math.max(width, left + frameWidth);
        height = Math.max(height, top + frameHeight);
        palette |= bytes[at + 9] < 0;
      }
      frames++;
      at = afterBlocks(bytes, at + 11 + table(bytes[at + 9]));
    }
    return new Gif(width, height, left, top, frameWidth, frameHeight, frames, palette);
  }

  /** Bytes of a palette by its descriptor. */
  private static int table(byte flags) {
    return (flags & 0x80) == 0 ? 0 : 3 * (2 << (flags & 7));
  }

  private static int afterBlocks(byte[] bytes, int from) {
    int at = from;
    while (at < bytes.length && bytes[at] != 0) {
      at += 1 + (bytes[at] & 0xff);
    }
    return at + 1;
  }

  private static int number(byte[] bytes, int at) {
    return bytes[at] & 0xff | (bytes[at + 1] & 0xff) << 8;
  }

  /** The frame on its canvas. Indices are grey levels, as Pillow has them, where no palette is. */
  DecodedImage compose(DecodedImage frame) {
    DecodedImage placed = placed(frame);
    DecodedImage coloured =
        hasPalette ? placed : DecodedImage.of(placed.samples(), DecodedImage.Kind.GREY, 8, -1);
    return frames > 1
        ? coloured.withNote("has " + frames + " frames; the first is used")
        : coloured;
  }

  private DecodedImage placed(DecodedImage frame) {
    boolean whole = left == 0 && top == 0 && width == frame.width() && height == frame.height();
    if (whole || frame.palette() == null) {
      return frame;
    }
    IndexColorModel palette = frame.palette();
    WritableRaster canvas = palette.createCompatibleWritableRaster(width, height);
    int[] row = new int[width];
    Arrays.fill(row, Math.max(0, palette.getTransparentPixel()));
    for (int y = 0; y < height; y++) {
      canvas.setSamples(0, y, width, 1, 0, row);
    }
    Raster samples = frame.samples();
    canvas.setRect(left - samples.getMinX(), top - samples.getMinY(), samples);
    return frame.withSamples(canvas);
  }
}
