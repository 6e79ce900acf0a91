package kintsugi.scoremap;

import java.util.Arrays;
import kintsugi.tensor.Tensor;

/**
 * What makes one number of a score map: the mean of its {@code k} largest values. Written {@code
 * mean} (of all), {@code max} (of one) or {@code top-K}.
 *
 * @param k how many values count; {@link Integer#MAX_VALUE} for all
 */
public record ImageScore(int k) {
  /** Of all values. */
  public static final ImageScore MEAN = new ImageScore(Integer.MAX_VALUE);

  /** The largest value alone. */
  public static final ImageScore MAX = new ImageScore(1);

  private static final String TOP = "top-";

  /**
   * Checks the number.
   *
   * @throws IllegalArgumentException if no value counts
   */
  public ImageScore {
    if (k < 1) {
      throw new IllegalArgumentException("a score of the " + k + " largest values is none");
    }
  }

  /**
   * {@return the score of a map, summed in fp64}
   *
   * @param map {@code [H, W]}
   */
  public double of(Tensor map) {
    float[] values = map.data();
    if (k == 1) {
      return ScoreMaps.max(map);
    }
    if (k < values.length) {
      values = values.clone();
      Arrays.sort(values);
      values = Arrays.copyOfRange(values, values.length - k, values.length);
    }
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  /**
   * Reads what {@code toString} wrote.
   *
   * @param text the text
   * @return the score
   * @throws IllegalArgumentException if the text is no score
   */
  public static ImageScore parse(String text) {
    if (text.equals("mean") || text.equals("max")) {
      return text.equals("max") ? MAX : MEAN;
    }
    if (text.matches(TOP + "\\d{1,9}")) {
      return new ImageScore(Integer.parseInt(text.substring(TOP.length())));
    }
    throw new IllegalArgumentException(text + " is no image score; write max, mean or top-100");
  }

  @Override
  public String toString() {
    return switch (k) {
      case 1 -> "max";
      case Integer.MAX_VALUE -> "mean";
      default -> TOP + k;
    };
  }
}
