package kintsugi.scoremap;

import java.util.Arrays;
import java.util.stream.IntStream;
import kintsugi.tensor.Tensor;

/**
 * The image score of a score map: the mean of its {@code k} highest values. Written {@code mean}
 * (of all), {@code max} (of one) or {@code top-K}.
 *
 * @param k the count of values; {@link Integer#MAX_VALUE} for all
 */
public record ImageScore(int k) {
  /** The mean of all values. */
  public static final ImageScore MEAN = new ImageScore(Integer.MAX_VALUE);

  /** The maximum. */
  public static final ImageScore MAX = new ImageScore(1);

  private static final String TOP = "top-";

  /**
   * Checks the count.
   *
   * @throws IllegalArgumentException if the count is below 1
   */
  public ImageScore {
    if (k < 1) {
      throw new IllegalArgumentException("an image score needs at least 1 value, not " + k);
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
   * {@return the scores of a batch of maps}
   *
   * @param maps {@code [N, H, W]}
   */
  public double[] ofEach(Tensor maps) {
    return IntStream.range(0, maps.dim(0)).mapToDouble(n -> of(maps.part(n))).toArray();
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
    if (text.matches(TOP + "\\d{1,9}")) {
      return new ImageScore(Integer.parseInt(text.substring(TOP.length())));
    }
    throw new IllegalArgumentException(text + " is not an image score; write max, mean or top-100");
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
