package kintsugi.audit;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The ways in which one implementation's values can be another's in another order.
 *
 * @param a the first's
 * @param b the second's
 * @param shape of both
 * @param grid whether the last two dimensions are rows and columns of an image
 */
record Rearrangement(double[] a, double[] b, int[] shape, boolean grid) {
  /** More than any network here has; all pairs are compared. */
  private static final int MOST_CHANNELS = 8192;

  Optional<String> found() {
    if (shape.length < 2) {
      return Optional.empty();
    }
    Optional<String> turned = grid ? turned() : Optional.empty();
    boolean channels = shape.length == 3 || !grid;
    return turned.isPresent() || !channels ? turned : channels();
  }

  /** Rows and columns exchanged or mirrored. */
  private Optional<String> turned() {
    int h = shape[shape.length - 2];
    int w = shape[shape.length - 1];
    if (h == w && Relations.difference(moved(h, w, (y, x) -> x * w + y), b) < Relations.BOUND) {
      return Optional.of("A's with rows and columns exchanged (H and W)");
    }
    if (Relations.difference(moved(h, w, (y, x) -> y * w + w - 1 - x), b) < Relations.BOUND) {
      return Optional.of("A's mirrored");
    }
    if (Relations.difference(moved(h, w, (y, x) -> (h - 1 - y) * w + x), b) < Relations.BOUND) {
      return Optional.of("A's upside down");
    }
    return Optional.empty();
  }

  /** Channels in another order. */
  private Optional<String> channels() {
    boolean planes = shape.length == 3;
    int count = planes ? shape[0] : shape[1];
    if (count > MOST_CHANNELS) {
      return Optional.empty();
    }
    int[] from = permutation(count, planes);
    if (from == null) {
      return Optional.empty();
    }
    boolean reversed = IntStream.range(0, count).allMatch(c -> from[c] == count - 1 - c);
    return Optional.of(
        reversed
            ? "A's with the channels in reverse order"
            : "A's with the channels in another order: B's channel 0 is A's " + from[0]);
  }

  private interface Place {
    int of(int y, int x);
  }

  private double[] moved(int h, int w, Place place) {
    double[] moved = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      int within = i % (h * w);
      moved[i] = a[i - within + place.of(within / w, within % w)];
    }
    return moved;
  }

  /** For each of B's channels that of A with its values, or null. */
  private int[] permutation(int count, boolean planes) {
    int[] from = new int[count];
    boolean[] used = new boolean[count];
    double[][] mine = channels(a, count, planes);
    double[][] theirs = channels(b, count, planes);
    double[] sums = Arrays.stream(mine).mapToDouble(c -> Arrays.stream(c).sum()).toArray();
    double scale = Arrays.stream(a).map(Math::abs).max().orElse(0);
    for (int c = 0; c < count; c++) {
      double[] wanted = theirs[c];
      double sum = Arrays.stream(wanted).sum();
      from[c] = -1;
      for (int k = 0; k < count && from[c] < 0; k++) {
        boolean likely = Math.abs(sums[k] - sum) <= Relations.BOUND * scale * wanted.length;
        if (!used[k] && likely && apart(mine[k], wanted) <= Relations.BOUND * scale) {
          from[c] = k;
          used[k] = true;
        }
      }
      if (from[c] < 0) {
        return null;
      }
    }
    return from;
  }

  private static double apart(double[] x, double[] y) {
    double most = 0;
    for (int i = 0; i < x.length; i++) {
      most = Math.max(most, Math.abs(x[i] - y[i]));
    }
    return most;
  }

  /** The values of each channel: {@code [C, …]}, or {@code […, C]}. */
  private static double[][] channels(double[] values, int count, boolean planes) {
    int size = values.length / count;
    double[][] channels = new double[count][size];
    for (int i = 0; i < values.length; i++) {
      if (planes) {
        channels[i / size][i % size] = values[i];
      } else {
        channels[i % count][i / count] = values[i];
      }
    }
    return channels;
  }
}
