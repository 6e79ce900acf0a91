package kintsugi.bench.suite;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.report.Page;

/**
 * The roofline of one core: Williams, Waterman, Patterson, <i>Roofline: An Insightful Visual
 * Performance Model</i>, 2009. Speed is at most the measured peak, and at most the measured
 * bandwidth times the operations for each byte.
 *
 * @param machine and JVM
 * @param peak GFLOP/s, the fastest of all chains of fma
 * @param peakName the benchmark that reached it
 * @param roofs the bandwidths
 * @param points the kernels
 */
record Roofline(
    String machine, double peak, String peakName, List<Roof> roofs, List<Point> points) {

  /** A bandwidth in GB/s, of arrays of some size together. */
  record Roof(String name, double gigabytes) {}

  /**
   * A kernel.
   *
   * @param name with its parameters
   * @param intensity operations for each byte that must move at least
   * @param gigaflops of the mean over forks
   * @param low at the slow end of the mean's 95 % interval; null for one fork
   * @param high at its fast end
   * @param percent of the peak of as many cores as it has threads
   * @param counted whether the operations are those of a direct convolution, of which Winograd's
   *     algorithm does fewer, so that it may be above the peak
   */
  record Point(
      String name,
      double intensity,
      double gigaflops,
      Double low,
      Double high,
      double percent,
      boolean counted) {}

  /**
   * {@return the roofline of results}
   *
   * @throws InputException if the peak, steady, or the bandwidth was not measured with them
   */
  static Roofline of(Results results) {
    OptionalDouble peak = Work.peak(results);
    List<Roof> roofs = new ArrayList<>();
    List<Point> points = new ArrayList<>();
    String peakName = "";
    for (Measured m : results.measured()) {
      Work work = Work.of(m).orElse(null);
      if (work == null || m.threads() > 1) {
        continue;
      }
      if (m.benchmark().equals("BandwidthBenchmark.triad")) {
        String kib = m.parameters().get("kib");
        roofs.add(new Roof("triad on " + size(kib), work.gigabytes(m.millis())));
      } else if (m.benchmark().startsWith("PeakBenchmark")) {
        if (work.gigaflops(m.millis()) == peak.orElse(0)) {
          peakName = m.name();
        }
      } else if (work.operations() > 0 && peak.isPresent()) {
        points.add(point(m, work, peak.getAsDouble()));
      }
    }
    if (peak.isEmpty() || roofs.isEmpty()) {
      throw new InputException(
          "no roofline: it needs BandwidthBenchmark.triad and a PeakBenchmark that is steady; measure"
              + " again on a quieter machine");
    }
    roofs.sort(Comparator.comparingDouble(Roof::gigabytes).reversed());
    String machine =
        results.machine().processor()
            + ", one core, "
            + results.jvm().label()
            + ", vectors of "
            + results.jvm().vectorBits()
            + " bits, commit "
            + results.commit();
    return new Roofline(machine, peak.getAsDouble(), peakName, roofs, points);
  }

  private static String size(String kib) {
    int size = Integer.parseInt(kib);
    return size < 1024 ? size + " KiB" : size / 1024 + " MiB";
  }

  private static Point point(Measured m, Work work, double peak) {
    double speed = work.gigaflops(m.millis());
    boolean counted =
        m.parameters().values().stream()
            .anyMatch(value -> value.toUpperCase(Locale.ROOT).startsWith("WINOGRAD"));
    double scale = m.millis() / m.mean();
    return new Point(
        m.name(),
        work.intensity(),
        speed,
        m.low() == null ? null : work.gigaflops(scale * m.high()),
        m.low() == null || m.low() <= 0 ? null : work.gigaflops(scale * m.low()),
        100 * speed / peak / work.threads(),
        counted);
  }

  /** Writes the page. */
  void write(Path page) {
    AtomicOutput.file(page, part -> Page.write(part, "roofline", List.of("roofline"), this, ""));
  }
}
