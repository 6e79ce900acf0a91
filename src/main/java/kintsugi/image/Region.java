package kintsugi.image;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.util.BitSet;
import java.util.List;
import org.joml.Vector2d;

/**
 * A region of interest: the pixels of an image that are learnt from and scored, one bit per pixel,
 * upright. It belongs to every image of its aspect, and is scaled to it. Immutable.
 */
public final class Region {
  /** How far the aspect of an image may be from that of its region: the rounding of a resize. */
  private static final double ASPECT_TOLERANCE = 0.02;

  /** The longer side on which polygons are drawn at most. */
  private static final int MAX_DRAWN = 4096;

  private final int width;
  private final int height;
  private final BitSet inside;

  private Region(int width, int height, BitSet inside) {
    this.width = width;
    this.height = height;
    this.inside = inside;
  }

  /**
   * {@return a region of single pixels}
   *
   * @param width columns
   * @param height rows
   * @param inside the pixels in it, row by row; copied
   * @throws IllegalArgumentException if a side is below 1, or a pixel lies beyond them
   */
  public static Region of(int width, int height, BitSet inside) {
    if (width < 1 || height < 1 || inside.length() > (long) width * height) {
      throw new IllegalArgumentException(
          "a region of " + width + "x" + height + " does not have pixel " + inside.length());
    }
    return new Region(width, height, (BitSet) inside.clone());
  }

  /**
   * {@return the region of a mask: its pixels above zero}
   *
   * @param mask the mask
   */
  public static Region of(Mask mask) {
    BitSet inside = new BitSet(mask.width() * mask.height());
    for (int i = 0; i < mask.width() * mask.height(); i++) {
      inside.set(i, mask.at(i % mask.width(), i / mask.width()));
    }
    return new Region(mask.width(), mask.height(), inside);
  }

  /**
   * The region of outlines: the pixels whose centres are in any of the first ones, and in none of
   * the others. Large ones are drawn with a longer side of {@value #MAX_DRAWN} pixels.
   *
   * @param width columns of the image on which they were drawn
   * @param height rows of that image
   * @param include the outlines of what is in the region; if there are none, all is
   * @param exclude the outlines of what is not
   * @return the region
   * @throws IllegalArgumentException if a side is below 1
   */
  public static Region of(
      int width, int height, List<? extends Shape> include, List<? extends Shape> exclude) {
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException("a region cannot have " + width + "x" + height);
    }
    double scale = Math.min(1, (double) MAX_DRAWN / Math.max(width, height));
    int columns = Math.max(1, (int) Math.round(width * scale));
    int rows = Math.max(1, (int) Math.round(height * scale));
    BufferedImage drawn = new BufferedImage(columns, rows, BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D pen = drawn.createGraphics();
    // Otherwise edges are moved to whole pixels.
    pen.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    pen.setBackground(include.isEmpty() ? Color.WHITE : Color.BLACK);
    pen.clearRect(0, 0, columns, rows);
    pen.transform(
        AffineTransform.getScaleInstance((double) columns / width, (double) rows / height));
    pen.setColor(Color.WHITE);
    include.forEach(pen::fill);
    pen.setColor(Color.BLACK);
    exclude.forEach(pen::fill);
    pen.dispose();
    byte[] levels = ((DataBufferByte) drawn.getRaster().getDataBuffer()).getData();
    BitSet inside = new BitSet(levels.length);
    for (int i = 0; i < levels.length; i++) {
      inside.set(i, levels[i] != 0);
    }
    return new Region(columns, rows, inside);
  }

  /** {@return the columns} */
  public int width() {
    return width;
  }

  /** {@return the rows} */
  public int height() {
    return height;
  }

  /**
   * {@return whether a pixel is in it}
   *
   * @param x the column
   * @param y the row
   */
  public boolean at(int x, int y) {
    return inside.get(y * width + x);
  }

  /**
   * {@return whether a pixel is in it}
   *
   * @param pixel counted row by row
   */
  public boolean at(int pixel) {
    return inside.get(pixel);
  }

  /** {@return how many pixels are in it} */
  public int count() {
    return inside.cardinality();
  }

  /** {@return the part of the pixels that are in it, from 0 to 1} */
  public double fraction() {
    return (double) count() / width / height;
  }

  /** {@return whether no pixel is in it} */
  public boolean isEmpty() {
    return inside.isEmpty();
  }

  /** {@return the pixels that are not in this region} */
  public Region inverse() {
    BitSet outside = (BitSet) inside.clone();
    outside.flip(0, width * height);
    return new Region(width, height, outside);
  }

  /**
   * {@return the pixels that are in both regions}
   *
   * @param other a region of the same size
   * @throws IllegalArgumentException if it has another size
   */
  public Region and(Region other) {
    if (other.width != width || other.height != height) {
      throw new IllegalArgumentException(
          other.width + "x" + other.height + " pixels are not " + width + "x" + height);
    }
    BitSet both = (BitSet) inside.clone();
    both.and(other.inside);
    return new Region(width, height, both);
  }

  /**
   * {@return whether an image has this region's aspect, up to the rounding of a resize}
   *
   * @param imageWidth the image's columns
   * @param imageHeight the image's rows
   */
  public boolean fits(int imageWidth, int imageHeight) {
    double quotient = (double) imageWidth * height / ((double) imageHeight * width);
    double pixel = 1.0 / Math.min(width, height) + 1.0 / Math.min(imageWidth, imageHeight);
    return Math.abs(quotient - 1) <= Math.max(ASPECT_TOLERANCE, pixel);
  }

  /**
   * The region of an image as the network's input has it: what lies under the centre of each pixel.
   *
   * @param transform between the input and the image
   * @param imageWidth the image's columns
   * @param imageHeight the image's rows
   * @param inputWidth the input's columns
   * @param inputHeight the input's rows
   * @return a region of the input's size; a pixel that lies beyond the image is not in it
   */
  public Region project(
      MapTransform transform, int imageWidth, int imageHeight, int inputWidth, int inputHeight) {
    BitSet projected = new BitSet(inputWidth * inputHeight);
    Vector2d at = new Vector2d();
    for (int i = 0; i < inputWidth * inputHeight; i++) {
      transform.toImage(at.set(i % inputWidth + 0.5, i / inputWidth + 0.5));
      int x = (int) Math.floor(at.x * width / imageWidth);
      int y = (int) Math.floor(at.y * height / imageHeight);
      projected.set(i, x >= 0 && y >= 0 && x < width && y < height && at(x, y));
    }
    return new Region(inputWidth, inputHeight, projected);
  }

  /**
   * The patches of a grid over this region that are in it: those of which at least half of the
   * pixels are.
   *
   * @param rows of the grid
   * @param columns of the grid
   * @return the patches, row by row
   */
  public BitSet patches(int rows, int columns) {
    BitSet patches = new BitSet(rows * columns);
    for (int patch = 0; patch < rows * columns; patch++) {
      int row = patch / columns;
      int column = patch % columns;
      patches.set(
          patch,
          isHalfInside(
              column * width / columns,
              row * height / rows,
              Math.ceilDiv((column + 1) * width, columns),
              Math.ceilDiv((row + 1) * height, rows)));
    }
    return patches;
  }

  /**
   * {@return whether at least half of the pixels of a rectangle are in this region}
   *
   * @param left the first column
   * @param top the first row
   * @param right the column after the last
   * @param bottom the row after the last
   */
  public boolean isHalfInside(int left, int top, int right, int bottom) {
    int count = 0;
    for (int y = top; y < bottom; y++) {
      count += inside.get(y * width + left, y * width + right).cardinality();
    }
    return 2 * count >= (right - left) * (bottom - top);
  }
}
