package kintsugi.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import kintsugi.Kintsugi;
import kintsugi.OutputFolder;
import kintsugi.OutputLock;
import kintsugi.dataset.Duplicates;
import kintsugi.dataset.Split;
import kintsugi.detector.Recipe;
import kintsugi.experiment.Evaluation;
import kintsugi.experiment.Experiment;
import kintsugi.metric.ThresholdRule;
import kintsugi.report.EvaluationReport;
import kintsugi.report.Metrics;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "experiment",
    mixinStandardHelpOptions = true,
    description = {
      "Runs an experiment end to end: split, fit, calibrate, evaluate, report.",
      "",
      "Examples:",
      "  ./kintsugi experiment padim --data DIR --normal good --anomalous crack,hole --out OUT",
      "  ./kintsugi experiment patchcore --data visa --object macaroni1 --out OUT",
      ""
    })
final class ExperimentCommand implements Callable<Integer> {
  private static final String THRESHOLD = "--threshold";

  @Spec private CommandSpec spec;
  @Mixin MethodOptions method;
  @Mixin private DataOptions.One data;
  @Mixin private RegionOptions.Fitting regions;
  @Mixin private RunOptions.ReadingAndFitting run;

  @ArgGroup(exclusive = false, multiplicity = "1", heading = "%nOutput:%n", order = 50)
  private ReportOptions.WithFolder output = new ReportOptions.WithFolder();

  @Option(
      names = "--model",
      paramLabel = "FILE",
      order = 51,
      description = "Keep the fitted and calibrated model in this file.")
  private Path model;

  @Override
  public Integer call() {
    Recipe recipe = method.recipe();
    Evaluation.PixelOptions pixels = output.report.pixels(spec.commandLine());
    data.check();
    OutputLock place = model == null ? null : FitOutput.ofModel(model);
    try (place;
        OutputFolder out = EvaluationReport.open(output.out, "experiment", output.report.images());
        Interruption interruption = run.interruption();
        Kintsugi kintsugi =
            run.open(run.builder(interruption).scope(regions.scope(run.maxPixels())))) {
      Consumer<String> notices = kintsugi.session()::notice;
      Split split = data.split(method.seed(), notices);
      List<String> notes = Duplicates.notices(split);
      notes.forEach(notices);
      EvaluationReport.Heading heading =
          new EvaluationReport.Heading(
              data.title() + ": " + recipe.name(), Main.typed(spec), notes, settingThreshold());
      try (Experiment experiment = Experiment.of(kintsugi, recipe, split, method.seed(), pixels)) {
        experiment.sizes().ifPresent(notices);
        Metrics metrics = EvaluationReport.write(out, output.report.images(), heading, experiment);
        if (model != null) {
          kintsugi.save(experiment.model(), model);
          ModelSummary.write(model, experiment.model(), kintsugi);
        }
        Summary.print(spec, metrics, output.out);
      }
      return run.done(kintsugi);
    }
  }

  /** Without a model the same experiment with another threshold. */
  private String settingThreshold() {
    return model == null
        ? Main.typedWithout(spec, THRESHOLD) + " " + THRESHOLD + " " + ThresholdRule.VALUE
        : CalibrateCommand.settingThreshold(model);
  }
}
