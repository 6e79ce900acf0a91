package kintsugi.metric;

import java.util.Locale;
import org.apache.commons.math3.distribution.BetaDistribution;

/**
 * The rate of an error at a threshold, as {@code n} samples of one class show it: of normal samples
 * those predicted anomalous, of anomalous ones those predicted normal.
 *
 * <p>The interval is that of Clopper and Pearson (1934), exact for a threshold that was set without
 * looking at the samples. For one just above a known score it is wide enough too; one that was
 * optimised on the samples has a higher rate than they show, which no interval of theirs knows.
 *
 * @param samples the count of known samples, {@code n}; 0 where nothing is known
 * @param found the count of errors among them, {@code k}
 * @param expected the rate to expect for new samples: {@code k/n} for samples that the threshold
 *     was not found with, {@code (k + 1)/(n + 1)} for those of the calibration
 * @param atMost whether {@code expected} is an upper figure. {@code (k + 1)/(n + 1)} is the mean
 *     rate, over all draws of the samples, of a threshold just beyond the outermost {@code k + 1}
 *     of them; a threshold farther out has a lower rate
 * @param low the lower end of the 95 % confidence interval
 * @param high the upper end
 */
public record ErrorRate(
    int samples, int found, double expected, boolean atMost, double low, double high) {
  private static final double CONFIDENCE = 0.95;

  /** Nothing is known: anything from 0 to 1. */
  public static final ErrorRate UNKNOWN = new ErrorRate(0, 0, 1, true, 0, 1);

  /**
   * Checks the counts and the rates.
   *
   * @throws IllegalArgumentException if more samples are found than there are, or a rate is not
   *     from 0 to 1
   */
  public ErrorRate {
    if (found < 0 || found > samples || !isRate(expected) || !isRate(low) || !isRate(high)) {
      throw new IllegalArgumentException(
          "an error rate of "
              + found
              + " in "
              + samples
              + ", "
              + expected
              + " from "
              + low
              + " to "
              + high
              + ", is impossible");
    }
  }

  private static boolean isRate(double value) {
    return value >= 0 && value <= 1;
  }

  /**
   * {@return the rate by samples that the threshold was found with}
   *
   * @param samples how many there are; 0 for a rate that is not known
   * @param found how many of them are errors
   * @param atMost whether the threshold may lie farther out than just beyond one of the samples
   */
  public static ErrorRate calibrated(int samples, int found, boolean atMost) {
    return samples == 0 ? UNKNOWN : of(samples, found, (found + 1.0) / (samples + 1), atMost);
  }

  /**
   * {@return the rate by samples that the threshold was not found with}
   *
   * @param samples how many there are; 0 for a rate that is not known
   * @param found how many of them are errors
   */
  public static ErrorRate tested(int samples, int found) {
    return samples == 0 ? UNKNOWN : of(samples, found, (double) found / samples, false);
  }

  private static ErrorRate of(int n, int k, double expected, boolean atMost) {
    double tail = (1 - CONFIDENCE) / 2;
    double low = k == 0 ? 0 : new BetaDistribution(k, n - k + 1).inverseCumulativeProbability(tail);
    double high =
        k == n ? 1 : new BetaDistribution(k + 1, n - k).inverseCumulativeProbability(1 - tail);
    return new ErrorRate(n, k, expected, atMost, low, high);
  }

  /** {@return whether there are samples that show the rate} */
  public boolean known() {
    return samples > 0;
  }

  /**
   * {@return the rate in words, such as {@code of 1000 good parts about 20 rejected (2.4 to 70; 2
   * of 100 here)}; where all or none of the tested samples are errors, the other end of the
   * interval: {@code of 1000 good parts at most 36 rejected (0 of 100 here)}}
   *
   * @param parts what they are: {@code good parts}
   * @param error what happens to them: {@code rejected}
   */
  String sentence(String parts, String error) {
    if (!known()) {
      return "how many of 1000 " + parts + " are " + error + " is not known";
    }
    boolean none = expected == 0;
    if (none || expected == 1 && !atMost) {
      return String.format(
          Locale.ROOT,
          "of 1000 %s %s %s %s (%d of %d here)",
          parts,
          none ? "at most" : "at least",
          perThousand(none ? high : low),
          error,
          found,
          samples);
    }
    return String.format(
        Locale.ROOT,
        "of 1000 %s %s %s %s (%s to %s; %d of %d here)",
        parts,
        atMost ? "at most about" : "about",
        perThousand(expected),
        error,
        perThousand(low),
        perThousand(high),
        found,
        samples);
  }

  /** Below 10 with a decimal, unless that is 0. */
  private static String perThousand(double rate) {
    String text = String.format(Locale.ROOT, "%.1f", 1000 * rate);
    boolean decimal = 1000 * rate < 9.95 && !text.endsWith(".0");
    return decimal ? text : String.format(Locale.ROOT, "%.0f", 1000 * rate);
  }
}
