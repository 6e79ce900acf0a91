package kintsugi.bench.suite;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.IterationType;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * JMH's own output without its progress, which would begin anew with each fork; and the warm-up's
 * results on the way, which JMH prints and does not keep.
 */
final class Console implements OutputFormat {
  private static final List<String> OMITTED =
      List.of("# Run progress", "# Fork: ", "# Run complete");

  private final OutputFormat to;
  private final Map<String, List<Double>> warmup = new LinkedHashMap<>();

  private Console(OutputFormat to) {
    this.to = to;
  }

  static Console of(Options options) {
    PrintStream stream = System.out;
    try {
      if (options.getOutput().hasValue()) {
        stream =
            new PrintStream(Places.of(options.getOutput().get()).toFile(), StandardCharsets.UTF_8);
      }
    } catch (FileNotFoundException e) {
      throw new UsageException(options.getOutput().get() + ": cannot be written");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    VerboseMode mode = options.verbosity().orElse(VerboseMode.NORMAL);
    return new Console(OutputFormatFactory.createFormatInstance(stream, mode));
  }

  /** {@return the warm-up's results since the last call, by {@link Rounds#key}} */
  Map<String, double[]> takeWarmup() {
    Map<String, double[]> taken = new LinkedHashMap<>();
    warmup.forEach(
        (key, scores) -> taken.put(key, scores.stream().mapToDouble(each -> each).toArray()));
    warmup.clear();
    return taken;
  }

  @Override
  public void iterationResult(
      BenchmarkParams params, IterationParams iteration, int number, IterationResult result) {
    if (iteration.getType() == IterationType.WARMUP) {
      warmup
          .computeIfAbsent(Rounds.key(params), key -> new ArrayList<>())
          .add(result.getPrimaryResult().getScore());
    }
    to.iterationResult(params, iteration, number, result);
  }

  @Override
  public void println(String line) {
    if (OMITTED.stream().noneMatch(line::startsWith)) {
      to.println(line);
    }
  }

  @Override
  public void startRun() {
    to.startRun();
  }

  @Override
  public void endRun(Collection<RunResult> results) {
    // A table of one fork; the suite's own comes at the end.
  }

  @Override
  public void iteration(BenchmarkParams params, IterationParams iteration, int number) {
    to.iteration(params, iteration, number);
  }

  @Override
  public void startBenchmark(BenchmarkParams params) {
    to.startBenchmark(params);
  }

  @Override
  public void endBenchmark(BenchmarkResult result) {
    to.endBenchmark(result);
  }

  @Override
  public void print(String text) {
    to.print(text);
  }

  @Override
  public void flush() {
    to.flush();
  }

  @Override
  public void close() {
    to.flush();
  }

  @Override
  public void verbosePrintln(String line) {
    to.verbosePrintln(line);
  }

  @Override
  public void write(int b) {
    to.write(b);
  }

  @Override
  public void write(byte[] b) throws IOException {
    to.write(b);
  }
}
