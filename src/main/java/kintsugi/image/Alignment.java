package kintsugi.image;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The alignment of images with a reference by phase correlation, within a limit of shift and of
 * rotation. It works on grey copies of at most {@value #SIDE} pixels a side: rotations by whole
 * degrees are searched on copies of half the size, the best one is refined by halving, and the
 * shift is found on the whole copy. Immutable; several threads may share one.
 */
public final class Alignment {
  /** The longer side of the copy that is kept of the reference. */
  public static final int SIDE = 256;

  /**
   * Below this, two images have nothing in common: up to 0.13 was seen of such, 0.24 and above of
   * photographs of one scene.
   */
  private static final double MIN_QUALITY = 0.15;

  /** Rotations below this are within the error of the search. */
  private static final double MIN_DEGREES = 0.2;

  private static final int COARSE = SIDE / 2;
  private static final int HALVINGS = 3;

  private final Limit limit;
  private final int width;
  private final int height;
  private final byte[] grey;
  private final Spectrum fine;
  private final List<Spectrum> turned = new ArrayList<>();

  /**
   * The largest misplacement that is aligned.
   *
   * @param pixels the shift, in pixels of the image
   * @param degrees the rotation; 0 where images are never turned
   */
  public record Limit(double pixels, double degrees) {
    /** The largest rotation that is searched. */
    public static final double MAX_DEGREES = 15;

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if the shift is not above 0 and finite, or the rotation not
     *     from 0 to 15
     */
    public Limit {
      if (!(pixels > 0 && pixels <= TargetSize.MAXIMUM)) {
        throw new IllegalArgumentException(
            "align: pixels above 0 and up to " + TargetSize.MAXIMUM + ", not " + pixels);
      }
      if (!(degrees >= 0 && degrees <= MAX_DEGREES)) {
        throw new IllegalArgumentException(
            "align: degrees from 0 to " + (int) MAX_DEGREES + ", not " + degrees);
      }
    }

    /**
     * Parses the written form, {@code PIXELS} or {@code PIXELS,DEGREES}.
     *
     * @param text the text
     * @return the limit
     * @throws IllegalArgumentException if the text is not a limit
     */
    public static Limit parse(String text) {
      String[] parts = text.split(",", -1);
      try {
        if (parts.length <= 2) {
          double degrees = parts.length == 2 ? Double.parseDouble(parts[1]) : 0;
          return new Limit(Double.parseDouble(parts[0]), degrees);
        }
      } catch (NumberFormatException e) {
        // Said below.
      }
      throw new IllegalArgumentException("align: PIXELS or PIXELS,DEGREES, not " + text);
    }

    @Override
    public String toString() {
      return pixels + "," + degrees;
    }
  }

  /**
   * An alignment with a reference that was kept.
   *
   * @param limit the largest misplacement
   * @param width columns of the reference's copy, as {@link #width()} returned it
   * @param height rows
   * @param grey its levels, row by row; not copied
   * @throws IllegalArgumentException if a side is not from 1 to {@value #SIDE}, or the levels do
   *     not fill the copy
   */
  public Alignment(Limit limit, int width, int height, byte[] grey) {
    if (width < 1
        || height < 1
        || Math.max(width, height) > SIDE
        || grey.length != width * height) {
      throw new IllegalArgumentException(
          "a reference of " + width + "x" + height + " does not have " + grey.length + " levels");
    }
    this.limit = limit;
    this.width = width;
    this.height = height;
    this.grey = grey;
    float[] whole = windowed(grey, width, height, 0, SIDE);
    this.fine = Spectrum.of(whole, SIDE);
    for (int angle : angles()) {
      turned.add(Spectrum.of(windowed(grey, width, height, angle, COARSE), COARSE));
    }
  }

  /**
   * {@return an alignment with an image as reference}
   *
   * @param limit the largest misplacement
   * @param image the reference
   */
  public static Alignment with(Limit limit, Pixels image) {
    Pixels copy = copy(image);
    return new Alignment(limit, copy.width(), copy.height(), grey(copy));
  }

  private static Pixels copy(Pixels image) {
    double scale = Math.min(1, (double) SIDE / Math.max(image.width(), image.height()));
    return Resize.resize(
        image,
        Math.max(1, (int) Math.round(image.width() * scale)),
        Math.max(1, (int) Math.round(image.height() * scale)),
        Interpolation.BILINEAR);
  }

  private static byte[] grey(Pixels image) {
    byte[] grey = new byte[image.width() * image.height()];
    for (int i = 0; i < grey.length; i++) {
      int x = i % image.width();
      int y = i / image.width();
      int sum = 299 * image.at(x, y, 0) + 587 * image.at(x, y, 1) + 114 * image.at(x, y, 2);
      grey[i] = (byte) ((sum + 500) / 1000);
    }
    return grey;
  }

  /** {@return the largest misplacement that is aligned} */
  public Limit limit() {
    return limit;
  }

  /** {@return columns of the reference's copy} */
  public int width() {
    return width;
  }

  /** {@return rows of the reference's copy} */
  public int height() {
    return height;
  }

  /** {@return the grey levels of the reference's copy, row by row; not copied} */
  public byte[] grey() {
    return grey;
  }

  /**
   * {@return how an image is placed against the reference}
   *
   * @param image the image
   * @throws IllegalArgumentException if it is placed beyond the limit, has nothing in common with
   *     the reference, or has another aspect, as the end of a sentence that begins with the image
   */
  public Placement of(Pixels image) {
    Pixels copy = copy(image);
    if (Math.abs(copy.width() - width) > 1 || Math.abs(copy.height() - height) > 1) {
      throw new IllegalArgumentException(
          "does not have the aspect of the image that others are aligned with; leave it out, or align"
              + " none (align)");
    }
    byte[] levels = grey(copy);
    double degrees = limit.degrees() == 0 ? 0 : degrees(levels, copy);
    degrees = Math.abs(degrees) < MIN_DEGREES ? 0 : degrees;
    Spectrum moved =
        Spectrum.of(windowed(levels, copy.width(), copy.height(), degrees, SIDE), SIDE);
    Spectrum.Shift shift = fine.shiftOf(moved);
    double scaleX = (double) image.width() / copy.width();
    double scaleY = (double) image.height() / copy.height();
    // Turned back by the angle, the shift is that of the turned-back image.
    double radians = Math.toRadians(degrees);
    double dx = shift.dx() * StrictMath.cos(radians) - shift.dy() * StrictMath.sin(radians);
    double dy = shift.dx() * StrictMath.sin(radians) + shift.dy() * StrictMath.cos(radians);
    Placement placement =
        rounded(new Placement(dx * scaleX, dy * scaleY, degrees, shift.quality()));
    requireWithin(placement);
    return placement;
  }

  /** Without a rotation whole pixels do, which blur nothing. */
  private static Placement rounded(Placement p) {
    return p.degrees() == 0
        ? new Placement(Math.rint(p.dx()), Math.rint(p.dy()), 0, p.quality())
        : p;
  }

  private void requireWithin(Placement placement) {
    if (placement.quality() < MIN_QUALITY) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "has too little in common with the image that others are aligned with to be aligned"
                  + " (%.2f of 1, %.2f needed); leave it out, or align none (align)",
              placement.quality(),
              MIN_QUALITY));
    }
    if (placement.shift() > limit.pixels() || Math.abs(placement.degrees()) > limit.degrees()) {
      throw new IllegalArgumentException(
          "is misplaced by "
              + placement
              + String.format(
                  Locale.ROOT,
                  " (limit %s pixels, %s degrees); place it as the others are, or raise the limit"
                      + " (align)",
                  limit.pixels(),
                  limit.degrees()));
    }
  }

  /** The angles that the copies of the reference are turned by, two degrees beyond the limit. */
  private int[] angles() {
    int most = limit.degrees() == 0 ? 0 : (int) Math.ceil(limit.degrees()) + 2;
    int[] angles = new int[limit.degrees() == 0 ? 0 : 2 * most + 1];
    for (int i = 0; i < angles.length; i++) {
      angles[i] = i - most;
    }
    return angles;
  }

  private double degrees(byte[] levels, Pixels copy) {
    Spectrum moved = Spectrum.of(windowed(levels, copy.width(), copy.height(), 0, COARSE), COARSE);
    int[] angles = angles();
    double best = 0;
    double most = -1;
    for (int i = 0; i < angles.length; i++) {
      double quality = turned.get(i).shiftOf(moved).quality();
      if (quality > most) {
        most = quality;
        // The reference turned by minus an angle is windowed as the image turned back by it.
        best = -angles[i];
      }
    }
    double step = 0.5;
    for (int halving = 0; halving < HALVINGS; halving++, step /= 2) {
      double centre = best;
      for (double angle : new double[] {centre - step, centre + step}) {
        Spectrum other = Spectrum.of(windowed(grey, width, height, -angle, COARSE), COARSE);
        double quality = other.shiftOf(moved).quality();
        if (quality > most) {
          most = quality;
          best = angle;
        }
      }
    }
    return best;
  }

  /**
   * A copy in a square, turned back by an angle about its centre, without its mean, and fading out
   * towards its edges so that these are not taken for content.
   */
  private static float[] windowed(byte[] grey, int width, int height, double degrees, int side) {
    double shrink = (double) side / SIDE;
    int columns = Math.max(1, (int) Math.round(width * shrink));
    int rows = Math.max(1, (int) Math.round(height * shrink));
    double mean = 0;
    for (byte level : grey) {
      mean += level & 0xff;
    }
    mean /= grey.length;
    double cos = StrictMath.cos(Math.toRadians(degrees));
    double sin = StrictMath.sin(Math.toRadians(degrees));
    float[] square = new float[side * side];
    for (int y = 0; y < rows; y++) {
      for (int x = 0; x < columns; x++) {
        double u = (x + 0.5) / columns - 0.5;
        double v = (y + 0.5) / rows - 0.5;
        double window = window(u) * window(v);
        double px = u * width;
        double py = v * height;
        double level =
            level(grey, width, height, cos * px - sin * py, sin * px + cos * py, 1 / shrink);
        square[y * side + x] = (float) ((level - mean) * window);
      }
    }
    return square;
  }

  /** Hann's window over −½ to ½. */
  private static double window(double at) {
    double cos = StrictMath.cos(Math.PI * at);
    return cos * cos;
  }

  /** The mean of a small square of levels about a place that is counted from the centre. */
  private static double level(byte[] grey, int width, int height, double x, double y, double step) {
    int count = (int) Math.round(step);
    double sum = 0;
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < count; j++) {
        double px = x + width / 2.0 - 0.5 + i - (count - 1) / 2.0;
        double py = y + height / 2.0 - 0.5 + j - (count - 1) / 2.0;
        sum += bilinear(grey, width, height, px, py);
      }
    }
    return sum / (count * count);
  }

  private static double bilinear(byte[] grey, int width, int height, double px, double py) {
    double x = Math.clamp(px, 0, width - 1.0);
    double y = Math.clamp(py, 0, height - 1.0);
    int left = (int) x;
    int top = (int) y;
    int right = Math.min(left + 1, width - 1);
    int bottom = Math.min(top + 1, height - 1);
    double upper =
        (grey[top * width + left] & 0xff) * (1 - x + left)
            + (grey[top * width + right] & 0xff) * (x - left);
    double lower =
        (grey[bottom * width + left] & 0xff) * (1 - x + left)
            + (grey[bottom * width + right] & 0xff) * (x - left);
    return upper * (1 - y + top) + lower * (y - top);
  }
}
