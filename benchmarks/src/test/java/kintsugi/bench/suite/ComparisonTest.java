package kintsugi.bench.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import kintsugi.InputException;
import kintsugi.report.Browser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {
  @TempDir Path folder;

  static Measured measured(String name, Map<String, String> parameters, double... forks) {
    List<Measured.Fork> all =
        DoubleStream.of(forks)
            .mapToObj(
                mean ->
                    new Measured.Fork(
                        new double[] {2 * mean, mean},
                        new double[] {mean, mean},
                        new long[] {9, 9},
                        1,
                        true))
            .toList();
    return Measured.of(name, parameters, "avgt", "ms/op", 1, all, List.of(), Map.of());
  }

  static Results results(String session, String commit, Measured... measured) {
    return new Results(
        Results.FORMAT,
        session,
        "2026-01-01T00:00:00Z",
        1,
        commit,
        List.of(),
        new MachineCard(
            "AMD EPYC", 2, 2, List.of("L2 512K"), List.of("avx2"), "6.1", null, null, true, 1L, ""),
        new Load(0.5, 50.0, "1"),
        new JvmCard(
            "/jdk/bin/java",
            "OpenJDK 64-Bit Server VM 25.0.3",
            "Eclipse",
            "C2",
            List.of("G1"),
            1000,
            256,
            2,
            List.of(),
            Map.of("UseAVX", "2")),
        "1.37",
        "compiler",
        Map.of("onnxruntime", "1.29.0"),
        "random:1",
        Arrays.asList(measured));
  }

  private static final Measured BACKBONE =
      measured("BackboneBenchmark.features", Map.of("input", "1x224x224"), 30, 31, 32);

  @Test
  void aClearDifferenceHasAVerdictAndNoiseHasNone() {
    Measured faster =
        measured("BackboneBenchmark.features", Map.of("input", "1x224x224"), 20, 21, 20.5);
    Measured noisy = measured("PadimBenchmark.scoreOne", Map.of(), 3, 4, 5);
    Measured noise = measured("PadimBenchmark.scoreOne", Map.of(), 4, 3.2, 5);
    Comparison comparison =
        Comparison.of(
            List.of(
                results("a", "aaa", BACKBONE, noisy, measured("OldBenchmark.one", Map.of(), 1, 1)),
                results("b", "bbb", faster, noise)));
    Comparison.Ratio ratio = comparison.rows().getFirst().ratios().get(1);
    assertThat(ratio.value()).isCloseTo(Math.cbrt(20 * 21 * 20.5 / (30 * 31 * 32.0)), within(1e-9));
    assertThat(ratio.verdict()).isEqualTo("faster");
    assertThat(ratio.low()).isLessThan(ratio.value());
    assertThat(comparison.rows().get(1).ratios().get(1).verdict()).isEqualTo("no difference shown");
    assertThat(comparison.rows().getFirst().paired()).isFalse();
    assertThat(comparison.left()).containsExactly("OldBenchmark.one ms/op");
    assertThat(comparison.differences()).containsOnlyKeys("commit");
    assertThat(comparison.text()).contains("faster", "commit: aaa | bbb", "OldBenchmark.one");
  }

  @Test
  void forksThatRanInTurnAreComparedInPairs() {
    Measured other =
        measured("BackboneBenchmark.features", Map.of("input", "1x224x224"), 60, 62, 64);
    Comparison.Row row =
        Comparison.of(List.of(results("a", "a", BACKBONE), results("a", "a", other)))
            .rows()
            .getFirst();
    assertThat(row.paired()).isTrue();
    assertThat(row.ratios().get(1).value()).isCloseTo(2, within(1e-9));
    assertThat(row.ratios().get(1).high()).isCloseTo(2, within(1e-9));
    assertThat(row.ratios().get(1).verdict()).isEqualTo("slower");
  }

  @Test
  void aFileIsReadAsItWasWritten() throws IOException {
    Path file = folder.resolve("a.json");
    Results results = results("a", "a", BACKBONE);
    results.write(file);
    Results read = Results.read(file);
    assertThat(read).usingRecursiveComparison().isEqualTo(results);
    Path other = Files.writeString(folder.resolve("other.json"), "{\"format\": 1}");
    assertThatThrownBy(() -> Results.read(other))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("other.json: is not of benchmarks/run's format 2");
    Files.writeString(other, "[");
    assertThatThrownBy(() -> Results.read(other)).hasMessageContaining("is not the JSON of");
    assertThatThrownBy(() -> Results.read(folder.resolve("none.json")))
        .hasMessageContaining("there is no such file");
    assertThatThrownBy(
            () ->
                Comparison.of(List.of(results, results("b", "b", measured("X.y", Map.of(), 1, 2)))))
        .hasMessage("the results have no benchmark in common");
  }

  @Test
  void thePageShowsRatiosAndSettings() throws IOException {
    Measured slower =
        measured("BackboneBenchmark.features", Map.of("input", "1x224x224"), 40, 41, 42);
    Measured single = measured("PadimBenchmark.scoreOne", Map.of(), 3);
    List<Results> all =
        List.of(
            results("a", "aaa", BACKBONE, single),
            results("b", "bbb <script>", slower, single),
            results("c", "ccc", slower));
    Path page = folder.resolve("compare.html");
    Compare.write(page, Comparison.of(all), all);
    try (Browser browser = new Browser()) {
      browser.open(page);
      assertThat(browser.all("#tables table")).hasSize(2);
      assertThat(browser.find("#tables tbody tr").getText())
          .contains("31")
          .contains("1.323")
          .contains("slower");
      assertThat(browser.find("#tables").getText()).contains("one fork: unknown");
      assertThat(browser.find("#differences").getText()).contains("bbb <script>");
      assertThat(browser.run("return Chart.getChart('ratios').data.datasets[0].data[0][0] > 1;"))
          .isEqualTo(true);
      browser.assertAccessible("benchmarks");
      browser.assertClean();
    }
  }
}
