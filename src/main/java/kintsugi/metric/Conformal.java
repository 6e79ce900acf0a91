package kintsugi.metric;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Optional;

/**
 * Split conformal prediction: with the scores {@code s_1 … s_n} of calibration samples that a model
 * was not fitted to, the p-value of a new score {@code s} is
 *
 * <pre>p = (1 + #{i : s_i ≥ s}) / (n + 1)</pre>
 *
 * (Vovk, Gammerman, Shafer, <i>Algorithmic Learning in a Random World</i>, 2005; Papadopoulos et
 * al., <i>Inductive confidence machines for regression</i>, 2002; of outliers Bates, Candès, Lei,
 * Romano, Sesia, <i>Testing for outliers with conformal p-values</i>, 2023, equation 4). Where the
 * new sample and those of the calibration can be exchanged, {@code P(p ≤ R) ≤ R} for every {@code
 * R}, whatever the scores' distribution is: the mean over draws of calibration and new sample.
 */
public final class Conformal {
  private Conformal() {}

  /**
   * {@return the p-value of a score}
   *
   * @param atLeast how many of the calibration's scores are at or above it
   * @param samples how many there are, {@code n}
   * @throws IllegalArgumentException if more are above than there are
   */
  public static double pValue(int atLeast, int samples) {
    if (atLeast < 0 || atLeast > samples) {
      throw new IllegalArgumentException(atLeast + " of " + samples + " scores cannot be above");
    }
    return (1.0 + atLeast) / (samples + 1.0);
  }

  /**
   * {@return how many calibration samples a rate needs: with fewer no p-value is as small}
   *
   * @param rate above 0 and below 1
   */
  static long samples(double rate) {
    return BigDecimal.ONE
            .divide(exact(rate), 0, RoundingMode.CEILING)
            .min(BigDecimal.valueOf(Long.MAX_VALUE))
            .longValue()
        - 1;
  }

  /** What is missing for a rate, with the way out; empty if there are enough samples. */
  static Optional<String> shortage(double rate, int samples) {
    long needed = samples(rate);
    if (samples >= needed) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "a rate of false alarms of at most %s needs %d normal images, and %d of them %s"
                + " missing; calibrate with more (normal)%s",
            exact(rate).stripTrailingZeros().toPlainString(),
            needed,
            needed - samples,
            needed - samples == 1 ? "is" : "are",
            samples == 0
                ? ""
                : ", or promise no less than " + possible(samples) + " (max-false-alarms)"));
  }

  /**
   * {@return the threshold from which on the p-value is at most a rate: just above the {@code ⌈(n +
   * 1)(1 − R)⌉}-th smallest score}
   *
   * @param sorted the calibration's scores, in ascending order, as many as the rate needs
   * @param rate {@code R}, above 0 and below 1
   */
  static double threshold(double[] sorted, double rate) {
    // As a person wrote it: the double 0.29 is a little less, and 100 times it less than 29.
    BigDecimal product = exact(rate).multiply(BigDecimal.valueOf(sorted.length + 1L));
    int rejected = product.setScale(0, RoundingMode.FLOOR).intValueExact();
    return Math.nextUp(sorted[sorted.length - rejected]);
  }

  /** The smallest rate of two digits that a count of samples allows. */
  private static String possible(int samples) {
    MathContext twoDigits = new MathContext(2, RoundingMode.CEILING);
    return BigDecimal.ONE.divide(BigDecimal.valueOf(samples + 1L), twoDigits).toPlainString();
  }

  private static BigDecimal exact(double rate) {
    return new BigDecimal(Double.toString(rate));
  }
}
