package kintsugi.image;

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
 */
public record Preprocessing(
    TargetSize resize,
    Interpolation interpolation,
    TargetSize crop,
    OptionalInt bitDepth,
    ColorProfile colorProfile) {

  /** Mean and standard deviation of ImageNet's training set, red first. */
  private static final float[] MEAN = {0.485f, 0.456f, 0.406f};

  private static final float[] STD = {0.229f, 0.224f, 0.225f};

  /** The normalised value of each of the 256 pixel values, per channel. */
  private static final float[][] NORMALISED = normalised();

  /**
   * Checks the bit depth.
   *
   * @throws IllegalArgumentException if it is not 8 to 16
   */
  public Preprocessing {
    Decoding.requireBitDepth(bitDepth);
  }

  /**
   * The way from an image whose stored values are kept, all bits of 16.
   *
   * @param resize the size before the crop
   * @param interpolation the filter of the resize
   * @param crop the size of the centre crop, computed from the resized size
   */
  public Preprocessing(TargetSize resize, Interpolation interpolation, TargetSize crop) {
    this(resize, interpolation, crop, OptionalInt.empty(), ColorProfile.KEEP);
  }

  /** {@return how a file's samples become RGB values, with the default limit of pixels} */
  public Decoding decoding() {
    return new Decoding(bitDepth, colorProfile, Decoding.MAX_PIXELS);
  }

  /**
   * The input tensor of one image.
   *
   * @param image the image
   * @return {@code [1, height, width, 3]}
   * @throws IllegalArgumentException if the resized image is smaller than the crop
   */
  public Tensor apply(Pixels image) {
    Pixels input = crop(image);
    Tensor tensor = Tensor.zeros(1, input.height(), input.width(), 3);
    normaliseInto(input, tensor.data(), 0);
    return tensor;
  }

  /**
   * Writes cropped pixels as normalised values into a batch.
   *
   * @param input resized and cropped pixels
   * @param batch receives the values
   * @param offset the index of the first value in the batch
   */
  public static void normaliseInto(Pixels input, float[] batch, int offset) {
    byte[] rgb = input.rgb();
    for (int i = 0; i < rgb.length; i += 3) {
      batch[offset + i] = NORMALISED[0][rgb[i] & 0xff];
      batch[offset + i + 1] = NORMALISED[1][rgb[i + 1] & 0xff];
      batch[offset + i + 2] = NORMALISED[2][rgb[i + 2] & 0xff];
    }
  }

  private static float[][] normalised() {
    float[][] table = new float[3][256];
    for (int c = 0; c < 3; c++) {
      for (int value = 0; value < 256; value++) {
        table[c][value] = (value / 255f - MEAN[c]) / STD[c];
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
    Pixels resized = Resize.resize(image, width, height, interpolation);
    if (width == cropWidth && height == cropHeight) {
      return resized;
    }
    int left = margin(width, cropWidth);
    int top = margin(height, cropHeight);
    byte[] rgb = new byte[cropWidth * cropHeight * 3];
    for (int y = 0; y < cropHeight; y++) {
      int from = ((top + y) * width + left) * 3;
      System.arraycopy(resized.rgb(), from, rgb, y * cropWidth * 3, cropWidth * 3);
    }
    return new Pixels(cropWidth, cropHeight, rgb);
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
