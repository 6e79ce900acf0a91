package kintsugi.bench;

import java.util.Arrays;
import java.util.Map;
import kintsugi.tensor.Tensor;

/** The check that two peers compute the same, without which their times mean nothing. */
final class Agreement {
  /**
   * The difference that is allowed, of the reference's maximum: orders of addition differ, and
   * Winograd's transforms round more; a wrong layer differs by its whole size.
   */
  private static final double BOUND = 1e-4;

  private Agreement() {}

  /**
   * Compares features.
   *
   * @param who computed them
   * @throws IllegalStateException if a layer is missing, has another shape or differs
   */
  static void require(String who, Map<String, Tensor> expected, Map<String, Tensor> actual) {
    expected.forEach((name, tensor) -> require(who + ", " + name, tensor, actual.get(name)));
  }

  /** Compares one tensor. */
  static void require(String what, Tensor expected, Tensor actual) {
    if (actual == null || !Arrays.equals(expected.shape(), actual.shape())) {
      throw new IllegalStateException(what + ": not timed, it has another shape: " + actual);
    }
    require(what, expected.data(), actual.data());
  }

  /** Compares values in fp32. */
  static void require(String what, double[] expected, double[] actual) {
    require(what, floats(expected), floats(actual));
  }

  static float[] floats(double[] from) {
    float[] to = new float[from.length];
    for (int i = 0; i < to.length; i++) {
      to[i] = (float) from[i];
    }
    return to;
  }

  /** Compares values; not a number never agrees, and neither do nothing but zeros. */
  static void require(String what, float[] expected, float[] actual) {
    double maximum = 0;
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      maximum = Math.max(maximum, Math.abs(expected[i]));
      double here = Math.abs(expected[i] - actual[i]);
      difference = Double.isNaN(here) ? Double.POSITIVE_INFINITY : Math.max(difference, here);
    }
    if (!(maximum > 0) || !(difference <= BOUND * maximum)) {
      throw new IllegalStateException(
          "%s: not timed, it differs by %.3g where the maximum is %.3g"
              .formatted(what, difference, maximum));
    }
  }
}
