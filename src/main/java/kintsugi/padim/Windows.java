package kintsugi.padim;

/**
 * The windows of positions whose patches a position's Gaussian is that of: the square around it,
 * shifted inwards at the edge of its tile, so that all have equally many positions.
 */
final class Windows {
  private final int rows;
  private final int columns;
  private final int tileRows;
  private final int width;

  /**
   * The windows of a grid.
   *
   * @param side rows and columns of a window; of a smaller tile, all of it
   * @param tileRows rows of the grid that are one tile's; no window leaves its tile
   * @param width columns of the grid
   */
  Windows(int side, int tileRows, int width) {
    this.rows = Math.min(side, tileRows);
    this.columns = Math.min(side, width);
    this.tileRows = tileRows;
    this.width = width;
  }

  /** {@return positions of a window} */
  int size() {
    return rows * columns;
  }

  /** {@return the first row of the windows around a row's positions} */
  int top(int row) {
    int tile = row / tileRows * tileRows;
    return tile + Math.clamp(row - tile - rows / 2, 0, tileRows - rows);
  }

  /** {@return the positions of the window around one, row by row} */
  int[] around(int position) {
    int left = Math.clamp(position % width - columns / 2, 0, width - columns);
    int first = top(position / width) * width + left;
    int[] window = new int[size()];
    for (int i = 0; i < window.length; i++) {
      window[i] = first + i / columns * width + i % columns;
    }
    return window;
  }
}
