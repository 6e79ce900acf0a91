package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kintsugi.detector.Progress;
import org.junit.jupiter.api.Test;

class ConsoleProgressTest {
  private final StringWriter written = new StringWriter();

  private void work(long silentNanos, boolean verbose) {
    try (Progress.Bar bar =
        new ConsoleProgress.Lines(new PrintWriter(written), silentNanos, verbose, "coreset", 40)) {
      bar.note("radius 1.5");
      bar.advance(10);
      bar.advance(30);
    }
  }

  @Test
  void longWorkSaysHowFarItIsAndHowLongItWillTake() {
    work(0, false);
    assertThat(written.toString().lines())
        .singleElement()
        .asString()
        .matches("kintsugi: coreset: 10 of 40, [\\d.]+ per second, \\d+ s left, radius 1.5");
  }

  @Test
  void theTimeLeftIsThatOfTheRest() throws InterruptedException {
    try (Progress.Bar bar =
        new ConsoleProgress.Lines(new PrintWriter(written), 0, false, "test", 1000)) {
      Thread.sleep(1000);
      bar.advance(500);
    }
    // Half took a second, or longer on a busy machine, and so will the other half.
    Matcher line =
        Pattern.compile("500 of 1000, ([\\d.]+) per second, (\\d+) s left")
            .matcher(written.toString());
    assertThat(line.find()).isTrue();
    double rest = 500 / Double.parseDouble(line.group(1));
    assertThat(Double.parseDouble(line.group(2))).isCloseTo(rest, within(0.6));
  }

  @Test
  void shortWorkSaysNothingUnlessItIsAskedTo() {
    work(Long.MAX_VALUE, false);
    assertThat(written.toString()).isEmpty();
    work(Long.MAX_VALUE, true);
    assertThat(written.toString().lines())
        .singleElement()
        .asString()
        .startsWith("kintsugi: coreset: 40 of 40, ")
        .contains("done in");
  }

  @Test
  void quietIsSilent() {
    assertThat(ConsoleProgress.of(new PrintWriter(written), true, true)).isSameAs(Progress.SILENT);
  }
}
