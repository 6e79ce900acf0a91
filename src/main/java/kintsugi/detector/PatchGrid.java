package kintsugi.detector;

/**
 * The patches of an image: a grid per tile, of the positions of the finest feature layer. Where a
 * method wants one grid, the tiles' grids stand one below the other.
 *
 * @param tiles how many; one where images are not cut
 * @param height rows of a tile's grid
 * @param width columns
 */
public record PatchGrid(int tiles, int height, int width) {

  /** {@return rows of the tiles' grids together} */
  public int rows() {
    return tiles * height;
  }

  /** {@return patches of an image} */
  public long positions() {
    return (long) rows() * width;
  }
}
