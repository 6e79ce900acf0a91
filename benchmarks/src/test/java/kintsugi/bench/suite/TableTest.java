package kintsugi.bench.suite;

import static kintsugi.bench.suite.ComparisonTest.measured;
import static kintsugi.bench.suite.ComparisonTest.results;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class TableTest {
  @Test
  void theRatioIsToThePeerOfTheSameWork() {
    Measured ours =
        measured("BackboneBenchmark.features", work("winograd4", "1x224x224"), 20, 21, 22);
    Measured peer =
        measured("BackboneBenchmark.features", work("onnxruntime", "1x224x224"), 40, 42, 44);
    Measured other =
        measured("BackboneBenchmark.features", work("onnxruntime", "1x600x400"), 1, 1, 1);
    Measured none = measured("PadimBenchmark.scoreOne", Map.of(), 3);
    String table = Table.of(results("a", "abc", other, peer, ours, none));
    assertThat(table)
        .contains("0.50 (0.50 to 0.50) of onnxruntime's time", "one fork: unknown", "steal 0.5 %")
        .containsOnlyOnce("of onnxruntime's time");
  }

  @Test
  void nothingMeasuredIsAnEmptyTable() {
    assertThat(Table.of(results("a", "abc"))).contains("median");
  }

  private static Map<String, String> work(String who, String input) {
    return Map.of("input", input, "threads", "1", "who", who);
  }
}
