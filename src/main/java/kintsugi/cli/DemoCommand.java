package kintsugi.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import kintsugi.dataset.DataSet;
import kintsugi.dataset.PictureFolder;
import kintsugi.dataset.Sample;
import kintsugi.dataset.Split;
import kintsugi.dataset.Split.Amount;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.Evaluation;
import kintsugi.detector.Recipe;
import kintsugi.detector.Session;
import kintsugi.report.EvaluationReport;
import kintsugi.report.ReportImages;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description =
        "The whole way on a small set of drawn concrete, with and without cracks. Needs no data.")
final class DemoCommand implements Callable<Integer> {
  private static final int TRAIN = 60;
  private static final int CALIBRATE = 20;
  private static final int TEST = 40;

  @Spec private CommandSpec spec;
  @Mixin private RunOptions options;

  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "N",
      description = "Fixes pictures and draws (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--out",
      defaultValue = "out/demo",
      paramLabel = "DIR",
      description = "Where pictures and results go (default: ${DEFAULT-VALUE}).")
  private Path out;

  @Override
  public Integer call() {
    return options.runWithAnyWeights(seed, this::demonstrate);
  }

  private int demonstrate(Session session) {
    List<String> notes = notes(session);
    notes.forEach(note -> spec.commandLine().getErr().println("kintsugi: " + note));
    Path data = out.resolve("data");
    SyntheticConcrete.write(data, TRAIN + CALIBRATE + TEST, CALIBRATE + TEST, seed);
    List<Sample> samples =
        new ArrayList<>(PictureFolder.normal(data.resolve(SyntheticConcrete.NORMAL)));
    samples.addAll(PictureFolder.anomalous(data.resolve(SyntheticConcrete.ANOMALOUS)));
    Split split =
        Split.of(
            DataSet.open(samples),
            Amount.count(TRAIN),
            Amount.count(CALIBRATE),
            Amount.count(TEST),
            seed);
    Recipe recipe = Recipe.named("padim");
    ExperimentCommand.run(
        spec,
        session,
        recipe,
        split,
        seed,
        out,
        new EvaluationReport.Heading(recipe.name() + " on " + data, Main.typed(spec), notes),
        Evaluation.PixelOptions.USUAL,
        ReportImages.THUMBNAILS);
    return 0;
  }

  private static List<String> notes(Session session) {
    if (!session.weights().fingerprint().startsWith("random")) {
      return List.of();
    }
    return List.of(
        "NO WEIGHTS WERE FOUND. The backbone runs with random weights that never saw a picture: this"
            + " shows the way of the data, and its scores say nothing about the method.");
  }
}
