package kintsugi.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.engine.Parallel;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Weights;

/** The work bench of an audit's sections: engines, threads and weights, and the findings so far. */
final class Bench {
  private final List<Candidate> candidates;
  private final Parallel parallel;
  private final Weights weights;
  private final List<Finding> findings = new ArrayList<>();
  private String section;

  /**
   * An engine under audit.
   *
   * @param name its name in the report
   * @param convolutions the algorithm of its 3x3 convolutions
   * @param maker makes one that uses other threads
   * @param engine the engine
   * @param parallel its threads
   */
  record Candidate(
      String name,
      Convolutions convolutions,
      Function<Parallel, Engine> maker,
      Engine engine,
      Parallel parallel) {

    static Candidate of(
        String name,
        Convolutions convolutions,
        Function<Parallel, Engine> maker,
        Parallel parallel) {
      return new Candidate(name, convolutions, maker, maker.apply(parallel), parallel);
    }

    /** Whether its 3x3 convolutions may be Winograd's. */
    boolean winograd() {
      return convolutions != Convolutions.DIRECT;
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

  /** The threads of the work that no engine does. */
  Parallel parallel() {
    return parallel;
  }

  /** The backbone's weights. */
  Weights weights() {
    return weights;
  }

  /** The findings so far. */
  List<Finding> findings() {
    return findings;
  }

  /** Random values from −1 to 1. */
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

  static double[] join(double[] a, double[] b) {
    double[] joined = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, joined, a.length, b.length);
    return joined;
  }

  /** Compares an engine's result with the expected values. */
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
    double fraction = actual.length == expected.value().length ? 0 : Double.POSITIVE_INFINITY;
    for (int i = 0; i < Math.min(actual.length, expected.value().length); i++) {
      double wanted = expected.value()[i];
      boolean same = actual[i] == wanted || Double.isNaN(actual[i]) && Double.isNaN(wanted);
      double error = same ? 0 : Math.abs(actual[i] - wanted);
      error = Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
      absolute = Math.max(absolute, error);
      relative = error > 0 && wanted != 0 ? Math.max(relative, error / Math.abs(wanted)) : relative;
      ulps = Math.max(ulps, error / Math.ulp((float) wanted));
      fraction = error > 0 ? Math.max(fraction, error / expected.bound()[i]) : fraction;
    }
    boolean passed = fraction <= 1 && actual.length > 0;
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
            fraction,
            passed));
  }

  /** Compares values that must be the same to the bit. */
  void same(String engine, String subject, double[] actual, double[] wanted) {
    compare(engine, subject, "itself", "equal bits", actual, Expected.exactly(wanted));
  }
}
