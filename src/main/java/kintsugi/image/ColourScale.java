package kintsugi.image;

import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.DoubleUnaryOperator;

/**
 * The colours of a heat map: which value has which colour, and which are transparent. Values run
 * from near black through purple and orange to yellow, so that brightness alone carries the order
 * for readers who cannot tell the hues apart. One scale for all images of a run makes them
 * comparable.
 *
 * @param low the value of the first colour; below it the colour stays
 * @param high the value of the last colour; above it the colour stays
 * @param threshold the value from which on an overlay is coloured and a contour drawn; where it is
 *     empty, the colour becomes opaque gradually
 */
public record ColourScale(double low, double high, OptionalDouble threshold) {
  private static final int[] COLOURS = {0x000004, 0x420a68, 0x932667, 0xdd513a, 0xfca50a, 0xfcffa4};

  /** Of negative values, of zero and of positive ones. */
  private static final int[] DIVERGING = {0x08519c, 0x6baed6, 0xf7f7f7, 0xfdae6b, 0xa63603};

  /** The opacities keep the part visible under its colour. */
  private static final double MIN_OPACITY = 0.4;

  private static final double MAX_OPACITY = 0.65;

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if one of them is not finite
   */
  public ColourScale {
    if (!Double.isFinite(low) || !Double.isFinite(high) || !Double.isFinite(threshold.orElse(0))) {
      throw new IllegalArgumentException(
          "a colour scale: finite values, not " + low + ", " + high + " and " + threshold);
    }
  }

  /**
   * {@return a scale without a threshold}
   *
   * @param low the value of the first colour
   * @param high the value of the last colour
   */
  public static ColourScale of(double low, double high) {
    return new ColourScale(low, high, OptionalDouble.empty());
  }

  /**
   * {@return a scale with a threshold in its lower two thirds, so that what is above it has a third
   * of the colours at least}
   *
   * @param low the value of the first colour
   * @param high the value of the last colour, unless the threshold needs a higher one
   * @param threshold the value from which on an overlay is coloured
   */
  public static ColourScale of(double low, double high, double threshold) {
    double end = Math.max(high, low + 1.5 * Math.max(0, threshold - low));
    return new ColourScale(low, end, OptionalDouble.of(threshold));
  }

  /**
   * {@return the same scale in another unit}
   *
   * @param unit an increasing linear function of a value
   */
  public ColourScale in(DoubleUnaryOperator unit) {
    OptionalDouble there =
        threshold.isEmpty()
            ? threshold
            : OptionalDouble.of(unit.applyAsDouble(threshold.getAsDouble()));
    return new ColourScale(unit.applyAsDouble(low), unit.applyAsDouble(high), there);
  }

  /**
   * {@return the place of a value on the scale, from 0 to 1}
   *
   * @param value in the scale's unit
   */
  public double fraction(double value) {
    return high > low ? Math.clamp((value - low) / (high - low), 0.0, 1.0) : value > low ? 1 : 0;
  }

  /**
   * {@return the opacity of the colour over the image, from 0 to 1}
   *
   * @param value in the scale's unit
   */
  public double opacity(double value) {
    if (threshold.isEmpty()) {
      return MAX_OPACITY * fraction(value);
    }
    if (value < threshold.getAsDouble()) {
      return 0;
    }
    double from = fraction(threshold.getAsDouble());
    double above = from < 1 ? (fraction(value) - from) / (1 - from) : 1;
    return MIN_OPACITY + (MAX_OPACITY - MIN_OPACITY) * above;
  }

  /**
   * {@return a value as the scale's labels show it, with digits for a hundredth of its range}
   *
   * @param value in the scale's unit
   */
  public String label(double value) {
    double span = Math.max(Math.abs(high - low), 1e-9 * Math.max(Math.abs(low), Math.abs(high)));
    double magnitude = Math.max(span, Math.max(Math.abs(low), Math.abs(high)));
    if (magnitude >= 1e6 || !(span > 1e-5)) {
      return String.format(Locale.ROOT, "%.2e", value);
    }
    int digits = Math.max(0, 2 - (int) Math.floor(Math.log10(span) + 1e-9));
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }

  /**
   * The colours of fractions from 0 to 1 at equal intervals, red, green and blue in 0..1.
   *
   * @return for each of the three bands its values at the ends of the intervals
   */
  public static double[][] colours() {
    double[][] bands = new double[3][COLOURS.length];
    for (int c = 0; c < 3; c++) {
      for (int i = 0; i < COLOURS.length; i++) {
        bands[c][i] = band(COLOURS[i], 16 - 8 * c) / 255.0;
      }
    }
    return bands;
  }

  /**
   * {@return the colour of a fraction as {@code 0xrrggbb}}
   *
   * @param fraction from 0 to 1
   */
  public static int colour(double fraction) {
    return between(COLOURS, fraction);
  }

  /**
   * The colour of a value that may have either sign: from blue through white at zero to orange,
   * which every kind of colour blindness tells apart.
   *
   * @param fraction of the greatest magnitude, from −1 to 1
   * @return the colour as {@code 0xrrggbb}
   */
  public static int diverging(double fraction) {
    return between(DIVERGING, (fraction + 1) / 2);
  }

  private static int between(int[] colours, double fraction) {
    double place = Math.clamp(fraction, 0.0, 1.0) * (colours.length - 1);
    int index = Math.min((int) place, colours.length - 2);
    return mix(colours[index], colours[index + 1], place - index);
  }

  /** A colour between two, each as {@code 0xrrggbb}. */
  static int mix(int from, int to, double weight) {
    int rgb = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
      double value = band(from, shift) + (band(to, shift) - band(from, shift)) * weight;
      rgb |= (int) Math.round(value) << shift;
    }
    return rgb;
  }

  private static int band(int rgb, int shift) {
    return rgb >> shift & 0xff;
  }
}
