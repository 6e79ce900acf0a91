package kintsugi.image;

import java.util.Locale;

/**
 * The size of an image after resizing or cropping, computed from its size before. Written {@code
 * 256x256} (width first), {@code shorter:256}, {@code scale:0.4} or {@code same}.
 */
public sealed interface TargetSize {
  /** The prefix of the length of {@link ShorterSide}. */
  String SHORTER = "shorter:";

  /** The prefix of the factor of {@link Scaled}. */
  String SCALE = "scale:";

  /** The written form of {@link Same}. */
  String SAME = "same";

  /** The minimum width and height of a network's input: 2x2 positions of its first layer. */
  int MINIMUM = 8;

  /** The maximum width and height of an image. */
  int MAXIMUM = 16384;

  /**
   * {@return the width for an image of this size}
   *
   * @param imageWidth the image's columns
   * @param imageHeight the image's rows
   * @throws IllegalArgumentException if it is beyond {@value #MAXIMUM} and not the image's own
   */
  int width(int imageWidth, int imageHeight);

  /**
   * {@return the height for an image of this size}
   *
   * @param imageWidth the image's columns
   * @param imageHeight the image's rows
   * @throws IllegalArgumentException if it is beyond {@value #MAXIMUM} and not the image's own
   */
  int height(int imageWidth, int imageHeight);

  /**
   * One size for all images, whatever their aspect.
   *
   * @param width columns
   * @param height rows
   */
  record Exact(int width, int height) implements TargetSize {
    @Override
    public int width(int imageWidth, int imageHeight) {
      return width;
    }

    @Override
    public int height(int imageWidth, int imageHeight) {
      return height;
    }

    @Override
    public String toString() {
      return width + "x" + height;
    }
  }

  /**
   * The shorter side gets this length and the aspect stays; the longer side is rounded down.
   *
   * @param length in pixels
   */
  record ShorterSide(int length) implements TargetSize {
    @Override
    public int width(int imageWidth, int imageHeight) {
      return side(imageWidth, imageHeight);
    }

    @Override
    public int height(int imageWidth, int imageHeight) {
      return side(imageHeight, imageWidth);
    }

    private int side(int own, int other) {
      return own <= other ? length : atMost((double) ((long) length * own / other), this);
    }

    @Override
    public String toString() {
      return SHORTER + length;
    }
  }

  /**
   * Both sides times a factor, rounded up as MATLAB's {@code imresize} does.
   *
   * @param factor above 0
   */
  record Scaled(double factor) implements TargetSize {
    /** Keeps a product that is an integer except for rounding from being rounded up. */
    private static final double ROUNDING = 1e-9;

    @Override
    public int width(int imageWidth, int imageHeight) {
      return side(imageWidth);
    }

    @Override
    public int height(int imageWidth, int imageHeight) {
      return side(imageHeight);
    }

    private int side(int own) {
      return atMost(Math.max(1, Math.ceil(factor * own - ROUNDING)), this);
    }

    @Override
    public String toString() {
      return SCALE + factor;
    }
  }

  /** The size before. */
  record Same() implements TargetSize {
    @Override
    public int width(int imageWidth, int imageHeight) {
      return imageWidth;
    }

    @Override
    public int height(int imageWidth, int imageHeight) {
      return imageHeight;
    }

    @Override
    public String toString() {
      return SAME;
    }
  }

  /**
   * Parses the written form, as {@code toString} returns it.
   *
   * @param text the text
   * @return the size
   * @throws IllegalArgumentException if the text is not a size, or a side is not from {@value
   *     #MINIMUM} to {@value #MAXIMUM}
   */
  static TargetSize parse(String text) {
    try {
      if (text.equals(SAME)) {
        return new Same();
      }
      if (text.startsWith(SCALE)) {
        return new Scaled(inRange(Double.parseDouble(text.substring(SCALE.length()))));
      }
      if (text.startsWith(SHORTER)) {
        return new ShorterSide(length(text.substring(SHORTER.length())));
      }
      String[] sides = text.split("x", 2);
      return new Exact(length(sides[0]), length(sides[1]));
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      throw new IllegalArgumentException(
          text
              + " is not an image size; write 256x256, shorter:256, scale:0.4 or same, with sides"
              + " from "
              + MINIMUM
              + " to "
              + MAXIMUM,
          e);
    }
  }

  private static int length(String text) {
    int length = Integer.parseInt(text);
    if (length < MINIMUM || length > MAXIMUM) {
      throw new NumberFormatException(length + " is out of range");
    }
    return length;
  }

  private static int atMost(double side, TargetSize size) {
    if (side > MAXIMUM) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s makes a side of %.0f, where %d is the maximum",
              size,
              side,
              MAXIMUM));
    }
    return (int) side;
  }

  private static double inRange(double value) {
    if (!(value > 0 && value <= MAXIMUM)) {
      throw new NumberFormatException(value + " is out of range");
    }
    return value;
  }
}
