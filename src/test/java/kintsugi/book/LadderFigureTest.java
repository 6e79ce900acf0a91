package kintsugi.book;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The figure of part V, from the measured table of its page. */
class LadderFigureTest {
  private static final Path PAGE = Path.of("docs/ladder.md");
  private static final Pattern ROW =
      Pattern.compile(
          "^\\| (\\d) \\| ([^|]+) \\| ([\\d.]+) \\| ([\\d.]+) \\| (\\d+) % \\|$",
          Pattern.MULTILINE);
  private static final Pattern PEAK = Pattern.compile("the peak is ([\\d.]+)\\s+GFLOP/s");

  /** Operations of the layer: an fma for each output and product counts as two. */
  private static final double OPERATIONS = 2.0 * 56 * 56 * 64 * 64 * 9;

  private record Step(double millis, double gigaflops, double percent) {}

  private static List<Step> steps(String page) {
    return ROW.matcher(page)
        .results()
        .map(
            row ->
                new Step(
                    Double.parseDouble(row.group(3)),
                    Double.parseDouble(row.group(4)),
                    Double.parseDouble(row.group(5))))
        .toList();
  }

  private static double peak(String page) {
    Matcher peak = PEAK.matcher(page);
    assertThat(peak.find()).isTrue();
    return Double.parseDouble(peak.group(1));
  }

  @Test
  void ladder() throws IOException {
    String page = Files.readString(PAGE);
    List<Step> steps = steps(page);
    double peak = peak(page);
    Figure figure = new Figure(720, 400, "GFLOP/s of the eight steps of the ladder");
    Plot plot =
        figure
            .plot(80, 20, 610, 310)
            .across("step", 0.4, 8.6, IntStream.rangeClosed(1, 8).asDoubleStream().toArray())
            .upLog("GFLOP/s, one thread", 1, 1000, 1, 10, 100, 1000);
    for (int i = 0; i < steps.size(); i++) {
      double value = steps.get(i).gigaflops;
      plot.bar(i + 1, 0.55, 1, value, Figure.BLUE);
      // In a high bar, where the line of the peak does not cross it.
      boolean high = value > 10;
      plot.middleNote(
          i + 1, value * (high ? 0.55 : 1.15), high ? "#fff" : Figure.GREY, String.valueOf(value));
    }
    plot.line(new double[] {0.4, 8.6}, new double[] {peak, peak}, Figure.ORANGE, true);
    plot.note(0.5, peak * 1.15, Figure.ORANGE, "peak " + peak);
    Book.figure("ladder", figure);
  }

  @Test
  void theTablesColumnsAgree() throws IOException {
    String page = Files.readString(PAGE);
    List<Step> steps = steps(page);
    assertThat(steps).hasSize(8);
    for (Step step : steps) {
      double gigaflops = OPERATIONS / step.millis / 1e6;
      assertThat(step.gigaflops).isCloseTo(gigaflops, within(0.06 + 0.004 * gigaflops));
      assertThat(step.percent).isCloseTo(100 * step.gigaflops / peak(page), within(0.6));
    }
    assertThat(page).contains("2·56·56·64·64·9 = " + Math.round(OPERATIONS / 1e6) + " million");
  }
}
