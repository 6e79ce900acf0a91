package kintsugi.bench.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Mode;

class RoundsTest {
  @Test
  void eachModeHasItsOwnWarmup() throws Exception {
    CommandLine command =
        CommandLine.parse(
            "-f 0 -bm avgt,thrpt -wi 3 -w 20ms -i 2 -r 20ms -v SILENT preferred14".split(" "));
    Variant here = Variant.of(List.of(), command.jmh()).getFirst();
    Rounds rounds = new Rounds(command, here, Console.of(command.jmh()));
    rounds.run(new Cell("kintsugi.bench.PeakBenchmark.preferred14", Map.of()));
    assertThat(rounds.measured())
        .extracting(Measured::mode)
        .containsExactlyInAnyOrder("avgt", "thrpt");
    assertThat(rounds.measured())
        .allSatisfy(each -> assertThat(each.forks().getFirst().warmup()).hasSize(3));
  }

  @Test
  void iterationsOfFewOperationsAreLengthened() {
    assertThat(Rounds.needed(1000, Mode.AverageTime, 3)).isEqualTo(1000);
    assertThat(Rounds.needed(1000, Mode.AverageTime, 2)).isEqualTo(2000);
    assertThat(Rounds.needed(1000, Mode.Throughput, 0)).isEqualTo(3000);
    assertThat(Rounds.needed(5000, Mode.AverageTime, 1)).isEqualTo(10_000);
    // A single shot is one operation, whatever its time.
    assertThat(Rounds.needed(1000, Mode.SingleShotTime, 1)).isEqualTo(1000);
  }
}
