package kintsugi.image;

import java.util.Optional;
import java.util.OptionalInt;
import kintsugi.tensor.Tensor;
import org.joml.Vector2d;

/**
 * The way from an image to the network's input: decoding, resize, centre crop, and per channel
 * {@code (value / 255 - mean) / std}.
 *
 * @param resize the size before the crop
 * @param interpolation the filter of the resize
 * @param crop the size of the centre crop, computed from the resized size
 * @param bitDepth how many bits of a 16-bit file carry the value, 8 to 16; empty for all 16
 * @param colorProfile whether an embedded colour profile is applied
 * @param tiling whether the resized image is cut into tiles, each an input of the network; there is
 *     no crop then
 */
public record Preprocessing(
    TargetSize resize,
    Interpolation interpolation,
    TargetSize crop,
    OptionalInt bitDepth,
    ColorProfile colorProfile,
    Tiling tiling) {

  /** Mean and standard deviation of ImageNet's training set, red first. */
  private static final float[] MEAN = {0.485f, 0.456f, 0.406f};

  private static final float[] STD = {0.229f, 0.224f, 0.225f};

  /** The normalised value of each of the 256 pixel values, per channel. */
  private static final float[][] NORMALISED = normalised();

  /**
   * Checks the bit depth and the crop.
   *
   * @throws IllegalArgumentException if the depth is not 8 to 16, or images are both cropped and
   *     cut into tiles
   */
  public Preprocessing {
    Decoding.requireBitDepth(bitDepth);
    if (tiling.isCut() && !(crop instanceof TargetSize.Same)) {
      throw new IllegalArgumentException("crop: same where images are cut into tiles, not " + crop);
    }
  }

  /**
   * The way from an image whose stored values are kept, all bits of 16.
   *
   * @param resize the size before the crop
   * @param interpolation the filter of the resize
   * @param crop the size of the centre crop, computed from the resized size
   */
  public Preprocessing(TargetSize resize, Interpolation interpolation, TargetSize crop) {
    this(resize, interpolation, crop, OptionalInt.empty(), ColorProfile.KEEP, Tiling.NONE);
  }

  /** {@return how a file's samples become RGB values, with the default limit of pixels} */
  public Decoding decoding() {
    return new Decoding(bitDepth, colorProfile, Decoding.MAX_PIXELS);
  }

  /**
   * The input tensor of one image, not cut into tiles.
   *
   * @param image the image
   * @return {@code [1, height, width, 3]}
   * @throws IllegalArgumentException if the resized image is smaller than the crop
   */
  public Tensor apply(Pixels image) {
    Input input = input(image);
    return input.normalised(TileGrid.whole(input.width(), input.height()), 0);
  }

  /**
   * {@return the input tensor of resized and cropped pixels, or of a tile, {@code [1, height,
   * width, 3]}}
   *
   * @param input the pixels
   */
  public static Tensor normalised(Pixels input) {
    Tensor tensor = Tensor.zeros(1, input.height(), input.width(), 3);
    normaliseInto(input, TileGrid.whole(input.width(), input.height()), 0, tensor.data(), 0);
    return tensor;
  }

  /**
   * Writes a tile of an input as normalised values into a batch.
   *
   * @param input resized and cropped pixels
   * @param grid the input's tiles
   * @param tile its index
   * @param batch receives the values
   * @param offset the index of the first value in the batch
   */
  public static void normaliseInto(
      Pixels input, TileGrid grid, int tile, float[] batch, int offset) {
    byte[] rgb = input.rgb();
    int row = grid.tileWidth() * 3;
    for (int y = 0; y < grid.tileHeight(); y++) {
      int from = ((grid.top(tile) + y) * input.width() + grid.left(tile)) * 3;
      int to = offset + y * row;
      for (int i = 0; i < row; i += 3) {
        batch[to + i] = NORMALISED[0][rgb[from + i] & 0xff];
        batch[to + i + 1] = NORMALISED[1][rgb[from + i + 1] & 0xff];
        batch[to + i + 2] = NORMALISED[2][rgb[from + i + 2] & 0xff];
      }
    }
  }

  /** A value from 0 to 1 of a channel, normalised. */
  static float normalised(float value, int channel) {
    return (value - MEAN[channel]) / STD[channel];
  }

  private static float[][] normalised() {
    float[][] table = new float[3][256];
    for (int c = 0; c < 3; c++) {
      for (int value = 0; value < 256; value++) {
        table[c][value] = normalised(value / 255f, c);
      }
    }
    return table;
  }

  /**
   * {@return the resized and cropped pixels, before normalisation}
   *
   * @param image the image
   * @throws IllegalArgumentException if the resized image is smaller than the crop
   */
  public Pixels crop(Pixels image) {
    return input(image).pixels();
  }

  /**
   * {@return the resized and cropped image, before normalisation}
   *
   * @param image the image
   * @throws IllegalArgumentException if the resized image is smaller than the crop
   */
  public Input input(Pixels image) {
    int width = resize.width(image.width(), image.height());
    int height = resize.height(image.width(), image.height());
    int cropWidth = crop.width(width, height);
    int cropHeight = crop.height(width, height);
    if (width < cropWidth || height < cropHeight) {
      throw new IllegalArgumentException(
          "an image resized to "
              + width
              + "x"
              + height
              + " is smaller than the centre crop of "
              + cropWidth
              + "x"
              + cropHeight);
    }
    Resize.Part centre =
        new Resize.Part(
            margin(width, cropWidth), margin(height, cropHeight), cropWidth, cropHeight);
    boolean resized = width != image.width() || height != image.height();
    if (resized && !interpolation.isRounded()) {
      return Input.of(FloatResize.part(image, width, height, interpolation, centre));
    }
    boolean whole = width == cropWidth && height == cropHeight;
    return new Input(
        whole
            ? Resize.resize(image, width, height, interpolation)
            : Resize.part(image, width, height, interpolation, centre),
        Optional.empty());
  }

  /**
   * The way back: the transform between the coordinates of the input (and of the score map) and
   * those of the original image.
   *
   * @param imageWidth the image's columns
   * @param imageHeight the image's rows
   * @return the transform
   */
  public MapTransform toImage(int imageWidth, int imageHeight) {
    int width = resize.width(imageWidth, imageHeight);
    int height = resize.height(imageWidth, imageHeight);
    return MapTransform.of(
        (double) imageWidth / width,
        (double) imageHeight / height,
        margin(width, crop.width(width, height)),
        margin(height, crop.height(width, height)));
  }

  /**
   * Whether the mask is anomalous under the centre of each pixel of the input or of the score map.
   *
   * @param mask a mask of the original image's size
   * @param width columns
   * @param height rows
   * @return {@code [height, width]}: 1 where it is anomalous, 0 elsewhere
   */
  public Tensor project(Mask mask, int width, int height) {
    MapTransform transform = toImage(mask.width(), mask.height());
    Tensor projected = Tensor.zeros(height, width);
    Vector2d at = new Vector2d();
    for (int i = 0; i < projected.size(); i++) {
      transform.toImage(at.set(i % width + 0.5, i / width + 0.5));
      int x = Math.clamp((int) at.x, 0, mask.width() - 1);
      int y = Math.clamp((int) at.y, 0, mask.height() - 1);
      projected.data()[i] = mask.at(x, y) ? 1 : 0;
    }
    return projected;
  }

  /** Half of the pixels cut away, rounded to the even neighbour as torchvision does. */
  private static int margin(int length, int crop) {
    return (int) Math.rint((length - crop) / 2.0);
  }
}
