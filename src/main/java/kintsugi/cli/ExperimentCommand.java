package kintsugi.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import kintsugi.dataset.Duplicates;
import kintsugi.dataset.Split;
import kintsugi.detector.Evaluation;
import kintsugi.detector.Experiment;
import kintsugi.detector.Recipe;
import kintsugi.detector.Session;
import kintsugi.report.EvaluationReport;
import kintsugi.report.Metrics;
import kintsugi.report.ReportImages;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "experiment",
    mixinStandardHelpOptions = true,
    description = "A published example from end to end: split, fit, calibrate, evaluate, report.")
final class ExperimentCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private Algorithm algorithm;
  @Mixin private DataOptions data;
  @Mixin private RunOptions options;
  @Mixin private ReportOptions report;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where results go.")
  private Path out;

  @Override
  public Integer call() {
    Recipe recipe = algorithm.recipe();
    Evaluation.PixelOptions pixels = report.pixels();
    data.check();
    return options.run(session -> run(session, recipe, pixels));
  }

  private int run(Session session, Recipe recipe, Evaluation.PixelOptions pixels) {
    Split split = data.split(algorithm.seed);
    List<String> notes = duplicates(split);
    notes.forEach(note -> spec.commandLine().getErr().println("kintsugi: " + note));
    EvaluationReport.Heading heading =
        new EvaluationReport.Heading(recipe.name() + " on " + data.data, Main.typed(spec), notes);
    run(spec, session, recipe, split, algorithm.seed, out, heading, pixels, report.images);
    return 0;
  }

  private static List<String> duplicates(Split split) {
    List<List<Path>> sets = Duplicates.across(split);
    List<String> notes = new ArrayList<>();
    if (!sets.isEmpty()) {
      notes.add(
          sets.size()
              + " pictures lie as identical files on two sides of the split, such as "
              + sets.getFirst().get(0)
              + " and "
              + sets.getFirst().get(1)
              + "; figures will look better than they are");
    }
    return notes;
  }

  /** The part that an experiment and the demonstration share. */
  static void run(
      CommandSpec spec,
      Session session,
      Recipe recipe,
      Split split,
      long seed,
      Path out,
      EvaluationReport.Heading heading,
      Evaluation.PixelOptions pixels,
      ReportImages images) {
    Metrics metrics =
        EvaluationReport.write(
            out,
            images,
            split.test().size(),
            heading,
            session,
            gallery -> Experiment.run(session, recipe, split, seed, pixels, gallery));
    Summary.print(spec, metrics, out);
  }
}
