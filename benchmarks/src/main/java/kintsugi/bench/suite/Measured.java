package kintsugi.bench.suite;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.commons.math3.stat.StatUtils;

/**
 * All measurements of one benchmark with one set of parameters.
 *
 * @param benchmark class and method
 * @param parameters their values by name
 * @param mode JMH's short name: avgt, thrpt, sample or ss
 * @param unit of all values, such as ms/op
 * @param threads that called the benchmark at the same time; not those of one computation
 * @param mean over the forks' means
 * @param low the lower end of its 95 % confidence interval; null for one fork
 * @param high the upper end
 * @param median of all iterations
 * @param minimum of all iterations
 * @param forks the samples
 * @param discarded forks that were not counted: the first ones, whose warm-up was too short
 * @param profilers what JMH's profilers found, by their names
 */
public record Measured(
    String benchmark,
    Map<String, String> parameters,
    String mode,
    String unit,
    int threads,
    double mean,
    Double low,
    Double high,
    double median,
    double minimum,
    List<Fork> forks,
    List<Fork> discarded,
    Map<String, String> profilers) {

  /**
   * The samples of one fork.
   *
   * @param warmup a value for each iteration of the warm-up
   * @param samples a value for each measured iteration
   * @param operations how often the benchmark was called in each of these
   * @param iterationSeconds their length
   * @param steady whether warm-up and measurement agree, see {@link Steady}
   */
  public record Fork(
      double[] warmup,
      double[] samples,
      long[] operations,
      double iterationSeconds,
      boolean steady) {

    double mean() {
      return StatUtils.mean(samples);
    }
  }

  static Measured of(
      String benchmark,
      Map<String, String> parameters,
      String mode,
      String unit,
      int threads,
      List<Fork> forks,
      List<Fork> discarded,
      Map<String, String> profilers) {
    Interval mean = Interval.mean(means(forks));
    double[] all = forks.stream().flatMapToDouble(fork -> Arrays.stream(fork.samples)).toArray();
    return new Measured(
        benchmark,
        parameters,
        mode,
        unit,
        threads,
        mean.estimate(),
        mean.known() ? mean.low() : null,
        mean.known() ? mean.high() : null,
        StatUtils.percentile(all, 50),
        StatUtils.min(all),
        forks,
        discarded,
        profilers);
  }

  private static double[] means(List<Fork> forks) {
    return forks.stream().mapToDouble(Fork::mean).toArray();
  }

  /** {@return the forks' means, in the order in which they ran} */
  double[] means() {
    return means(forks);
  }

  /** {@return a name that no other measurement of a run has} */
  String key() {
    return name()
        + (mode.equals("avgt") ? "" : " " + mode)
        + (threads == 1 ? "" : " -t " + threads);
  }

  /** {@return the benchmark and its parameters' values, on one line} */
  String name() {
    return (benchmark + " " + String.join(" ", parameters.values())).trim();
  }

  /** {@return whether every fork was steady} */
  boolean steady() {
    return forks.stream().allMatch(Fork::steady);
  }

  /** {@return whether more is better} */
  boolean isRate() {
    return mode.equals("thrpt");
  }

  /** {@return the mean in milliseconds, or NaN where it is not a time} */
  double millis() {
    return switch (unit) {
      case "s/op" -> 1e3 * mean;
      case "ms/op" -> mean;
      case "us/op" -> mean / 1e3;
      case "ns/op" -> mean / 1e6;
      default -> Double.NaN;
    };
  }
}
