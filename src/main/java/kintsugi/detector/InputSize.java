package kintsugi.detector;

import java.util.Optional;
import kintsugi.image.Preprocessing;
import kintsugi.image.TargetSize;

/**
 * The size that every image gets, which is that of the score maps. It is the size of the network's
 * input too, unless images are cut into tiles.
 *
 * @param width columns
 * @param height rows
 */
public record InputSize(int width, int height) {
  private static final long CHANNELS = 3;

  /**
   * Checks the sides.
   *
   * @throws IllegalArgumentException if one is below 1, or an array could not hold an image's
   *     values
   */
  public InputSize {
    Recipe.require(width > 0 && height > 0, "input_size: both sides above 0");
    Recipe.require(
        CHANNELS * width * height <= Integer.MAX_VALUE,
        "input_size: " + width + "x" + height + " is too large");
  }

  /** The size that every image gets, whatever it is; empty where it depends on the image. */
  static Optional<InputSize> fixed(Preprocessing preprocessing) {
    TargetSize last =
        preprocessing.crop() instanceof TargetSize.Same
            ? preprocessing.resize()
            : preprocessing.crop();
    return last instanceof TargetSize.Exact exact
        ? Optional.of(new InputSize(exact.width(), exact.height()))
        : Optional.empty();
  }

  @Override
  public String toString() {
    return width + "x" + height;
  }
}
