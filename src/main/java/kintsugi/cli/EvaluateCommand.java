package kintsugi.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import kintsugi.Kintsugi;
import kintsugi.OutputFolder;
import kintsugi.dataset.Duplicates;
import kintsugi.dataset.ImageFolder;
import kintsugi.dataset.Role;
import kintsugi.dataset.Sample;
import kintsugi.detector.Model;
import kintsugi.experiment.Evaluation;
import kintsugi.experiment.Experiment;
import kintsugi.report.EvaluationReport;
import kintsugi.report.Metrics;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    description = {
      "Scores images whose truth is known: metrics.json, scores.csv, report.html.",
      "",
      "Example:",
      "  ./kintsugi evaluate --model part.safetensors --normal test-good/ --anomalous test-bad/ --out"
          + " OUT",
      ""
    })
final class EvaluateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ModelOptions model;
  @Mixin private RegionOptions.OfImages regions;
  @Mixin private RunOptions.Reading run;

  @ArgGroup(exclusive = false, multiplicity = "1", heading = "%nData:%n", order = 10)
  private Data data;

  static final class Data {
    @Option(
        names = "--normal",
        required = true,
        paramLabel = "DIR|LIST",
        description = "Normal images.")
    private Path normal;

    @Option(
        names = "--anomalous",
        required = true,
        arity = "1..*",
        paramLabel = "DIR|LIST",
        description = "Anomalous images; each folder is a class of defects.")
    private List<Path> anomalous;

    @Option(
        names = "--masks",
        paramLabel = "DIR",
        description =
            "Masks of the anomalous images, named like them or with _mask, _gt, _label,"
                + " _ground_truth or _seg at the end; or folders of them, named like those of the"
                + " images.")
    private Path masks;
  }

  @ArgGroup(exclusive = false, multiplicity = "1", heading = "%nOutput:%n", order = 50)
  private ReportOptions.WithFolder output = new ReportOptions.WithFolder();

  @Override
  public Integer call() {
    Evaluation.PixelOptions pixels = output.report.pixels(spec.commandLine());
    model.requireFile();
    Main.requireImages(data.anomalous, data.normal);
    Main.requireFile(data.masks);
    try (OutputFolder out = EvaluationReport.open(output.out, "evaluate", output.report.images());
        Kintsugi kintsugi = run.open(run.builder().scope(regions.scope(run.maxPixels())))) {
      Model calibrated = model.load(kintsugi);
      Main.requireCalibration(model.file, calibrated);
      Consumer<String> notices = kintsugi.session()::notice;
      List<Sample> samples = samples(notices);
      List<String> notes = Duplicates.notices(samples);
      notes.forEach(notices);
      EvaluationReport.Heading heading =
          new EvaluationReport.Heading(
              title(calibrated),
              Main.typed(spec),
              notes,
              CalibrateCommand.settingThreshold(model.file));
      try (Experiment experiment = Experiment.of(kintsugi, calibrated, samples, pixels)) {
        Metrics metrics = EvaluationReport.write(out, output.report.images(), heading, experiment);
        Summary.print(spec, metrics, output.out);
      }
      return run.done(kintsugi);
    }
  }

  private List<Sample> samples(Consumer<String> notices) {
    List<Sample> samples =
        new ArrayList<>(ImageFolder.samples(data.normal, Role.TEST_NORMAL, notices));
    if (data.masks == null) {
      for (Path folder : data.anomalous) {
        samples.addAll(ImageFolder.samples(folder, Role.TEST_ANOMALOUS, notices));
      }
    } else {
      samples.addAll(ImageFolder.masked(data.anomalous, data.masks, notices));
    }
    return samples;
  }

  private String title(Model calibrated) {
    return model.file.getFileName()
        + ": "
        + calibrated.recipe().name()
        + " on "
        + shortName(data.normal)
        + " and "
        + data.anomalous.stream().map(EvaluateCommand::shortName).collect(Collectors.joining(", "));
  }

  /** The last two names of a path: a folder is often named "good" in another that tells more. */
  private static String shortName(Path path) {
    Path whole = path.toAbsolutePath().normalize();
    int names = whole.getNameCount();
    return "" + (names > 2 ? whole.subpath(names - 2, names) : whole);
  }
}
