package kintsugi.audit;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import kintsugi.tensor.Tensor;

/**
 * The ways in which the values of one implementation can follow from another's, whatever the stage:
 * a power, a factor and an offset, a precision; for orders see {@link Rearrangement}.
 */
public final class Relations {
  /** The difference that remains, as a fraction of the maximum. */
  static final double BOUND = 2e-4;

  private final double[] a;
  private final double[] b;
  private final int[] shape;
  private final boolean grid;

  private Relations(double[] a, double[] b, int[] shape, boolean grid) {
    this.grid = grid;
    this.a = a;
    this.b = b;
    this.shape = shape;
  }

  /**
   * {@return how {@code b} follows from {@code a}, as a sentence continues after "B's values are";
   * empty if unknown}
   *
   * @param a values
   * @param b values of the same stage
   * @param grid whether the last two dimensions are rows and columns of an image, not patches and
   *     channels
   */
  public static Optional<String> of(Tensor a, Tensor b, boolean grid) {
    if (!Arrays.equals(a.shape(), b.shape())) {
      return Optional.of(
          "of another shape: "
              + Arrays.toString(b.shape())
              + " where A's are "
              + Arrays.toString(a.shape()));
    }
    return new Relations(Bench.doubles(a.data()), Bench.doubles(b.data()), a.shape(), grid).found();
  }

  private Optional<String> found() {
    if (!Arrays.stream(b).allMatch(Double::isFinite)) {
      return Optional.of("not all finite");
    }
    return precision()
        .or(this::power)
        .or(this::affine)
        .or(() -> new Rearrangement(a, b, shape, grid).found())
        .or(this::lengths);
  }

  /** A's values rounded to fewer bits. */
  private Optional<String> precision() {
    if (!(difference(a, b) < 1e-2)) {
      return Optional.empty();
    }
    if (onlyInB(v -> Float.float16ToFloat(Float.floatToFloat16((float) v)))) {
      return Optional.of("A's in half precision (fp16)");
    }
    return onlyInB(v -> Float.intBitsToFloat(Float.floatToRawIntBits((float) v) & 0xffff0000))
        ? Optional.of("A's in bfloat16")
        : Optional.empty();
  }

  /** Whether B's values are so rounded and A's are not, as whole numbers such as pixels are. */
  private boolean onlyInB(DoubleUnaryOperator rounding) {
    return rounded(b, rounding) && !rounded(a, rounding);
  }

  private static boolean rounded(double[] values, DoubleUnaryOperator rounding) {
    return values.length > 1 && Arrays.stream(values).allMatch(v -> rounding.applyAsDouble(v) == v);
  }

  private Optional<String> power() {
    Map<String, DoubleUnaryOperator> ways = new LinkedHashMap<>();
    ways.put("the squares of A's", v -> v * v);
    ways.put("the roots of A's", v -> Math.sqrt(Math.abs(v)));
    ways.put("A's after a ReLU", v -> Math.max(0, v));
    ways.put("A's with the sign changed", v -> -v);
    for (Map.Entry<String, DoubleUnaryOperator> way : ways.entrySet()) {
      if (difference(Arrays.stream(a).map(way.getValue()).toArray(), b) < BOUND) {
        return Optional.of(way.getKey());
      }
    }
    double[] relu = Arrays.stream(b).map(v -> Math.max(0, v)).toArray();
    return difference(a, relu) < BOUND
        ? Optional.of("those before the ReLU, after which A's are taken")
        : Optional.empty();
  }

  /** {@code b = s·a + t} by least squares. */
  private Optional<String> affine() {
    if (a.length < 3) {
      return Optional.empty();
    }
    double[] line = line(a, b);
    double[] fitted = Arrays.stream(a).map(v -> line[0] * v + line[1]).toArray();
    if (!(difference(fitted, b) < BOUND) || Math.abs(line[0]) < 1e-9) {
      return Optional.empty();
    }
    double low = Arrays.stream(b).min().orElseThrow();
    double high = Arrays.stream(b).max().orElseThrow();
    if (Math.abs(low) < 1e-4 && Math.abs(high - 1) < 1e-4) {
      return Optional.of("A's by their own minimum and maximum, (v − min)/(max − min)");
    }
    double scale = Arrays.stream(b).map(Math::abs).max().orElseThrow();
    String factor = String.format(Locale.ROOT, "%.5g times A's", line[0]);
    if (Math.abs(line[1]) < BOUND * scale) {
      return Optional.of(factor);
    }
    return Optional.of(
        Math.abs(line[0] - 1) < BOUND
            ? String.format(Locale.ROOT, "A's + %.5g", line[1])
            : factor + String.format(Locale.ROOT, " + %.5g", line[1]));
  }

  /** Slope and intercept of {@code y} over {@code x}. */
  static double[] line(double[] x, double[] y) {
    double meanX = Arrays.stream(x).average().orElseThrow();
    double meanY = Arrays.stream(y).average().orElseThrow();
    double xy = 0;
    double xx = 0;
    for (int i = 0; i < x.length; i++) {
      xy += (x[i] - meanX) * (y[i] - meanY);
      xx += (x[i] - meanX) * (x[i] - meanX);
    }
    double slope = xx == 0 ? 0 : xy / xx;
    return new double[] {slope, meanY - slope * meanX};
  }

  /** Rows scaled to the length 1. */
  private Optional<String> lengths() {
    if (grid || shape.length != 2 || shape[1] < 2) {
      return Optional.empty();
    }
    int d = shape[1];
    double[] scaled = a.clone();
    for (int row = 0; row < a.length / d; row++) {
      double sum = 0;
      for (int i = row * d; i < (row + 1) * d; i++) {
        sum += a[i] * a[i];
      }
      for (int i = row * d; i < (row + 1) * d; i++) {
        scaled[i] /= Math.sqrt(sum);
      }
    }
    return difference(scaled, b) < BOUND
        ? Optional.of("A's with every row scaled to the length 1")
        : Optional.empty();
  }

  /** The maximum difference as a fraction of the maximum of {@code wanted}. */
  static double difference(double[] actual, double[] wanted) {
    double maximum = 0;
    double most = 0;
    for (int i = 0; i < wanted.length; i++) {
      maximum = Math.max(maximum, Math.abs(wanted[i]));
      most = Math.max(most, Math.abs(actual[i] - wanted[i]));
    }
    return most == 0 ? 0 : most / maximum;
  }
}
