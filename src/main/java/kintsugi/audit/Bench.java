package kintsugi.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import kintsugi.engine.Engine;
import kintsugi.engine.Parallel;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Weights;

/** What the sections of an audit work with, and where they put what they find. */
final class Bench {
  private final List<Candidate> candidates;
  private final Parallel parallel;
  private final Weights weights;
  private final List<Finding> findings = new ArrayList<>();
  private String section;

  /**
   * An engine under audit.
   *
   * @param name as the report calls it
   * @param maker makes one that uses other threads
   * @param engine which
   * @param winograd whether its 3x3 convolutions may be Winograd's
   * @param parallel its threads
   */
  record Candidate(
      String name,
      Function<Parallel, Engine> maker,
      Engine engine,
      boolean winograd,
      Parallel parallel) {

    static Candidate of(
        String name, Function<Parallel, Engine> maker, boolean winograd, Parallel parallel) {
      return new Candidate(name, maker, maker.apply(parallel), winograd, parallel);
    }
  }

  Bench(List<Candidate> candidates, Parallel parallel, Weights weights) {
    this.candidates = candidates;
    this.parallel = parallel;
    this.weights = weights;
  }

  /** Starts a section. */
  void begin(String name) {
    section = name;
  }

  /** The engines under audit. */
  List<Candidate> candidates() {
    return candidates;
  }

  /** Threads for what no engine does. */
  Parallel parallel() {
    return parallel;
  }

  /** The backbone's weights. */
  Weights weights() {
    return weights;
  }

  /** What was found so far. */
  List<Finding> findings() {
    return findings;
  }

  /** Random numbers from −1 to 1. */
  static Tensor random(Random random, int... shape) {
    Tensor tensor = Tensor.zeros(shape);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data()[i] = 2 * random.nextFloat() - 1;
    }
    return tensor;
  }

  static double[] doubles(float[] values) {
    double[] all = new double[values.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = values[i];
    }
    return all;
  }

  static double[] doubles(int[] values) {
    return Arrays.stream(values).asDoubleStream().toArray();
  }

  /** Holds what an engine gave against what it should. */
  void compare(
      String engine,
      String subject,
      String reference,
      String bound,
      double[] actual,
      Expected expected) {
    double absolute = 0;
    double relative = 0;
    double ulps = 0;
    double share = actual.length == expected.value().length ? 0 : Double.POSITIVE_INFINITY;
    for (int i = 0; i < Math.min(actual.length, expected.value().length); i++) {
      double wanted = expected.value()[i];
      boolean same = actual[i] == wanted || Double.isNaN(actual[i]) && Double.isNaN(wanted);
      double error = same ? 0 : Math.abs(actual[i] - wanted);
      error = Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
      absolute = Math.max(absolute, error);
      relative = error > 0 && wanted != 0 ? Math.max(relative, error / Math.abs(wanted)) : relative;
      ulps = Math.max(ulps, error / Math.ulp((float) wanted));
      share = error > 0 ? Math.max(share, error / expected.bound()[i]) : share;
    }
    boolean passed = share <= 1 && actual.length > 0;
    findings.add(
        new Finding(
            section,
            engine,
            subject,
            reference,
            actual.length,
            absolute,
            relative,
            ulps,
            bound,
            share,
            passed));
  }

  /** Holds what must be the same to the bit against each other. */
  void same(String engine, String subject, double[] actual, double[] wanted) {
    compare(engine, subject, "itself", "equal bits", actual, Expected.exactly(wanted));
  }
}
