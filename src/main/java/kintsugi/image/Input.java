package kintsugi.image;

import java.util.Optional;
import kintsugi.tensor.Tensor;

/**
 * A resized and cropped image, before normalisation.
 *
 * @param pixels the values, of 8 bits
 * @param exact the same in fp32, {@code [height, width, 3]} from 0 to 1, where the interpolation
 *     does not round; {@code pixels} are then for the eye, and for what looks at an image's colours
 */
public record Input(Pixels pixels, Optional<Tensor> exact) {
  private static final float WHITE = 255;

  /** An input of unrounded values. */
  static Input of(Tensor exact) {
    byte[] rgb = new byte[exact.size()];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) Math.clamp(Math.round(exact.data()[i] * WHITE), 0, 255);
    }
    return new Input(new Pixels(exact.dim(1), exact.dim(0), rgb), Optional.of(exact));
  }

  /** {@return columns} */
  public int width() {
    return pixels.width();
  }

  /** {@return rows} */
  public int height() {
    return pixels.height();
  }

  /**
   * Writes a tile as normalised values into a batch.
   *
   * @param grid the input's tiles
   * @param tile its index
   * @param batch receives the values
   * @param offset the index of the first value in the batch
   */
  public void normaliseInto(TileGrid grid, int tile, float[] batch, int offset) {
    if (exact.isEmpty()) {
      Preprocessing.normaliseInto(pixels, grid, tile, batch, offset);
      return;
    }
    float[] values = exact.get().data();
    int row = grid.tileWidth() * 3;
    for (int y = 0; y < grid.tileHeight(); y++) {
      int from = ((grid.top(tile) + y) * width() + grid.left(tile)) * 3;
      for (int i = 0; i < row; i++) {
        batch[offset + y * row + i] = Preprocessing.normalised(values[from + i], i % 3);
      }
    }
  }

  /**
   * {@return a tile as the network's input, {@code [1, height, width, 3]}}
   *
   * @param grid the input's tiles
   * @param tile its index
   */
  public Tensor normalised(TileGrid grid, int tile) {
    Tensor tensor = Tensor.zeros(1, grid.tileHeight(), grid.tileWidth(), 3);
    normaliseInto(grid, tile, tensor.data(), 0);
    return tensor;
  }
}
