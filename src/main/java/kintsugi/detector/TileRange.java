package kintsugi.detector;

/**
 * Adjacent tiles of an image, some of all.
 *
 * @param first the index of the first
 * @param count how many
 * @param all how many tiles the image has; one where it is not cut
 */
public record TileRange(int first, int count, int all) {
  /** The only tile of an image that is not cut. */
  public static final TileRange WHOLE = all(1);

  /** All tiles of an image. */
  static TileRange all(int tiles) {
    return new TileRange(0, tiles, tiles);
  }

  /** {@return whether these are all tiles} */
  public boolean isWhole() {
    return count == all;
  }
}
