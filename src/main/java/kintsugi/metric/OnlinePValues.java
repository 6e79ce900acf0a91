package kintsugi.metric;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The smoothed conformal p-values of a sequence of values, each by its rank among all before it:
 *
 * <pre>p = (#{i : x_i > x} + U · (1 + #{i : x_i = x})) / (n + 1),  U uniform on [0, 1)</pre>
 *
 * (Vovk, Gammerman, Shafer, <i>Algorithmic Learning in a Random World</i>, 2005, equation 2.20).
 * While the values can be exchanged, the p-values are independent and uniform on [0, 1), whatever
 * the values' distribution is. P-values by ranks among the first values alone would not be
 * independent: all of them share the chance of these.
 *
 * <p>At most {@value #CAPACITY} values are remembered; then a uniformly drawn rank is forgotten for
 * each new value. Ranks so far say nothing on which values those in memory are, and a drawn rank
 * does not change that, so the p-values stay independent and uniform.
 *
 * <p>A rank is found in {@code O(log n)}; insertion moves up to 128 KiB.
 */
public final class OnlinePValues {
  /** The most values that are remembered. */
  public static final int CAPACITY = 16_384;

  private final int capacity;
  private double[] sorted;
  private int size;

  /**
   * P-values after some values that are known.
   *
   * @param first the values before the sequence, in any order, at most {@value #CAPACITY}; may be
   *     none
   * @throws IllegalArgumentException if there are more, or one is NaN
   */
  public OnlinePValues(double[] first) {
    this(first, CAPACITY);
  }

  OnlinePValues(double[] first, int capacity) {
    if (first.length > capacity) {
      throw new IllegalArgumentException(first.length + " values are more than " + capacity);
    }
    this.capacity = capacity;
    for (double value : first) {
      requireNumber(value);
    }
    sorted = first.clone();
    Arrays.sort(sorted);
    size = sorted.length;
  }

  private static void requireNumber(double value) {
    if (Double.isNaN(value)) {
      throw new IllegalArgumentException("a value without a rank: NaN");
    }
  }

  /**
   * {@return the p-value of the next value, small for one that is large}
   *
   * @param value the value, which is remembered
   * @param random draws among ties, and what is forgotten
   * @throws IllegalArgumentException if the value is NaN
   */
  public double next(double value, SplittableRandom random) {
    requireNumber(value);
    int from = rank(value, false);
    int to = rank(value, true);
    double p = (size - to + random.nextDouble() * (to - from + 1)) / (size + 1);
    insert(value, to);
    if (size > capacity) {
      remove(random.nextInt(size));
    }
    return p;
  }

  /** How many of the values are below one, or not above it. */
  private int rank(double value, boolean equalToo) {
    int from = 0;
    int to = size;
    while (from < to) {
      int middle = (from + to) >>> 1;
      if (sorted[middle] < value || equalToo && sorted[middle] == value) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from;
  }

  private void insert(double value, int at) {
    if (size == sorted.length) {
      sorted = Arrays.copyOf(sorted, Math.min(capacity + 1, 2 * size + 16));
    }
    System.arraycopy(sorted, at, sorted, at + 1, size - at);
    sorted[at] = value;
    size++;
  }

  private void remove(int at) {
    size--;
    System.arraycopy(sorted, at + 1, sorted, at, size - at);
  }
}
