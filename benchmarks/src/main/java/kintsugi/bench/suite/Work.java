package kintsugi.bench.suite;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import kintsugi.bench.BackboneBenchmark;
import kintsugi.bench.BandwidthBenchmark;
import kintsugi.bench.ConvolutionBenchmark;
import kintsugi.bench.PeakBenchmark;
import kintsugi.examples.ladder.Ladder;

/**
 * The work of one operation of a benchmark, by its shapes.
 *
 * @param operations multiplications and additions of the direct computation, whatever the algorithm
 *     does; 0 where bytes are what is measured
 * @param bytes that must move at least, each value once; 0 where none do
 * @param threads that share the operations; the peak is one core's
 */
record Work(double operations, double bytes, int threads) {
  /** The layer of the ladder, as {@link ConvolutionBenchmark#shape} writes it. */
  private static final String LADDER =
      Ladder.SIDE + "-" + Ladder.CHANNELS + "-" + Ladder.CHANNELS + "-3-1";

  /** {@return the work of a benchmark, where it is known and its score is a time} */
  static Optional<Work> of(Measured m) {
    int dot = m.benchmark().indexOf('.');
    String method = m.benchmark().substring(dot + 1);
    Map<String, String> parameters = m.parameters();
    if (Double.isNaN(m.millis())) {
      return Optional.empty();
    }
    return Optional.ofNullable(
        switch (m.benchmark().substring(0, Math.max(0, dot))) {
          case "PeakBenchmark" -> new Work(peakOperations(method), 0, 1);
          case "BandwidthBenchmark" ->
              new Work(0, bandwidthBytes(method, parameters.get("kib")), 1);
          case "ConvolutionBenchmark" -> {
            String shape = parameters.get("shape");
            yield new Work(ConvolutionBenchmark.flops(shape), ConvolutionBenchmark.bytes(shape), 1);
          }
          case "LadderBenchmark" -> new Work(Ladder.FLOPS, ConvolutionBenchmark.bytes(LADDER), 1);
          case "BackboneBenchmark" -> {
            String input = parameters.get("input");
            yield new Work(
                BackboneBenchmark.flops(input),
                BackboneBenchmark.bytes(input),
                Integer.parseInt(parameters.get("threads")));
          }
          default -> null;
        });
  }

  /** Two for each lane of each fma; the method's name has the number of chains. */
  private static double peakOperations(String method) {
    return 2.0 * PeakBenchmark.LANES * Integer.parseInt(method.replaceAll("\\D", ""));
  }

  /** As STREAM counts: each array once. */
  private static double bandwidthBytes(String method, String kib) {
    double bytes = 1024 * Double.parseDouble(kib);
    return method.equals("triad") ? bytes : bytes / BandwidthBenchmark.ARRAYS;
  }

  /** {@return the peak of one core in GFLOP/s: the fastest of its benchmarks that are steady} */
  static OptionalDouble peak(Results results) {
    return results.measured().stream()
        .filter(m -> m.benchmark().startsWith("PeakBenchmark") && m.threads() == 1)
        .filter(Measured::steady)
        .flatMapToDouble(m -> of(m).stream().mapToDouble(work -> work.gigaflops(m.millis())))
        .max();
  }

  double gigaflops(double millis) {
    return operations / millis / 1e6;
  }

  double gigabytes(double millis) {
    return bytes / millis / 1e6;
  }

  /** {@return operations per byte} */
  double intensity() {
    return operations / bytes;
  }
}
