package kintsugi.bench.suite;

import static kintsugi.bench.suite.ComparisonTest.measured;
import static kintsugi.bench.suite.ComparisonTest.results;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import kintsugi.InputException;
import kintsugi.report.Browser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RooflineTest {
  /** 32 million operations in 0.32 ms. */
  private static final Measured PEAK = measured("PeakBenchmark.preferred10", Map.of(), 0.32, 0.32);

  private static final Measured SLOWER = measured("PeakBenchmark.narrow14", Map.of(), 0.5, 0.5);
  private static final Measured TRIAD =
      measured("BandwidthBenchmark.triad", Map.of("kib", "393216"), 20, 20);
  private static final Measured CACHE =
      measured("BandwidthBenchmark.triad", Map.of("kib", "24"), 0.0003, 0.0003);

  private static Measured convolution(String how, double... forks) {
    return measured(
        "ConvolutionBenchmark.convolve", Map.of("how", how, "shape", "56-64-64-3-1"), forks);
  }

  @Test
  void shapesAreTheWork() {
    Work work = Work.of(convolution("DIRECT", 3, 3)).orElseThrow();
    // Two for each of 56·56 positions, 64·64 pairs of channels and nine places of the window.
    assertThat(work.operations()).isEqualTo(2.0 * 56 * 56 * 64 * 64 * 9);
    assertThat(work.bytes()).isEqualTo(4.0 * (2 * 56 * 56 * 64 + 64 * 64 * 9));
    Measured backbone =
        measured(
            "BackboneBenchmark.features",
            Map.of("input", "32x224x224", "threads", "2", "who", "pytorch"),
            600);
    // The network to layer 3 has 2.81 GFLOP for an image.
    assertThat(Work.of(backbone).orElseThrow().operations()).isCloseTo(32 * 2.81e9, within(4e8));
    assertThat(Work.of(backbone).orElseThrow().threads()).isEqualTo(2);
    assertThat(Work.of(measured("PadimBenchmark.scoreOne", Map.of(), 3))).isEmpty();
  }

  @Test
  void theFastestChainsAreThePeak() {
    Roofline roofline =
        Roofline.of(
            results("a", "a", SLOWER, PEAK, TRIAD, CACHE, convolution("DIRECT", 3, 3.2, 3.1)));
    assertThat(roofline.peak()).isCloseTo(100, within(1e-9));
    assertThat(roofline.peakName()).isEqualTo("PeakBenchmark.preferred10");
    assertThat(roofline.roofs())
        .extracting(Roofline.Roof::name)
        .containsExactly("triad on 24 KiB", "triad on 384 MiB");
    assertThat(roofline.roofs().getLast().gigabytes())
        .isCloseTo(393216 * 1024 / 20e-3 / 1e9, within(1e-9));
    Roofline.Point point = roofline.points().getFirst();
    assertThat(point.gigaflops())
        .isCloseTo(2.0 * 56 * 56 * 64 * 64 * 9 / 3.1e-3 / 1e9, within(1e-6));
    assertThat(point.percent()).isCloseTo(point.gigaflops(), within(1e-6));
    assertThat(point.low()).isLessThan(point.gigaflops());
    assertThat(point.high()).isGreaterThan(point.gigaflops());
  }

  @Test
  void withoutAPeakThereIsNoRoofline() {
    assertThatThrownBy(() -> Roofline.of(results("a", "a", TRIAD)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("measure again on a quieter machine");
  }

  @Test
  void thePageShowsKernelsBelowTheRoofs(@TempDir Path folder) throws IOException {
    Path page = folder.resolve("roofline.html");
    Roofline.of(
            results(
                "a",
                "a",
                PEAK,
                TRIAD,
                CACHE,
                convolution("DIRECT", 3, 3.2, 3.1),
                convolution("WINOGRAD4", 1.5, 1.5, 1.5)))
        .write(page);
    try (Browser browser = new Browser()) {
      browser.open(page);
      assertThat(browser.all("#kernels tbody tr")).hasSize(2);
      assertThat(browser.find("#kernels").getText()).contains("(counted as direct)", "154 %");
      assertThat(browser.find("#key-figures").getText()).contains("100.0 GFLOP/s");
      assertThat(browser.run("return Chart.getChart('roofline').data.datasets.length;"))
          .isEqualTo(4L);
      browser.assertAccessible("roofline");
      browser.assertClean();
    }
  }
}
