package kintsugi.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import kintsugi.engine.Engines;
import kintsugi.report.Json;
import org.apache.commons.math3.stat.descriptive.rank.Median;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * The runner of the benchmarks: writes their results, and prints medians with their meaning:
 * GFLOP/s, the fraction of the peak measured in the same run, and the ratio to ONNX Runtime.
 */
public final class Suite {
  /**
   * Forks of each benchmark. They do not follow each other: the whole list runs once, then again,
   * so that a noisy neighbour of some minutes meets all benchmarks and not one alone.
   */
  private static final int FORKS = 3;

  private Suite() {}

  /** One row of the results. */
  private record Measured(
      String benchmark,
      Map<String, String> parameters,
      double medianMs,
      double minimumMs,
      int count) {}

  /** The content of a results file. */
  private record Results(
      String when, String commit, String cpu, String java, String mode, List<Measured> measured) {}

  /**
   * Runs.
   *
   * @param arguments {@code --quick} or {@code --smoke}; or a pattern of benchmark names and
   *     parameters as {@code name=value,value}
   */
  public static void main(String[] arguments) throws RunnerException {
    List<String> left = new ArrayList<>(List.of(arguments));
    boolean smoke = left.remove("--smoke");
    boolean quick = left.remove("--quick");
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .forks(1)
            .jvmArgsAppend(
                "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED")
            .shouldFailOnError(true);
    if (smoke) {
      options.include("PeakBenchmark").include("ImageBenchmark.upsample");
      iterations(options, 1, 1, 200);
    } else if (quick) {
      options
          .include("PeakBenchmark")
          .include("BackboneBenchmark")
          .param("who", "winograd4", "onnxruntime")
          .param("input", "1x224x224", "32x224x224");
      iterations(options, 3, 5, 1000);
    } else {
      for (String argument : left) {
        String[] parameter = argument.split("=", 2);
        if (parameter.length == 2) {
          options.param(parameter[0], parameter[1].split(","));
        } else {
          options.include(argument);
        }
      }
      iterations(options, 3, 5, 1000);
    }
    if (Engines.providers().stream().allMatch(provider -> provider.rank() > 0)) {
      System.out.println("left out: DeviceBenchmark, since TORNADOVM_HOME is not set");
      options.exclude("DeviceBenchmark");
    }
    List<RunResult> run = new ArrayList<>();
    int forks = smoke || quick ? 1 : FORKS;
    for (int fork = 0; fork < forks; fork++) {
      run.addAll(new Runner(options.build()).run());
    }
    String mode = smoke ? "smoke" : forks + (forks == 1 ? " fork" : " forks");
    List<Measured> measured = measured(run);
    Results results =
        new Results(
            Instant.now().toString(),
            System.getProperty("kintsugi.commit", "unknown"),
            cpu(),
            System.getProperty("java.vm.version"),
            mode,
            measured);
    Path file = Path.of("benchmarks/results", results.when.replaceAll("[:.]", "-") + ".json");
    Json.write(file, results);
    System.out.println(table(results));
    System.out.println(file);
  }

  private static void iterations(
      ChainedOptionsBuilder options, int warmups, int iterations, int millis) {
    options
        .warmupIterations(warmups)
        .warmupTime(TimeValue.milliseconds(millis))
        .measurementIterations(iterations)
        .measurementTime(TimeValue.milliseconds(millis));
  }

  /** All iterations of all forks of each benchmark together. */
  private static List<Measured> measured(List<RunResult> run) {
    Map<String, List<RunResult>> forks = new LinkedHashMap<>();
    for (RunResult result : run) {
      forks.computeIfAbsent(result.getParams().id(), id -> new ArrayList<>()).add(result);
    }
    return forks.values().stream().map(Suite::joined).toList();
  }

  private static Measured joined(List<RunResult> forks) {
    BenchmarkParams params = forks.getFirst().getParams();
    Map<String, String> parameters = new TreeMap<>();
    for (String key : params.getParamsKeys()) {
      parameters.put(key, params.getParam(key));
    }
    double[] scores =
        forks.stream()
            .flatMap(fork -> fork.getBenchmarkResults().stream())
            .flatMap(fork -> fork.getIterationResults().stream())
            .mapToDouble(iteration -> iteration.getPrimaryResult().getScore())
            .sorted()
            .toArray();
    String name = params.getBenchmark().replaceFirst("^kintsugi\\.bench\\.", "");
    double median = new Median().evaluate(scores);
    return new Measured(name, parameters, median, scores[0], scores.length);
  }

  private static String cpu() {
    try {
      return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
          .filter(line -> line.startsWith("model name"))
          .findFirst()
          .map(line -> line.replaceFirst(".*: *", ""))
          .orElse(System.getProperty("os.arch"));
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
  }

  private static String table(Results results) {
    StringBuilder table = new StringBuilder();
    table.append(
        String.format(
            "%n%s, Java %s, commit %s, %s; medians%n%n",
            results.cpu, results.java, results.commit, results.mode));
    double peak = peak(results);
    for (Measured m : results.measured) {
      String name = m.benchmark + " " + String.join(" ", m.parameters.values());
      table.append(
          String.format("%-58s %10.3f ms%s%n", name, m.medianMs, meaning(m, results, peak)));
    }
    return table.toString();
  }

  private static double peak(Results results) {
    return results.measured.stream()
        .filter(m -> m.benchmark.startsWith("PeakBenchmark"))
        .mapToDouble(m -> PeakBenchmark.FLOPS / m.medianMs / 1e6)
        .findFirst()
        .orElse(Double.NaN);
  }

  private static String meaning(Measured m, Results results, double peak) {
    if (m.benchmark.startsWith("PeakBenchmark")) {
      return String.format("  %7.1f GFLOP/s", peak);
    }
    if (m.benchmark.startsWith("ConvolutionBenchmark")) {
      double speed = ConvolutionBenchmark.flops(m.parameters.get("shape")) / m.medianMs / 1e6;
      return String.format("  %7.1f GFLOP/s, %3.0f %% of the peak", speed, 100 * speed / peak);
    }
    if (m.benchmark.startsWith("BackboneBenchmark")) {
      return onnxRuntime(m, results)
          .map(onnx -> String.format("  %5.2f of ONNX Runtime's", m.medianMs / onnx))
          .orElse("");
    }
    return "";
  }

  private static Optional<Double> onnxRuntime(Measured m, Results results) {
    Map<String, String> wanted = new LinkedHashMap<>(m.parameters);
    wanted.put("who", "onnxruntime");
    return results.measured.stream()
        .filter(other -> other.benchmark.equals(m.benchmark) && other.parameters.equals(wanted))
        .map(Measured::medianMs)
        .findFirst();
  }
}
