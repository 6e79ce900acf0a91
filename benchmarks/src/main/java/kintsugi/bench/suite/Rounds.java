package kintsugi.bench.suite;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.WorkloadParams;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * The forks of all benchmarks on one JVM. They do not follow each other: {@link Suite} runs the
 * whole list once, then again, so that a noisy neighbour of some minutes meets all benchmarks and
 * not one alone. The first fork of a benchmark decides how long the others warm up.
 */
final class Rounds {
  /** A warm-up is doubled this often at most. */
  private static final int REPEATS = 2;

  private static final int MAX_SECONDS = 10;

  private final CommandLine command;
  private final Variant variant;
  private final Console console;
  private final Map<Cell, Plan> plans = new LinkedHashMap<>();
  private final Map<String, Series> series = new LinkedHashMap<>();

  /** Iterations of the warm-up, and milliseconds of each iteration. */
  private record Plan(int warmups, long millis) {}

  /** What one benchmark in one mode has so far. */
  private static final class Series {
    private final List<RunResult> results = new ArrayList<>();
    private final List<Measured.Fork> forks = new ArrayList<>();
    private final List<Measured.Fork> discarded = new ArrayList<>();
  }

  Rounds(CommandLine command, Variant variant, Console console) {
    this.command = command;
    this.variant = variant;
    this.console = console;
  }

  /** One fork of one benchmark; the first one until it is warm. */
  void run(Cell cell) throws RunnerException {
    boolean first = !plans.containsKey(cell);
    plans.putIfAbsent(cell, new Plan(command.kind().warmups, command.kind().millis));
    int repeats = first && repeats() ? REPEATS : 0;
    for (int attempt = 0; ; attempt++) {
      console.takeWarmup();
      Collection<RunResult> results = new Runner(options(cell), console).run();
      Map<String, Measured.Fork> forks = new LinkedHashMap<>();
      Map<String, double[]> warmup = console.takeWarmup();
      for (RunResult result : results) {
        String key = key(result.getParams());
        forks.put(key, fork(result, warmup.getOrDefault(key, new double[0])));
      }
      Plan next = next(plans.get(cell), results, forks.values());
      boolean enough = attempt == repeats || next.equals(plans.get(cell));
      for (RunResult result : results) {
        String key = key(result.getParams());
        Series of = series.computeIfAbsent(key, name -> new Series());
        if (enough) {
          of.results.add(result);
        }
        (enough ? of.forks : of.discarded).add(forks.get(key));
      }
      if (enough) {
        return;
      }
      plans.put(cell, next);
      console.println(
          "# Repeated with %d warm-up iterations of %d ms: the fork was not steady, or too short"
              .formatted(next.warmups, next.millis));
    }
  }

  /** Options set by hand are kept. */
  private boolean repeats() {
    CommandLineOptions jmh = command.jmh();
    return command.kind().repeats()
        && !jmh.getWarmupIterations().hasValue()
        && !jmh.getWarmupTime().hasValue()
        && !jmh.getMeasurementTime().hasValue()
        && jmh.getForkCount().orElse(1) > 0;
  }

  /** The same plan where it was enough. */
  private static Plan next(
      Plan plan, Collection<RunResult> results, Collection<Measured.Fork> forks) {
    long millis = plan.millis;
    for (RunResult result : results) {
      for (BenchmarkResult each : result.getBenchmarkResults()) {
        for (IterationResult iteration : each.getIterationResults()) {
          long operations = iteration.getMetadata().getMeasuredOps();
          millis = Math.max(millis, needed(plan.millis, result.getParams().getMode(), operations));
        }
      }
    }
    boolean steady = forks.stream().allMatch(Measured.Fork::steady);
    return millis > plan.millis
        ? new Plan(plan.warmups, millis)
        : steady ? plan : new Plan(2 * plan.warmups, millis);
  }

  /**
   * {@return the milliseconds of an iteration that has operations enough}
   *
   * @param millis of an iteration in which there were {@code operations}
   */
  static long needed(long millis, Mode mode, long operations) {
    // Single shots are one operation each, however long.
    if (mode == Mode.SingleShotTime || operations >= Steady.OPERATIONS) {
      return millis;
    }
    double needed = (double) millis * Steady.OPERATIONS / Math.max(1, operations);
    long longer = Math.round(Math.ceil(needed / 1000)) * 1000;
    return Math.max(millis, Math.min(longer, 1000 * MAX_SECONDS));
  }

  private Options options(Cell cell) {
    CommandLineOptions jmh = command.jmh();
    Plan plan = plans.get(cell);
    ChainedOptionsBuilder builder =
        new OptionsBuilder()
            .parent(command.forks())
            .include("^" + Pattern.quote(cell.benchmark()) + "$")
            .forks(Math.min(1, jmh.getForkCount().orElse(1)))
            .jvm(variant.java())
            .jvmArgs(Variant.usual(jmh).toArray(String[]::new))
            .jvmArgsAppend(variant.appended(jmh).toArray(String[]::new))
            .shouldFailOnError(jmh.shouldFailOnError().orElse(true));
    cell.parameters().forEach(builder::param);
    if (!jmh.getWarmupIterations().hasValue()) {
      builder.warmupIterations(plan.warmups);
    }
    if (!jmh.getWarmupTime().hasValue()) {
      builder.warmupTime(TimeValue.milliseconds(plan.millis));
    }
    if (!jmh.getMeasurementIterations().hasValue()) {
      builder.measurementIterations(command.kind().iterations);
    }
    if (!jmh.getMeasurementTime().hasValue()) {
      builder.measurementTime(TimeValue.milliseconds(plan.millis));
    }
    return builder.build();
  }

  private static Measured.Fork fork(RunResult result, double[] warmup) {
    List<IterationResult> iterations =
        result.getBenchmarkResults().stream()
            .flatMap(each -> each.getIterationResults().stream())
            .toList();
    double[] samples =
        iterations.stream().mapToDouble(each -> each.getPrimaryResult().getScore()).toArray();
    long[] operations =
        iterations.stream().mapToLong(each -> each.getMetadata().getMeasuredOps()).toArray();
    double seconds =
        result.getParams().getMeasurement().getTime().convertTo(TimeUnit.MILLISECONDS) / 1e3;
    return new Measured.Fork(warmup, samples, operations, seconds, Steady.holds(warmup, samples));
  }

  /** {@return what tells the benchmarks of a run apart: a benchmark, its parameters and a mode} */
  static String key(BenchmarkParams params) {
    return params.id() + params.getMode();
  }

  /** {@return JMH's own results, the forks of each benchmark together} */
  List<RunResult> forJmh() {
    return series.values().stream()
        .filter(each -> !each.results.isEmpty())
        .map(each -> joined(each.results))
        .toList();
  }

  private static RunResult joined(List<RunResult> results) {
    BenchmarkParams p = results.getFirst().getParams();
    BenchmarkParams all =
        new BenchmarkParams(
            p.getBenchmark(),
            p.generatedBenchmark(),
            p.shouldSynchIterations(),
            p.getThreads(),
            p.getThreadGroups(),
            p.getThreadGroupLabels(),
            p.getForks() == 0 ? 0 : results.size(),
            p.getWarmupForks(),
            p.getWarmup(),
            p.getMeasurement(),
            p.getMode(),
            workload(p),
            p.getTimeUnit(),
            p.getOpsPerInvocation(),
            p.getJvm(),
            p.getJvmArgs(),
            p.getJdkVersion(),
            p.getVmName(),
            p.getVmVersion(),
            p.getJmhVersion(),
            p.getTimeout());
    return new RunResult(
        all, results.stream().flatMap(result -> result.getBenchmarkResults().stream()).toList());
  }

  private static WorkloadParams workload(BenchmarkParams p) {
    WorkloadParams workload = new WorkloadParams();
    int i = 0;
    for (String key : p.getParamsKeys()) {
      workload.put(key, p.getParam(key), i++);
    }
    return workload;
  }

  /** {@return the measurements of all benchmarks} */
  List<Measured> measured() {
    return series.values().stream()
        .filter(each -> !each.results.isEmpty())
        .map(Rounds::measured)
        .toList();
  }

  private static Measured measured(Series of) {
    RunResult joined = joined(of.results);
    BenchmarkParams params = joined.getParams();
    Map<String, String> parameters = new LinkedHashMap<>();
    params.getParamsKeys().forEach(key -> parameters.put(key, params.getParam(key)));
    Map<String, String> profilers = new TreeMap<>();
    for (Map.Entry<String, Result> found : new TreeMap<>(joined.getSecondaryResults()).entrySet()) {
      Result<?> result = found.getValue();
      if (!Double.isNaN(result.getScore())) {
        profilers.put(
            found.getKey(), Table.number(result.getScore()) + " " + result.getScoreUnit());
      }
    }
    return Measured.of(
        params.getBenchmark().replaceFirst("^kintsugi\\.bench\\.", ""),
        parameters,
        params.getMode().shortLabel(),
        joined.getPrimaryResult().getScoreUnit(),
        params.getThreads(),
        of.forks,
        of.discarded,
        profilers);
  }
}
