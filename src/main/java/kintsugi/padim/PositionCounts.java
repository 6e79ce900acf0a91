package kintsugi.padim;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;
import java.util.stream.IntStream;
import kintsugi.detector.Recipe;
import kintsugi.weights.StoredTensor;

/**
 * How many images showed each position of the patch grid. All did, unless regions left some out; a
 * position that fewer than two showed has no covariance and is not scored.
 */
final class PositionCounts {
  private static final String TENSOR = "position_counts";

  /** The minimum count of a position that has a covariance. */
  static final int NEEDED = 2;

  private final long[] counts;

  private PositionCounts(int positions) {
    this(new long[positions]);
  }

  /** The counts of an array, which is not copied. */
  PositionCounts(long[] counts) {
    this.counts = counts;
  }

  /** Every position was shown by all images. */
  static PositionCounts of(int positions, long images) {
    PositionCounts counts = new PositionCounts(positions);
    Arrays.fill(counts.counts, images);
    return counts;
  }

  PositionCounts copy() {
    PositionCounts copy = new PositionCounts(counts.length);
    System.arraycopy(counts, 0, copy.counts, 0, counts.length);
    return copy;
  }

  /** {@return the counts; not copied} */
  long[] toArray() {
    return counts;
  }

  /** {@return positions of the grid} */
  int positions() {
    return counts.length;
  }

  long at(int position) {
    return counts[position];
  }

  /** Adds images; one position at a time by one thread. */
  void add(int position, long images) {
    counts[position] += images;
  }

  boolean isLearnt(int position) {
    return counts[position] >= NEEDED;
  }

  boolean isNothingLearnt() {
    return IntStream.range(0, counts.length).noneMatch(this::isLearnt);
  }

  /** {@return the positions that are scored, or null if all are} */
  BitSet learnt() {
    BitSet learnt = new BitSet(counts.length);
    IntStream.range(0, counts.length).filter(this::isLearnt).forEach(learnt::set);
    return learnt.cardinality() == counts.length ? null : learnt;
  }

  /**
   * Adds the counts to a file's tensors, unless all images showed all positions.
   *
   * @param images how many, times the positions of a window where positions are pooled
   */
  void storeIn(Map<String, StoredTensor> tensors, long images, int height, int width) {
    if (Arrays.stream(counts).anyMatch(count -> count != images)) {
      double[] values = Arrays.stream(counts).asDoubleStream().toArray();
      tensors.put(TENSOR, StoredTensor.of(values, height, width));
    }
  }

  /**
   * {@return the counts of a file}
   *
   * @throws IllegalArgumentException if one is not from 0 to the count of images
   */
  static PositionCounts storedIn(
      Map<String, StoredTensor> tensors, long images, int height, int width) {
    StoredTensor stored = tensors.get(TENSOR);
    if (stored == null) {
      return of(height * width, images);
    }
    Recipe.require(
        Arrays.equals(stored.shape(), new long[] {height, width}),
        "its tensor " + TENSOR + " has another size than its mean");
    PositionCounts counts = new PositionCounts(height * width);
    for (int i = 0; i < counts.counts.length; i++) {
      double count = stored.get(i);
      Recipe.require(
          count >= 0 && count <= images && count == Math.rint(count),
          "its tensor " + TENSOR + " has " + count + " of " + images + " images at " + i);
      counts.counts[i] = (long) count;
    }
    return counts;
  }
}
