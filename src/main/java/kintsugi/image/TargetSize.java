package kintsugi.image;

/**
 * What size a picture is resized to before the crop. Written {@code 256x256} (width first) or
 * {@code shorter:256}.
 */
public sealed interface TargetSize {

  /** The width for a picture of this size. */
  int width(int pictureWidth, int pictureHeight);

  /** The height for a picture of this size. */
  int height(int pictureWidth, int pictureHeight);

  /** One size for all pictures, whatever their aspect. */
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

  /** The shorter side gets this length, the aspect stays; the longer side is rounded down. */
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
      return "shorter:" + length;
    }
  }

  /**
   * Reads what {@code toString} wrote.
   *
   * @throws IllegalArgumentException if the text is no size
   */
  static TargetSize parse(String text) {
    try {
      if (text.startsWith("shorter:")) {
        return new ShorterSide(Integer.parseInt(text.substring("shorter:".length())));
      }
      String[] sides = text.split("x", 2);
      return new Exact(Integer.parseInt(sides[0]), Integer.parseInt(sides[1]));
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      throw new IllegalArgumentException(
          text + " is no picture size; write it as 256x256 or shorter:256", e);
    }
  }
}
