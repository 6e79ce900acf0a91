package kintsugi.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.OutputFolder;
import kintsugi.dataset.DataSet;
import kintsugi.dataset.ImageFolder;
import kintsugi.dataset.Sample;
import kintsugi.dataset.Split;
import kintsugi.dataset.Split.Amount;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.Methods;
import kintsugi.detector.Recipe;
import kintsugi.experiment.Evaluation;
import kintsugi.experiment.Experiment;
import kintsugi.report.EvaluationReport;
import kintsugi.report.Metrics;
import kintsugi.report.ReportImages;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "The whole path on a small set of drawn concrete, with and without cracks. Needs no data.",
      "",
      "Example:",
      "  ./kintsugi demo --out out/demo",
      ""
    })
final class DemoCommand implements Callable<Integer> {
  private static final int TRAIN = 60;
  private static final int CALIBRATE = 20;
  private static final int TEST = 40;

  @Spec private CommandSpec spec;
  @Mixin private RunOptions.Plain run;

  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "N",
      description = "Fixes images and draws (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--out",
      defaultValue = "out/demo",
      paramLabel = "DIR",
      description = "Where images and results go (default: ${DEFAULT-VALUE}).")
  private Path out;

  private final List<String> notes = new ArrayList<>();

  @Override
  public Integer call() {
    Path data = out.resolve("data");
    try (OutputFolder report = EvaluationReport.open(out, "demo", ReportImages.THUMBNAILS);
        OutputFolder images =
            SyntheticConcrete.open(data, TRAIN + CALIBRATE + TEST, CALIBRATE + TEST);
        Kintsugi kintsugi = open()) {
      notes.forEach(run::say);
      SyntheticConcrete.write(images, TRAIN + CALIBRATE + TEST, CALIBRATE + TEST, seed);
      Recipe recipe = Methods.recipe("padim/matlab");
      EvaluationReport.Heading heading =
          new EvaluationReport.Heading(recipe.name() + " on " + data, Main.typed(spec), notes);
      try (Experiment experiment =
          Experiment.of(kintsugi, recipe, split(data), seed, Evaluation.PixelOptions.USUAL)) {
        Metrics metrics =
            EvaluationReport.write(report, ReportImages.THUMBNAILS, heading, experiment);
        Summary.print(spec, metrics, out);
      }
      return run.done(kintsugi);
    }
  }

  private Split split(Path data) {
    List<Sample> samples =
        new ArrayList<>(ImageFolder.normal(data.resolve(SyntheticConcrete.NORMAL)));
    samples.addAll(ImageFolder.anomalous(data.resolve(SyntheticConcrete.ANOMALOUS)));
    return Split.of(
        DataSet.open(samples),
        Amount.count(TRAIN),
        Amount.count(CALIBRATE),
        Amount.count(TEST),
        seed);
  }

  /** The library with the weights found or fetched, else with random ones and a note. */
  private Kintsugi open() {
    try {
      return run.open(run.builder());
    } catch (InputException e) {
      if (run.weights().isPresent()) {
        throw e;
      }
      notes.add(
          "RANDOM WEIGHTS, NEVER TRAINED: this shows the way of the data, and its scores say nothing"
              + " about the method. For the real thing run ./kintsugi weights fetch; "
              + OptionNames.inMessage(spec.commandLine(), e.getMessage()));
      return run.open(run.builderWithAnyWeights(seed));
    }
  }
}
