package kintsugi.image;

import java.awt.image.BufferedImage;
import java.util.BitSet;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadUpdateListener;
import javax.imageio.event.IIOReadWarningListener;

/** The record of one reading by a decoder: the rows it has filled, and whether data ran out. */
final class ReadingRecord implements IIOReadWarningListener, IIOReadUpdateListener {
  /**
   * libjpeg's warning (JWRN_HIT_MARKER) that a scan's coded data ended before its last block did. A
   * file that lacks only the end marker does not bring it.
   */
  private static final String DATA_RAN_OUT = "premature end of data segment";

  private final BitSet rows = new BitSet();
  private boolean ranOut;

  /** Whether a decoder warned that coded data ran out. */
  boolean hasRunOut() {
    return ranOut;
  }

  /** Whether each of an image's rows was filled. */
  boolean hasAllRows(int height) {
    return rows.nextClearBit(0) >= height;
  }

  /** The rows that were missing when the data ran out, or when the reading ended. */
  String missing(int height) {
    if (rows.isEmpty()) {
      return height == 0
          ? "it is cut short: it ends before its first row"
          : "it is cut short: none of its " + height + " rows is there";
    }
    if (hasAllRows(height)) {
      return "it is cut short: part of the data of its " + height + " rows is missing";
    }
    int first = rows.nextClearBit(0);
    int last = rows.previousClearBit(height - 1);
    int missing = height - rows.cardinality();
    return last - first + 1 == missing
        ? "it is cut short: rows "
            + (first + 1)
            + " to "
            + (last + 1)
            + " of "
            + height
            + " are missing"
        : "it is cut short: " + missing + " of its " + height + " rows are missing";
  }

  @Override
  public void warningOccurred(ImageReader source, String warning) {
    ranOut |= warning.contains(DATA_RAN_OUT);
  }

  @Override
  public void imageUpdate(
      ImageReader source,
      BufferedImage image,
      int left,
      int top,
      int width,
      int height,
      int stepX,
      int stepY,
      int[] bands) {
    if (!ranOut) {
      for (int i = 0; i < height; i++) {
        rows.set(top + i * Math.max(1, stepY));
      }
    }
  }

  @Override
  public void passStarted(
      ImageReader source,
      BufferedImage image,
      int pass,
      int minimumPass,
      int maximumPass,
      int left,
      int top,
      int stepX,
      int stepY,
      int[] bands) {}

  @Override
  public void passComplete(ImageReader source, BufferedImage image) {}

  @Override
  public void thumbnailPassStarted(
      ImageReader source,
      BufferedImage thumbnail,
      int pass,
      int minimumPass,
      int maximumPass,
      int left,
      int top,
      int stepX,
      int stepY,
      int[] bands) {}

  @Override
  public void thumbnailUpdate(
      ImageReader source,
      BufferedImage thumbnail,
      int left,
      int top,
      int width,
      int height,
      int stepX,
      int stepY,
      int[] bands) {}

  @Override
  public void thumbnailPassComplete(ImageReader source, BufferedImage thumbnail) {}
}
