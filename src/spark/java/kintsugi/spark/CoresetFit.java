package kintsugi.spark;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import kintsugi.AtomicOutput;
import kintsugi.Kintsugi;
import kintsugi.detector.Model;
import kintsugi.detector.Recipe;
import kintsugi.patchcore.ChosenPatches;
import kintsugi.patchcore.CoresetSearch;
import kintsugi.patchcore.PatchCoreRecipe;
import kintsugi.report.Printable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * PatchCore's fit: its memory bank is chosen from patches that stay on the workers, and how well it
 * covers them is printed.
 *
 * @param spec of the command, which prints
 * @param options how the bank is chosen
 */
record CoresetFit(CommandSpec spec, CoresetOptions options) {
  /**
   * Tasks go where their part is, and wait there until it is their turn; but not for ever, since
   * those of a process that was lost wait as long. There is no wait for a process of the same
   * machine, which does not hold the part either.
   */
  static final Map<String, String> CONFIGURATION =
      Map.of(
          "spark.locality.wait.process", "2m",
          "spark.locality.wait.node", "0s",
          "spark.locality.wait.rack", "0s");

  /**
   * Chooses a bank.
   *
   * @param model where the model goes; null for nowhere
   * @param compare whether the other search chooses one too
   * @param json where the figures go; null for nowhere
   */
  void fit(FittingCommand.Work work, Recipe recipe, Path model, boolean compare, Path json) {
    PatchCoreRecipe.Coreset choices = ((PatchCoreRecipe) recipe).coreset();
    FitOrder order =
        FitOrder.of(work.reading(), work.images(), RecipeText.of(recipe), options.parts(choices));
    try (SparkParts parts = new SparkParts(order, work.reading(), work.seed())) {
      CoresetSearch search =
          new CoresetSearch(parts, choices, work.seed(), work.kintsugi().session().options());
      ChosenPatches chosen = options.chosen(search);
      // First of all: what follows takes long too, and may fail.
      if (model != null) {
        write(search.model(chosen, work.kintsugi().session()), work.kintsugi(), model);
      }
      Map<String, CoresetReport> reports = new LinkedHashMap<>();
      put(reports, options.exact(), chosen);
      if (compare) {
        compare(reports, search);
      }
      if (json != null) {
        write(reports, json);
      }
    }
  }

  private void put(Map<String, CoresetReport> reports, boolean exact, ChosenPatches chosen) {
    String name = exact ? "exact" : "composable";
    CoresetReport report = CoresetReport.of(name, chosen);
    reports.put(name, report);
    spec.commandLine().getOut().println(report.line());
  }

  private void compare(Map<String, CoresetReport> reports, CoresetSearch search) {
    put(reports, !options.exact(), options.exact() ? search.composable() : search.exact());
    double composable = reports.get("composable").coveringRadius();
    double exact = reports.get("exact").coveringRadius();
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "the composable covering radius is %.4f times the exact search's%n",
            // Two banks of all patches cover them equally, at a distance of 0.
            composable == exact ? 1 : composable / exact);
  }

  private static void write(Map<String, CoresetReport> reports, Path json) {
    String text =
        reports.values().stream()
            .map(report -> "  \"" + report.search() + "\": " + report.json())
            .collect(Collectors.joining(",\n", "{\n", "\n}\n"));
    AtomicOutput.file(json, file -> Files.writeString(file, text));
  }

  private void write(Model made, Kintsugi kintsugi, Path model) {
    kintsugi.save(made, model);
    spec.commandLine()
        .getOut()
        .println(Printable.line("" + model) + ": " + made.recipe().name() + "; calibrate it next");
    made.detector().summary().lines().forEach(spec.commandLine().getOut()::println);
  }
}
