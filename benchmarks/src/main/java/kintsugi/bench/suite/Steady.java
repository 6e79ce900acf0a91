package kintsugi.bench.suite;

import java.util.Arrays;
import org.apache.commons.math3.stat.StatUtils;

/**
 * The rule that says whether a fork was warm: the medians of the last three iterations of its
 * warm-up (of its second half, where it has fewer than six), of the first and of the second half of
 * its measured iterations lie within {@value #TOLERANCE} of each other. Code that the compiler is
 * still at work on gets faster from one to the next; a neighbour's noise that lasts looks the same,
 * so a fork that fails is said to be not steady and is not hidden.
 */
final class Steady {
  static final double TOLERANCE = 0.05;
  private static final int LAST = 3;

  /** An iteration of fewer operations is one of chance; the next forks' ones are longer. */
  static final int OPERATIONS = 3;

  private Steady() {}

  static boolean holds(double[] warmup, double[] samples) {
    if (warmup.length == 0 || samples.length < 2) {
      return false;
    }
    // Of a short warm-up its second half, in which it has to be over.
    int end = Math.clamp(warmup.length / 2, 1, LAST);
    double[] last = Arrays.copyOfRange(warmup, warmup.length - end, warmup.length);
    // The one in the middle is in both.
    int half = (samples.length + 1) / 2;
    double a = StatUtils.percentile(last, 50);
    double b = StatUtils.percentile(Arrays.copyOf(samples, half), 50);
    double c =
        StatUtils.percentile(
            Arrays.copyOfRange(samples, samples.length - half, samples.length), 50);
    double maximum = Math.max(a, Math.max(b, c));
    double minimum = Math.min(a, Math.min(b, c));
    return maximum <= (1 + TOLERANCE) * minimum;
  }
}
