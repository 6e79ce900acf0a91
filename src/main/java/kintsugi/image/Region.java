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
import kintsugi.tensor.Tensor;
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
   * {@return all pixels of an image}
   *
   * @param width columns
   * @param height rows
   */
  public static Region all(int width, int height) {
    BitSet inside = new BitSet(width * height);
    inside.set(0, width * height);
    return new Region(width, height, inside);
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
   * The patches of an image's tiles that are in this region: those of which at least half of the
   * pixels are.
   *
   * @param tiles of an image of this region's size; one where it is not cut
   * @param rows of a tile's grid of patches
   * @param columns of it
   * @return the patches, tile by tile and row by row
   */
  public BitSet patches(TileGrid tiles, int rows, int columns) {
    BitSet patches = new BitSet(tiles.count() * rows * columns);
    for (int patch = 0; patch < tiles.count() * rows * columns; patch++) {
      int tile = patch / (rows * columns);
      int row = patch / columns % rows;
      int column = patch % columns;
      int left = tiles.left(tile);
      int top = tiles.top(tile);
      patches.set(
          patch,
          isHalfInside(
              left + column * tiles.tileWidth() / columns,
              top + row * tiles.tileHeight() / rows,
              left + Math.ceilDiv((column + 1) * tiles.tileWidth(), columns),
              top + Math.ceilDiv((row + 1) * tiles.tileHeight(), rows)));
    }
    return patches;
  }

  private boolean isHalfInside(int left, int top, int right, int bottom) {
    int count = 0;
    for (int y = top; y < bottom; y++) {
      for (int x = left; x < right; x++) {
        count += at(x, y) ? 1 : 0;
      }
    }
    return 2 * count >= (right - left) * (bottom - top);
  }

  /**
   * {@return a copy of a map with another value outside of this region}
   *
   * @param map {@code [H, W]}, of this region's size
   * @param outside that value
   */
  public Tensor with(Tensor map, float outside) {
    float[] values = map.data().clone();
    for (int i = 0; i < values.length; i++) {
      values[i] = at(i) ? values[i] : outside;
    }
    return Tensor.of(values, map.shape());
  }

  /**
   * {@return the values of a map in this region, {@code [1, count]}, row by row}
   *
   * @param map {@code [H, W]}, of this region's size
   */
  public Tensor values(Tensor map) {
    float[] values = new float[count()];
    int count = 0;
    for (int i = inside.nextSetBit(0); i >= 0; i = inside.nextSetBit(i + 1)) {
      values[count++] = map.data()[i];
    }
    return Tensor.of(values, 1, count);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Region region
        && region.width == width
        && region.height == height
        && region.inside.equals(inside);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * width + height) + inside.hashCode();
  }
}
