package kintsugi.image;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * The size of an image after resizing or cropping, computed from its size before. Written {@code
 * 256x256} (width first), {@code shorter:256}, {@code scale:0.4}, {@code auto} or {@code same}.
 */
public sealed interface TargetSize {
  /** The prefix of the length of {@link ShorterSide}. */
  String SHORTER = "shorter:";

  /** The prefix of the factor of {@link Scaled}. */
  String SCALE = "scale:";

  /** The written form of {@link Auto} with its usual limits, and the prefix of others. */
  String AUTO = "auto";

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

  /**
   * One size for all images of a fit, computed from their sizes: the median aspect is kept, and the
   * sides are half of those of the median area, within limits, so that larger images get more
   * pixels. Written {@code auto}, {@code auto:256} or {@code auto:256-384}: a number is the side of
   * the square of equal area.
   *
   * <p>A fit makes an {@link Exact} size of it before its first image, by {@link #of(List)}; width
   * and height of a single image are those that a fit to it alone would have.
   *
   * @param minimum the area's square root at least, in pixels
   * @param maximum the area's square root at most, in pixels
   */
  record Auto(int minimum, int maximum) implements TargetSize {
    /** The usual limits. */
    public static final Auto USUAL = new Auto(256, 512);

    /** Input pixels per image pixel along a side, between the limits. */
    private static final double SCALE = 0.5;

    /** A multiple that every layer up to the third halves without a remainder. */
    private static final int MULTIPLE = 16;

    /** The longest sides to each other; images beyond are squeezed, so that both stay usable. */
    private static final double MAXIMUM_ASPECT = 16;

    /** Four patches of the third layer along a side, below which nothing is found. */
    private static final int LEAST = 64;

    /** An area beyond which a batch is too large for most computers. */
    private static final int MOST = 4096;

    /**
     * Checks the limits.
     *
     * @throws IllegalArgumentException if they are not from 64 to 4096 or in the wrong order
     */
    public Auto {
      if (minimum < LEAST || maximum > MOST || maximum < minimum) {
        throw new IllegalArgumentException(
            "auto: sides from " + LEAST + " to " + MOST + ", the lower first");
      }
    }

    /**
     * {@return the size for images of these sizes, whatever their order}
     *
     * @param images at least one
     */
    public Exact of(List<ImageKey> images) {
      double area = median(images.stream().map(i -> (double) i.width() * i.height()).toList());
      double aspect = median(images.stream().map(i -> (double) i.width() / i.height()).toList());
      return exact(area, aspect);
    }

    /** The median; of an even number of values the geometric mean of the two in the middle. */
    private static double median(List<Double> values) {
      List<Double> sorted = values.stream().sorted(Comparator.naturalOrder()).toList();
      double lower = sorted.get((sorted.size() - 1) / 2);
      double upper = sorted.get(sorted.size() / 2);
      return lower == upper ? lower : Math.sqrt(lower * upper);
    }

    private Exact exact(double area, double aspect) {
      double side = Math.clamp(SCALE * Math.sqrt(area), minimum, maximum);
      double stretch = Math.sqrt(Math.clamp(aspect, 1 / MAXIMUM_ASPECT, MAXIMUM_ASPECT));
      return new Exact(multiple(side * stretch), multiple(side / stretch));
    }

    private static int multiple(double side) {
      return (int) Math.max(LEAST, Math.round(side / MULTIPLE) * MULTIPLE);
    }

    @Override
    public int width(int imageWidth, int imageHeight) {
      return alone(imageWidth, imageHeight).width();
    }

    @Override
    public int height(int imageWidth, int imageHeight) {
      return alone(imageWidth, imageHeight).height();
    }

    private Exact alone(int imageWidth, int imageHeight) {
      return exact((double) imageWidth * imageHeight, (double) imageWidth / imageHeight);
    }

    private static Auto parse(String text) {
      if (text.equals(AUTO)) {
        return USUAL;
      }
      String[] limits = text.substring(AUTO.length() + 1).split("-", 2);
      return new Auto(Integer.parseInt(limits[0]), Integer.parseInt(limits[limits.length - 1]));
    }

    @Override
    public String toString() {
      if (equals(USUAL)) {
        return AUTO;
      }
      return AUTO + ":" + minimum + (minimum == maximum ? "" : "-" + maximum);
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
      if (text.equals(AUTO) || text.startsWith(AUTO + ":")) {
        return Auto.parse(text);
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
              + " is not an image size; write 256x256, shorter:256, scale:0.4, auto or same, with sides"
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
