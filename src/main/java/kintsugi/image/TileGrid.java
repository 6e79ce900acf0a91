package kintsugi.image;

/**
 * The tiles of an image of a given size, row by row. They are spread evenly, the first and the last
 * at the image's edges, so that adjacent ones share at least the overlap that was asked for.
 *
 * @param width columns of the image
 * @param height rows of the image
 * @param tileWidth columns of a tile
 * @param tileHeight rows of a tile
 * @param columns tiles side by side
 * @param rows tiles one below the other
 */
public record TileGrid(
    int width, int height, int tileWidth, int tileHeight, int columns, int rows) {
  /** Far more than a sensible overlap makes of the largest image. */
  private static final int MAXIMUM = 1 << 16;

  /**
   * {@return the only tile of an image that is not cut}
   *
   * @param width columns
   * @param height rows
   */
  public static TileGrid whole(int width, int height) {
    return new TileGrid(width, height, width, height, 1, 1);
  }

  static TileGrid of(int width, int height, int side, int overlap) {
    if (Math.min(width, height) < side) {
      throw new IllegalArgumentException(
          width
              + "x"
              + height
              + " is smaller than a tile of "
              + side
              + "x"
              + side
              + "; enlarge it (resize), or cut smaller tiles (tile)");
    }
    long columns = 1 + Math.ceilDiv((long) width - side, side - overlap);
    long rows = 1 + Math.ceilDiv((long) height - side, side - overlap);
    if (columns * rows > MAXIMUM) {
      throw new IllegalArgumentException(
          width
              + "x"
              + height
              + " makes "
              + columns * rows
              + " tiles where "
              + MAXIMUM
              + " is the maximum; cut larger tiles (tile), or with less overlap (overlap)");
    }
    return new TileGrid(width, height, side, side, (int) columns, (int) rows);
  }

  /** {@return how many tiles there are} */
  public int count() {
    return columns * rows;
  }

  /**
   * {@return the image's column at which a tile begins}
   *
   * @param tile its index, row by row
   */
  public int left(int tile) {
    return start(tile % columns, columns, width - tileWidth);
  }

  /**
   * {@return the image's row at which a tile begins}
   *
   * @param tile its index, row by row
   */
  public int top(int tile) {
    return start(tile / columns, rows, height - tileHeight);
  }

  /**
   * {@return the pixels of a tile, copied}
   *
   * @param input the image
   * @param tile its index, row by row
   */
  public Pixels cut(Pixels input, int tile) {
    int row = tileWidth * 3;
    byte[] rgb = new byte[tileHeight * row];
    for (int y = 0; y < tileHeight; y++) {
      int from = ((top(tile) + y) * width + left(tile)) * 3;
      System.arraycopy(input.rgb(), from, rgb, y * row, row);
    }
    return new Pixels(tileWidth, tileHeight, rgb);
  }

  private static int start(int index, int count, int room) {
    return count == 1 ? 0 : (int) Math.round((double) index * room / (count - 1));
  }
}
