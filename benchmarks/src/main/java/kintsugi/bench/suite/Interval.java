package kintsugi.bench.suite;

import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.StatUtils;

/**
 * An estimate with its 95 % confidence interval. The samples are the forks' means: iterations of
 * one fork share its compiled code and its place in memory, so they do not tell how far another
 * fork may lead.
 *
 * @param estimate the mean, or the ratio
 * @param low the interval's lower end; NaN for a single sample, which shows no spread
 * @param high the upper end
 */
public record Interval(double estimate, double low, double high) {
  private static final double CONFIDENCE = 0.95;

  /** {@return the mean of samples, by Student's t} */
  static Interval mean(double... samples) {
    double mean = StatUtils.mean(samples);
    double half = margin(samples.length - 1, StatUtils.variance(samples) / samples.length);
    return new Interval(mean, mean - half, mean + half);
  }

  /**
   * {@return the ratio of two sets of samples taken apart, a's over b's: of their geometric means,
   * by Welch's t on the logarithms}
   */
  static Interval ratio(double[] a, double[] b) {
    double[] logA = logarithms(a);
    double[] logB = logarithms(b);
    double errorA = StatUtils.variance(logA) / a.length;
    double errorB = StatUtils.variance(logB) / b.length;
    double freedom =
        Math.pow(errorA + errorB, 2)
            / (errorA * errorA / (a.length - 1) + errorB * errorB / (b.length - 1));
    boolean single = a.length < 2 || b.length < 2;
    double half =
        errorA + errorB == 0 && !single
            ? 0
            : margin(single ? 0 : freedom, single ? Double.NaN : errorA + errorB);
    return exponential(StatUtils.mean(logA) - StatUtils.mean(logB), half);
  }

  /**
   * {@return the ratio of samples that were taken in pairs, one after the other: the geometric mean
   * of the pairs' ratios, by Student's t on the logarithms; what slowed both down cancels}
   */
  public static Interval pairedRatio(double[] a, double[] b) {
    double[] differences = logarithms(a);
    double[] other = logarithms(b);
    for (int i = 0; i < differences.length; i++) {
      differences[i] -= other[i];
    }
    Interval mean = mean(differences);
    return exponential(mean.estimate, mean.high - mean.estimate);
  }

  private static Interval exponential(double log, double half) {
    return new Interval(Math.exp(log), Math.exp(log - half), Math.exp(log + half));
  }

  private static double[] logarithms(double[] of) {
    double[] logarithms = new double[of.length];
    for (int i = 0; i < of.length; i++) {
      logarithms[i] = Math.log(of[i]);
    }
    return logarithms;
  }

  private static double margin(double freedom, double squaredError) {
    if (!(freedom > 0)) {
      return Double.NaN;
    }
    double quantile =
        new TDistribution(null, freedom).inverseCumulativeProbability((1 + CONFIDENCE) / 2);
    return quantile * Math.sqrt(squaredError);
  }

  /** {@return whether there is an interval} */
  public boolean known() {
    return !Double.isNaN(low);
  }

  /** {@return whether the interval leaves out a value} */
  boolean excludes(double value) {
    return known() && (value < low || value > high);
  }
}
