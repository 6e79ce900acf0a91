package kintsugi.scoremap;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.stream.IntStream;
import kintsugi.tensor.Tensor;

/**
 * The image score of a score map: the mean of its highest values. Written {@code mean} (of all),
 * {@code max} (of one), {@code top-K} (of a count) or {@code top-P%} (of a part of all, at least
 * one).
 *
 * @param top the count of values, {@link Double#POSITIVE_INFINITY} for all; below 1 the fraction of
 *     all
 */
public record ImageScore(double top) {
  /** The mean of all values. */
  public static final ImageScore MEAN = new ImageScore(Double.POSITIVE_INFINITY);

  /** The maximum. */
  public static final ImageScore MAX = new ImageScore(1);

  private static final String TOP = "top-";
  private static final String PERCENT = "%";
  private static final int HUNDREDTHS = 2;

  /**
   * Checks the count.
   *
   * @throws IllegalArgumentException if it is not above 0, or from 1 on not a whole number
   */
  public ImageScore {
    if (!(top > 0) || top >= 1 && top != Math.rint(top)) {
      throw new IllegalArgumentException(
          "an image score needs at least 1 value, or a fraction of all below 1, not " + top);
    }
  }

  /**
   * {@return how many of a map's values are taken, at least 1}
   *
   * @param values of the map
   */
  public int count(int values) {
    return top < 1 ? (int) Math.max(1, Math.round(top * values)) : (int) Math.min(top, values);
  }

  /**
   * {@return the score of a map, summed in fp64}
   *
   * @param map {@code [H, W]}
   */
  public double of(Tensor map) {
    float[] values = map.data();
    int count = count(values.length);
    if (top == 1) {
      return ScoreMaps.max(map);
    }
    if (count < values.length) {
      values = values.clone();
      Arrays.sort(values);
      values = Arrays.copyOfRange(values, values.length - count, values.length);
    }
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  /**
   * {@return the scores of a batch of maps}
   *
   * @param maps {@code [N, H, W]}
   */
  public double[] ofEach(Tensor maps) {
    return IntStream.range(0, maps.dim(0)).mapToDouble(n -> of(part(maps, n))).toArray();
  }

  /** One map of a batch; that of a single image is not copied, for it may be large. */
  private static Tensor part(Tensor maps, int n) {
    return maps.dim(0) == 1 ? maps : maps.part(n);
  }

  /**
   * Parses the written form, as {@code toString} returns it.
   *
   * @param text the text
   * @return the score
   * @throws IllegalArgumentException if the text is not an image score
   */
  public static ImageScore parse(String text) {
    if (text.equals("mean") || text.equals("max")) {
      return text.equals("max") ? MAX : MEAN;
    }
    String top = text.startsWith(TOP) ? text.substring(TOP.length()) : "";
    if (top.matches("\\d{1,9}")) {
      return new ImageScore(Integer.parseInt(top));
    }
    if (top.matches("\\d{1,2}(\\.\\d{1,6})?" + PERCENT)) {
      BigDecimal percent = new BigDecimal(top.substring(0, top.length() - PERCENT.length()));
      return new ImageScore(percent.movePointLeft(HUNDREDTHS).doubleValue());
    }
    throw new IllegalArgumentException(
        text + " is not an image score; write max, mean, top-100 or top-1%");
  }

  @Override
  public String toString() {
    if (top < 1) {
      BigDecimal percent = BigDecimal.valueOf(top).movePointRight(HUNDREDTHS);
      return TOP + percent.stripTrailingZeros().toPlainString() + PERCENT;
    }
    return top == 1 ? "max" : Double.isInfinite(top) ? "mean" : TOP + (long) top;
  }
}
