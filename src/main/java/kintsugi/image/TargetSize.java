package kintsugi.image;

/**
 * What size a picture gets, from the size it has. Written {@code 256x256} (width first), {@code
 * shorter:256}, {@code scale:0.4} or {@code same}.
 */
public sealed interface TargetSize {
  /** Before the length of {@link ShorterSide}. */
  String SHORTER = "shorter:";

  /** Before the factor of {@link Scaled}. */
  String SCALE = "scale:";

  /** What {@link Same} is written as. */
  String SAME = "same";

  /** The longest side a picture may get. */
  int LARGEST = 16384;

  /**
   * {@return the width for a picture of this size}
   *
   * @param pictureWidth the picture's columns
   * @param pictureHeight the picture's rows
   */
  int width(int pictureWidth, int pictureHeight);

  /**
   * {@return the height for a picture of this size}
   *
   * @param pictureWidth the picture's columns
   * @param pictureHeight the picture's rows
   */
  int height(int pictureWidth, int pictureHeight);

  /**
   * One size for all pictures, whatever their aspect.
   *
   * @param width columns
   * @param height rows
   */
  record Exact(int width, int height) implements TargetSize {
    @Override
    public int width(int pictureWidth, int pictureHeight) {
      return width;
    }

    @Override
    public int height(int pictureWidth, int pictureHeight) {
      return height;
    }

    @Override
    public String toString() {
      return width + "x" + height;
    }
  }

  /**
   * The shorter side gets this length, the aspect stays; the longer side is rounded down.
   *
   * @param length in pixels
   */
  record ShorterSide(int length) implements TargetSize {
    @Override
    public int width(int pictureWidth, int pictureHeight) {
      return side(pictureWidth, pictureHeight);
    }

    @Override
    public int height(int pictureWidth, int pictureHeight) {
      return side(pictureHeight, pictureWidth);
    }

    private int side(int own, int other) {
      return own <= other ? length : (int) ((long) length * own / other);
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
    /** Keeps a product that is a whole number but for rounding from being one more. */
    private static final double ROUNDING = 1e-9;

    @Override
    public int width(int pictureWidth, int pictureHeight) {
      return side(pictureWidth);
    }

    @Override
    public int height(int pictureWidth, int pictureHeight) {
      return side(pictureHeight);
    }

    private int side(int own) {
      return (int) Math.max(1, Math.ceil(factor * own - ROUNDING));
    }

    @Override
    public String toString() {
      return SCALE + factor;
    }
  }

  /** The size it has. */
  record Same() implements TargetSize {
    @Override
    public int width(int pictureWidth, int pictureHeight) {
      return pictureWidth;
    }

    @Override
    public int height(int pictureWidth, int pictureHeight) {
      return pictureHeight;
    }

    @Override
    public String toString() {
      return SAME;
    }
  }

  /**
   * Reads what {@code toString} wrote.
   *
   * @param text the text
   * @return the size
   * @throws IllegalArgumentException if the text is no size, or one beyond {@value #LARGEST}
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
          text + " is no picture size; write it as 256x256, shorter:256, scale:0.4 or same", e);
    }
  }

  private static int length(String text) {
    int length = Integer.parseInt(text);
    inRange(length);
    return length;
  }

  private static double inRange(double value) {
    if (!(value > 0 && value <= LARGEST)) {
      throw new NumberFormatException(value + " is out of range");
    }
    return value;
  }
}
