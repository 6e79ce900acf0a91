package kintsugi.image;

import java.util.OptionalInt;

/**
 * The cutting of large images into square tiles, each of which the network sees at its own size.
 *
 * @param side of a tile in pixels of the resized image; empty for images that are not cut
 * @param overlap the minimum of pixels that adjacent tiles share; empty for a quarter of the side
 */
public record Tiling(OptionalInt side, OptionalInt overlap) {
  /** Images that are not cut. */
  public static final Tiling NONE = new Tiling(OptionalInt.empty(), OptionalInt.empty());

  private static final int USUAL = 4;

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if the side is not an image's, or the overlap not below it
   */
  public Tiling {
    int pixels = side.orElse(TargetSize.MAXIMUM);
    if (pixels < TargetSize.MINIMUM || pixels > TargetSize.MAXIMUM) {
      throw new IllegalArgumentException(
          "tile: from " + TargetSize.MINIMUM + " to " + TargetSize.MAXIMUM + ", or none");
    }
    if (overlap.orElse(0) < 0 || overlap.orElse(0) >= pixels) {
      throw new IllegalArgumentException(
          "overlap: 0 or above, below the tile's side of " + pixels + ", not " + overlap.orElse(0));
    }
  }

  /** {@return whether images are cut} */
  public boolean isCut() {
    return side.isPresent();
  }

  /**
   * {@return the tiles of a resized image; one of its own size if images are not cut}
   *
   * @param width columns
   * @param height rows
   * @throws IllegalArgumentException if the image is smaller than a tile, or becomes too many
   */
  public TileGrid grid(int width, int height) {
    if (side.isEmpty()) {
      return TileGrid.whole(width, height);
    }
    int pixels = side.getAsInt();
    return TileGrid.of(width, height, pixels, overlap.orElse(pixels / USUAL));
  }
}
