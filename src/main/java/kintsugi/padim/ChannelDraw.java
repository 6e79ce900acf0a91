package kintsugi.padim;

import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import kintsugi.detector.Recipe;

/**
 * The random draw of the channels that a patch embedding keeps (section III-A: as good as their
 * principal components, and cheaper).
 *
 * @param count how many; empty for all of them
 * @param replacement whether a channel may be drawn twice
 */
public record ChannelDraw(OptionalInt count, boolean replacement) {
  /** More than the layers of the widest network here have together. */
  private static final int MAXIMUM = 8192;

  /**
   * Checks the count.
   *
   * @throws IllegalArgumentException if it is not from 1 to 8192
   */
  public ChannelDraw {
    Recipe.require(
        count.orElse(1) > 0 && count.orElse(1) <= MAXIMUM,
        "channels: from 1 to " + MAXIMUM + ", or all");
  }

  /**
   * {@return a draw in which a channel may come twice}
   *
   * @param count how many channels
   */
  public static ChannelDraw withReplacement(int count) {
    return new ChannelDraw(OptionalInt.of(count), true);
  }

  /**
   * {@return a draw of different channels}
   *
   * @param count how many channels
   */
  public static ChannelDraw withoutReplacement(int count) {
    return new ChannelDraw(OptionalInt.of(count), false);
  }

  /**
   * {@return the indices of the channels drawn}
   *
   * @param available how many channels the layers have
   * @param seed fixes the draw
   * @throws IllegalArgumentException if more different ones are wanted than there are
   */
  public int[] draw(int available, long seed) {
    if (count.isEmpty()) {
      return IntStream.range(0, available).toArray();
    }
    int wanted = count.getAsInt();
    if (!replacement && wanted > available) {
      throw new IllegalArgumentException(
          "of " + available + " channels " + wanted + " cannot be drawn without replacement");
    }
    Random random = new Random(seed);
    return replacement
        ? random.ints(wanted, 0, available).toArray()
        : random.ints(0, available).distinct().limit(wanted).sorted().toArray();
  }
}
