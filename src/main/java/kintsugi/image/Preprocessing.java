package kintsugi.image;

import kintsugi.tensor.Tensor;
import org.joml.Matrix3x2d;
import org.joml.Vector2d;

/**
 * From a picture to the network's input: resize, centre crop, {@code (value / 255 - mean) / std} of
 * each channel.
 *
 * @param resize the size before the crop
 * @param interpolation the filter of the resize
 * @param crop the size of the centre crop, from the resized size
 */
public record Preprocessing(TargetSize resize, Interpolation interpolation, TargetSize crop) {

  /** Mean and standard deviation of ImageNet's training set, red first. */
  private static final float[] MEAN = {0.485f, 0.456f, 0.406f};

  private static final float[] STD = {0.229f, 0.224f, 0.225f};

  /** For each channel what each of the 256 values becomes. */
  private static final float[][] NORMALISED = normalised();

  /**
   * The input tensor of one picture.
   *
   * @param picture the picture
   * @return {@code [1, height, width, 3]}
   * @throws IllegalArgumentException if the resized picture is smaller than the crop
   */
  public Tensor apply(Pixels picture) {
    Pixels input = crop(picture);
    Tensor tensor = Tensor.zeros(1, input.height(), input.width(), 3);
    normaliseInto(input, tensor.data(), 0);
    return tensor;
  }

  /**
   * Writes cropped pixels as numbers into a batch, {@code offset} floats from its start.
   *
   * @param input resized and cropped pixels
   * @param batch receives the numbers
   * @param offset where they go
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
   * {@return the resized and cropped pixels, before they become numbers}
   *
   * @param picture the picture
   * @throws IllegalArgumentException if the resized picture is smaller than the crop
   */
  public Pixels crop(Pixels picture) {
    int width = resize.width(picture.width(), picture.height());
    int height = resize.height(picture.width(), picture.height());
    int cropWidth = crop.width(width, height);
    int cropHeight = crop.height(width, height);
    if (width < cropWidth || height < cropHeight) {
      throw new IllegalArgumentException(
          "a picture resized to "
              + width
              + "x"
              + height
              + " has no centre crop of "
              + cropWidth
              + "x"
              + cropHeight);
    }
    Pixels resized = Resize.resize(picture, width, height, interpolation);
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
   * The way back: from input (or score map) coordinates to those of the original picture, both
   * continuous with the first pixel from 0 to 1.
   *
   * @param pictureWidth the picture's columns
   * @param pictureHeight the picture's rows
   * @return the transform
   */
  public Matrix3x2d toPicture(int pictureWidth, int pictureHeight) {
    int width = resize.width(pictureWidth, pictureHeight);
    int height = resize.height(pictureWidth, pictureHeight);
    return new Matrix3x2d()
        .scale((double) pictureWidth / width, (double) pictureHeight / height)
        .translate(
            margin(width, crop.width(width, height)), margin(height, crop.height(width, height)));
  }

  /**
   * What lies of a mask under each pixel's centre of an input or a score map.
   *
   * @param mask of the original picture's size
   * @param width columns
   * @param height rows
   * @return {@code [height, width]}: the mask's first channel, 0 to 255
   */
  public Tensor project(Pixels mask, int width, int height) {
    Matrix3x2d toPicture = toPicture(mask.width(), mask.height());
    Tensor projected = Tensor.zeros(height, width);
    Vector2d at = new Vector2d();
    for (int i = 0; i < projected.size(); i++) {
      toPicture.transformPosition(at.set(i % width + 0.5, i / width + 0.5));
      int x = Math.clamp((int) at.x, 0, mask.width() - 1);
      int y = Math.clamp((int) at.y, 0, mask.height() - 1);
      projected.data()[i] = mask.at(x, y, 0);
    }
    return projected;
  }

  /** Half of what is cut away; an odd rest goes to the even neighbour, as torchvision rounds. */
  private static int margin(int side, int crop) {
    return (int) Math.rint((side - crop) / 2.0);
  }
}
