package kintsugi.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import kintsugi.detector.Stage;

/**
 * A clock for a step in a JVM that still compiles: the step is run again and again, and its time is
 * the median of the last runs once the medians of some batches in a row hardly differ.
 */
final class WarmTimer {
  /** A batch's minimum of runs and of time: a clock's tick and one interruption do not show. */
  private static final int RUNS = 5;

  private static final long NANOS = 20_000_000;

  /** Batches whose medians have to agree, and by what fraction of them. */
  private static final int AGREEING = 4;

  private static final double TOLERANCE = 0.1;

  /** Then the last batch counts as it is. */
  private static final long LIMIT = 2_000_000_000;

  private WarmTimer() {}

  /**
   * {@return how long a step takes}
   *
   * @param step the step, which may be run any number of times
   */
  static Stage.Time time(Supplier<?> step) {
    long start = System.nanoTime();
    List<Double> medians = new ArrayList<>();
    int before = 0;
    while (true) {
      List<Double> batch = batch(step, medians.isEmpty() ? LIMIT : Long.MAX_VALUE);
      medians.add(median(batch));
      boolean steady = isSteady(medians);
      if (steady || System.nanoTime() - start >= LIMIT) {
        return new Stage.Time(medians.getLast(), batch.size(), before, steady);
      }
      before += batch.size();
    }
  }

  /** The times of some runs; of a very slow step fewer than wanted, where that is the first. */
  private static List<Double> batch(Supplier<?> step, long limit) {
    List<Double> millis = new ArrayList<>();
    long start = System.nanoTime();
    long now = start;
    while (millis.isEmpty()
        || now - start < limit && (millis.size() < RUNS || now - start < NANOS)) {
      step.get();
      long then = System.nanoTime();
      millis.add((then - now) / 1e6);
      now = then;
    }
    return millis;
  }

  private static boolean isSteady(List<Double> medians) {
    if (medians.size() < AGREEING) {
      return false;
    }
    List<Double> last = medians.subList(medians.size() - AGREEING, medians.size());
    double lowest = last.stream().mapToDouble(m -> m).min().orElseThrow();
    double highest = last.stream().mapToDouble(m -> m).max().orElseThrow();
    return highest - lowest <= TOLERANCE * highest;
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int n = sorted.size();
    return (sorted.get((n - 1) / 2) + sorted.get(n / 2)) / 2;
  }
}
