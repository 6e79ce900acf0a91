package kintsugi.metric;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * A test martingale against the hypothesis that p-values are independent and uniform: a capital of
 * 1 that bets that from some time on they are not. It is a mixture over the time {@code τ} of the
 * change, with prior weights that sum to 1, and over densities {@code f_k} of the p-values after
 * it:
 *
 * <pre>S_n = Σ_(τ ≤ n) w_τ · 1/K · Σ_k Π_(i = τ…n) f_k(p_i) + Σ_(τ > n) w_τ</pre>
 *
 * While the hypothesis holds, the probability that {@code S_n} ever reaches {@code c} is at most
 * {@code 1/c} (Ville's inequality), however long the sequence is. A long sequence without a change
 * does not use the capital up, since what is not yet bet is kept: {@code Σ_(τ > n) w_τ = 1/ln(n +
 * e)}. Vovk, Petej, Nouretdinov, Ahlberg, Carlsson, Gammerman, <i>Retrain or not retrain: conformal
 * test martingales for change-point detection</i>, 2021; Vovk, <i>Testing randomness online</i>,
 * 2021; Volkhonskiy et al., <i>Inductive conformal martingales for change-point detection</i>,
 * 2017. The time of a change is that of the largest term, as in Page's CUSUM.
 *
 * @param <T> what is known of a p-value's sample
 */
public final class ChangeMartingale<T> {
  /** Where the capital stays when it has grown so far that it might become infinite. */
  private static final double MOST = 1e100;

  /**
   * Exponents of the densities, from faint changes to plain ones. A shift by less than about a
   * quarter of a standard deviation gains no bet, on purpose: no two days are equal.
   */
  private static final double[] EXPONENTS = {3, 8, 25};

  /** Densities of p-values after a change: of larger values, smaller ones, more and less spread. */
  private static final List<DoubleUnaryOperator> DENSITIES = densities();

  private final double[] capital = new double[DENSITIES.size()];
  private final double[] largest = new double[DENSITIES.size()];
  private final List<T> since = new ArrayList<>(Collections.nCopies(DENSITIES.size(), null));
  private long count;

  /** A capital of 1. */
  public ChangeMartingale() {
    Arrays.fill(largest, Double.NEGATIVE_INFINITY);
  }

  private static List<DoubleUnaryOperator> densities() {
    List<DoubleUnaryOperator> densities = new ArrayList<>();
    for (double b : EXPONENTS) {
      densities.add(p -> half(near0(p, b)));
      densities.add(p -> half(near0(1 - p, b)));
    }
    densities.add(p -> half((near0(p, 8) + near0(1 - p, 8)) / 2));
    densities.add(p -> 6 * p * (1 - p));
    return List.copyOf(densities);
  }

  /** The density {@code b(1 − p)^(b − 1)} of a beta distribution. */
  private static double near0(double p, double b) {
    return b * Math.pow(1 - p, b - 1);
  }

  /** A mixture with the uniform density: half of the images may be as they were. */
  private static double half(double density) {
    return (1 + density) / 2;
  }

  /** The capital that is not bet before the (n + 1)-th p-value. */
  private static double kept(long n) {
    return 1 / Math.log(n + Math.E);
  }

  /**
   * Bets on the next p-value.
   *
   * @param p from 0 to 1
   * @param sample what is known of its sample
   */
  public void next(double p, T sample) {
    double started = (kept(count) - kept(count + 1)) / DENSITIES.size();
    count++;
    for (int k = 0; k < capital.length; k++) {
      double factor = DENSITIES.get(k).applyAsDouble(p);
      capital[k] = Math.min(MOST, (capital[k] + started) * factor);
      if (Math.log(started) > largest[k]) {
        largest[k] = Math.log(started);
        since.set(k, sample);
      }
      largest[k] += Math.log(factor);
    }
  }

  /** {@return the capital, 1 at first} */
  public double value() {
    return kept(count) + Arrays.stream(capital).sum();
  }

  /** {@return the first sample after the change, if there is one; null before the first p-value} */
  public T since() {
    return since.get(best());
  }

  /**
   * {@return the factor by which a p-value multiplies the capital that bets on the change}
   *
   * @param p from 0 to 1
   */
  public double factor(double p) {
    return DENSITIES.get(best()).applyAsDouble(p);
  }

  private int best() {
    int best = 0;
    for (int k = 1; k < largest.length; k++) {
      best = largest[k] > largest[best] ? k : best;
    }
    return best;
  }
}
