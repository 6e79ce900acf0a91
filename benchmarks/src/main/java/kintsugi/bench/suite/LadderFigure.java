package kintsugi.bench.suite;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import kintsugi.InputException;
import kintsugi.bench.LadderBenchmark;

/** The figure of the ladder: GFLOP/s against step on a logarithmic scale, with the peak. */
public final class LadderFigure {
  private static final int LEFT = 70;
  private static final int RIGHT = 690;
  private static final int TOP = 30;
  private static final int BOTTOM = 360;
  private static final int DECADES = 3;

  private final StringBuilder svg = new StringBuilder();

  private LadderFigure() {}

  /**
   * Draws, and prints a row of docs/ladder.md's table for each step.
   *
   * @param arguments the results' file, and the figure's
   * @throws IOException if the figure cannot be written
   */
  public static void main(String... arguments) throws IOException {
    Results results = Results.read(Places.of(arguments[0]));
    double peak =
        Work.peak(results)
            .orElseThrow(() -> new InputException(arguments[0] + ": the peak is not in it"));
    List<Measured> steps = new ArrayList<>(results.measured());
    steps.removeIf(m -> !m.benchmark().startsWith(LadderBenchmark.class.getSimpleName()));
    steps.sort(Comparator.comparing(m -> m.parameters().get("step")));
    Files.writeString(Places.of(arguments[1]), new LadderFigure().drawn(results, steps, peak));
    System.out.printf(Locale.ROOT, "peak %.1f GFLOP/s%n", peak);
    for (Measured m : steps) {
      System.out.printf(
          Locale.ROOT,
          "| %s | %.2f | %.1f | %.1f %% |%n",
          m.parameters().get("step"),
          m.millis(),
          gigaflops(m),
          100 * gigaflops(m) / peak);
    }
  }

  private static double gigaflops(Measured m) {
    return Work.of(m).orElseThrow().gigaflops(m.millis());
  }

  private String drawn(Results results, List<Measured> steps, double peak) {
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 430\" font-family=\"sans-serif\""
            + " font-size=\"14\">%n<title>GFLOP/s against step</title>%n"
            + "<rect width=\"720\" height=\"430\" fill=\"white\"/>%n");
    for (int decade = 0; decade <= DECADES; decade++) {
      double y = y(Math.pow(10, decade));
      add("<path d=\"M%d %.1fH%d\" stroke=\"#ccc\"/>%n", LEFT, y, RIGHT);
      add(
          "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.0f</text>%n",
          LEFT - 8, y + 5, Math.pow(10, decade));
    }
    add(
        "<path d=\"M%d %.1fH%d\" stroke=\"#b00\" stroke-dasharray=\"6 4\"/>%n",
        LEFT, y(peak), RIGHT);
    add("<text x=\"%d\" y=\"%.1f\" fill=\"#b00\">peak %.0f</text>%n", LEFT + 8, y(peak) - 6, peak);
    for (int i = 0; i < steps.size(); i++) {
      double x = LEFT + (i + 0.5) * (RIGHT - LEFT) / steps.size();
      double value = gigaflops(steps.get(i));
      add(
          "<rect x=\"%.1f\" y=\"%.1f\" width=\"44\" height=\"%.1f\" fill=\"#36c\"/>%n",
          x - 22, y(value), BOTTOM - y(value));
      // In a high bar, where the line of the peak does not cross it.
      boolean high = value > 10;
      add(
          "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" fill=\"%s\">%.1f</text>%n",
          x, y(value) + (high ? 30 : -6), high ? "white" : "black", value);
      add("<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>%n", x, BOTTOM + 20, i + 1);
    }
    add("<path d=\"M%d %dV%dH%d\" fill=\"none\" stroke=\"black\"/>%n", LEFT, TOP, BOTTOM, RIGHT);
    add(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">step</text>%n",
        (LEFT + RIGHT) / 2, BOTTOM + 40);
    add(
        "<text transform=\"translate(20 %d) rotate(-90)\" text-anchor=\"middle\">GFLOP/s, one thread</text>%n",
        (TOP + BOTTOM) / 2);
    add(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" fill=\"#555\">%s, %s</text>%n</svg>%n",
        (LEFT + RIGHT) / 2,
        BOTTOM + 62,
        results.machine().processor(),
        results.when().substring(0, 10));
    return svg.toString();
  }

  private void add(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values));
  }

  /** From 1 to a thousand, a third of the height for each power of ten. */
  private static double y(double value) {
    return BOTTOM - (BOTTOM - TOP) * Math.log10(value) / DECADES;
  }
}
