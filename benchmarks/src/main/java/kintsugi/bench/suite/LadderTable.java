package kintsugi.bench.suite;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import kintsugi.InputException;
import kintsugi.bench.LadderBenchmark;

/** The table of the ladder: time and GFLOP/s of each step, and what that is of the peak. */
public final class LadderTable {
  private LadderTable() {}

  /**
   * Prints a row of docs/ladder.md's table for each step.
   *
   * @param arguments the results' file
   */
  public static void main(String... arguments) {
    Results results = Results.read(Places.of(arguments[0]));
    double peak =
        Work.peak(results)
            .orElseThrow(() -> new InputException(arguments[0] + ": the peak is not in it"));
    List<Measured> steps = new ArrayList<>(results.measured());
    steps.removeIf(m -> !m.benchmark().startsWith(LadderBenchmark.class.getSimpleName()));
    steps.sort(Comparator.comparing(m -> m.parameters().get("step")));
    System.out.printf(
        Locale.ROOT,
        "%s, %s, peak %.1f GFLOP/s%n",
        results.machine().processor(),
        results.when().substring(0, 10),
        peak);
    for (Measured m : steps) {
      double gigaflops = Work.of(m).orElseThrow().gigaflops(m.millis());
      System.out.printf(
          Locale.ROOT,
          "| %s | %.2f | %.1f | %.0f %% |%n",
          m.parameters().get("step"),
          m.millis(),
          gigaflops,
          100 * gigaflops / peak);
    }
  }
}
