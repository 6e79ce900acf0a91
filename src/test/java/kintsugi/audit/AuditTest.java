package kintsugi.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AuditTest {
  static Stream<String> sections() {
    return Audit.sections().stream();
  }

  @ParameterizedTest
  @MethodSource("sections")
  void everyBoundIsKept(String section) {
    assertThat(Audit.broken(section)).isEmpty();
  }

  @Test
  void errorsAreMeasuredAgainstTheirOwnBounds() {
    Bench bench = new Bench(List.of(), null, null);
    bench.begin("section");
    double[] wanted = {1, -2, 0};
    double[] bound = {0.1, 0.5, 0.01};
    bench.compare("e", "s", "r", "b", new double[] {1.05, -2.4, 0}, new Expected(wanted, bound));
    bench.compare("e", "s", "r", "b", new double[] {1, -2, 0.02}, new Expected(wanted, bound));
    bench.compare("e", "s", "r", "b", new double[] {1, -2}, new Expected(wanted, bound));
    bench.compare("e", "s", "r", "b", new double[] {1, Double.NaN, 0}, new Expected(wanted, bound));
    bench.same("e", "s", new double[] {Math.nextUp(1.0)}, new double[] {1});
    bench.same("e", "s", new double[0], new double[0]);
    bench.same("e", "s", new double[] {Double.NaN}, new double[] {Double.NaN});
    assertThat(bench.findings())
        .extracting(Finding::passed)
        .containsExactly(true, false, false, false, false, false, true);
    assertThat(bench.findings())
        .extracting(Finding::verdict)
        .containsExactly(
            "kept, 0.80 of the bound",
            "BROKEN, 2 times the bound",
            "BROKEN, an error beyond any bound",
            "BROKEN, an error beyond any bound",
            "BROKEN, an error beyond any bound",
            "BROKEN, no values",
            "kept, no error");
    Finding first = bench.findings().getFirst();
    assertThat(first.share()).isCloseTo(0.8, within(1e-12));
    assertThat(first.absolute()).isCloseTo(0.4, within(1e-12));
    assertThat(first.relative()).isCloseTo(0.2, within(1e-12));
    assertThat(first.ulps()).isCloseTo(0.05 / 0x1p-23, within(0.4 / 0x1p-22));
  }
}
