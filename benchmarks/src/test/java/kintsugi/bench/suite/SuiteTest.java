package kintsugi.bench.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kintsugi.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.runner.RunnerException;

class SuiteTest {
  @TempDir Path folder;

  @Test
  void oddRoundsRunBackwards() throws RunnerException {
    Cell ours = new Cell("B.b", Map.of("who", "ours"));
    Cell peer = new Cell("B.b", Map.of("who", "peer"));
    List<String> order = new ArrayList<>();
    Suite.inTurn(
        3,
        List.of(ours, peer),
        List.of("a", "b"),
        line -> {},
        (variant, cell) -> order.add(cell.parameters().get("who") + variant));
    assertThat(order)
        .containsExactly(
            "oursa", "oursb", "peera", "peerb", "peerb", "peera", "oursb", "oursa", "oursa",
            "oursb", "peera", "peerb");
  }

  @Test
  void aFailureKeepsWhatWasMeasuredBefore() {
    Path file = folder.resolve("kept.json");
    CommandLine command =
        CommandLine.parse(
            ("-f 0 -wi 1 -w 20ms -i 2 -r 20ms -v SILENT preferred14 --out " + file).split(" "));
    Console console = Console.of(command.jmh());
    Cell good = new Cell("kintsugi.bench.PeakBenchmark.preferred14", Map.of());
    Cell bad = new Cell("kintsugi.bench.Nowhere.found", Map.of());
    assertThatThrownBy(() -> Suite.measure(command, List.of(good, bad), console))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "No benchmarks to run; check the include/exclude regexps; what was measured before is in "
                + file)
        .extracting(Throwable::getMessage)
        .asString()
        .hasLineCount(1);
    assertThat(Results.read(file).measured())
        .extracting(Measured::benchmark)
        .containsExactly("PeakBenchmark.preferred14");
    assertThat(folder.resolve("kept.jmh.json")).isNotEmptyFile();
  }

  @Test
  void theResultsFileIsCheckedBeforehand() throws Exception {
    Path file = folder.resolve("a").resolve("b.json");
    CommandLine command = CommandLine.parse("--out", file.toString());
    assertThatThrownBy(() -> ResultFiles.check(command))
        .isInstanceOf(UsageException.class)
        .hasMessage("--out: %s: cannot be written; name a file in a folder that exists", file);
    Files.createDirectory(folder.resolve("a"));
    ResultFiles.check(command);
    CommandLine named = CommandLine.parse("-rff", folder.resolve("c/d.csv").toString());
    assertThatThrownBy(() -> ResultFiles.check(named))
        .hasMessageStartingWith("-rff: " + folder.resolve("c/d.csv") + ": cannot be written");
    Files.createDirectory(file);
    assertThatThrownBy(() -> ResultFiles.check(command)).isInstanceOf(UsageException.class);
  }
}
