package kintsugi.mark;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;

/**
 * What a method returned, a number or an array of numbers, as values and their shape.
 *
 * @param values row by row
 * @param shape empty for a single number
 */
record Values(double[] values, int[] shape) {
  /** The difference that rounding explains, as a fraction of the maximum. */
  private static final double BOUND = 2e-5;

  /** More than any exercise returns. */
  private static final int MOST = 100_000;

  /** More dimensions than any exercise's values have. */
  private static final int MOST_DIMENSIONS = 8;

  /**
   * The values of a number or an array.
   *
   * @throws IllegalArgumentException if it is null, or its rows have different lengths
   */
  static Values of(Object object) {
    List<Integer> shape = new ArrayList<>();
    Object first = object;
    while (first != null && first.getClass().isArray()) {
      shape.add(Array.getLength(first));
      first = Array.getLength(first) == 0 ? Double.valueOf(0) : Array.get(first, 0);
    }
    if (shape.size() > MOST_DIMENSIONS) {
      throw new IllegalArgumentException("it returned " + shape.size() + " dimensions");
    }
    int[] dims = shape.stream().mapToInt(Integer::intValue).toArray();
    long size = Arrays.stream(dims).asLongStream().reduce(1, (a, b) -> a * b);
    if (size > MOST) {
      throw new IllegalArgumentException("it returned " + size + " values");
    }
    double[] values = new double[(int) size];
    fill(object, dims, 0, values, 0);
    return new Values(values, dims);
  }

  private static int fill(Object from, int[] dims, int depth, double[] values, int at) {
    if (from == null) {
      throw new IllegalArgumentException(depth == 0 ? "it returned null" : "a row of it is null");
    }
    if (depth == dims.length) {
      values[at] = ((Number) from).doubleValue();
      return at + 1;
    }
    if (Array.getLength(from) != dims[depth]) {
      throw new IllegalArgumentException(
          "its rows have different lengths, " + dims[depth] + " and " + Array.getLength(from));
    }
    int next = at;
    for (int i = 0; i < dims[depth]; i++) {
      next = fill(Array.get(from, i), dims, depth + 1, values, next);
    }
    return next;
  }

  /** Whether rounding explains all differences from what is expected. */
  boolean agrees(Values expected) {
    return Arrays.equals(shape, expected.shape) && firstDifference(expected) < 0;
  }

  /** The first index, row by row, whose value differs from that of the same shape; or −1. */
  int firstDifference(Values expected) {
    double bound = expected.bound();
    for (int i = 0; i < values.length; i++) {
      if (differs(i, expected, bound)) {
        return i;
      }
    }
    return -1;
  }

  /** The maximum difference from values of the same shape, as a fraction of their maximum. */
  double error(Values expected) {
    double most = 0;
    double maximum = 0;
    for (int i = 0; i < values.length; i++) {
      most = Math.max(most, Math.abs(values[i] - expected.values[i]));
      maximum = Math.max(maximum, Math.abs(expected.values[i]));
    }
    return most / maximum;
  }

  /** How many values differ from those of the same shape. */
  int differences(Values expected) {
    double bound = expected.bound();
    int count = 0;
    for (int i = 0; i < values.length; i++) {
      count += differs(i, expected, bound) ? 1 : 0;
    }
    return count;
  }

  private boolean differs(int i, Values expected, double bound) {
    boolean bothNaN = Double.isNaN(values[i]) && Double.isNaN(expected.values[i]);
    return !bothNaN && !(Math.abs(values[i] - expected.values[i]) <= bound);
  }

  private double bound() {
    return BOUND * Arrays.stream(values).map(Math::abs).filter(Double::isFinite).max().orElse(0);
  }

  /** An index as it is typed: {@code [2][0]}; nothing for a single number. */
  String index(int flat) {
    StringBuilder index = new StringBuilder();
    int rest = flat;
    for (int d = shape.length - 1; d >= 0; d--) {
      index.insert(0, "[" + rest % shape[d] + "]");
      rest /= shape[d];
    }
    return index.toString();
  }

  /** The shape in words. */
  String size() {
    if (shape.length == 0) {
      return "a number";
    }
    StringJoiner size = new StringJoiner("x");
    Arrays.stream(shape).forEach(d -> size.add("" + d));
    return "an array of " + size;
  }

  /** One value, short. */
  String text(int flat) {
    double value = values[flat];
    return value == Math.rint(value) && Math.abs(value) < 1e6
        ? "" + (long) value
        : String.format(Locale.ROOT, "%.6g", value);
  }

  void write(DataOutputStream out) throws IOException {
    out.writeInt(shape.length);
    for (int d : shape) {
      out.writeInt(d);
    }
    for (double value : values) {
      out.writeDouble(value);
    }
  }

  /**
   * What {@link #write} wrote.
   *
   * @throws IOException if it is something else, as far as that can be seen
   */
  static Values read(DataInputStream in) throws IOException {
    int rank = in.readInt();
    if (rank < 0 || rank > MOST_DIMENSIONS) {
      throw new IOException("a shape of " + rank + " dimensions");
    }
    int[] shape = new int[rank];
    long size = 1;
    for (int i = 0; i < rank; i++) {
      shape[i] = in.readInt();
      size *= shape[i];
      if (shape[i] < 0 || shape[i] > MOST || size > MOST) {
        throw new IOException("a dimension of " + shape[i] + " in a shape of " + size + " values");
      }
    }
    double[] values = new double[(int) size];
    for (int i = 0; i < values.length; i++) {
      values[i] = in.readDouble();
    }
    return new Values(values, shape);
  }
}
