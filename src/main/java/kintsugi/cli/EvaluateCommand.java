package kintsugi.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import kintsugi.dataset.PictureFolder;
import kintsugi.dataset.Sample;
import kintsugi.detector.Evaluation;
import kintsugi.detector.Experiment;
import kintsugi.detector.Model;
import kintsugi.detector.Session;
import kintsugi.report.EvaluationReport;
import kintsugi.report.Metrics;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    description = "Scores pictures whose truth is known: metrics.json, scores.csv, report.html.")
final class EvaluateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private RunOptions options;
  @Mixin private ModelOptions model;
  @Mixin private ReportOptions report;

  @Option(names = "--normal", required = true, paramLabel = "DIR", description = "Normal pictures.")
  private Path normal;

  @Option(
      names = "--anomalous",
      required = true,
      arity = "1..*",
      paramLabel = "DIR",
      description = "Anomalous pictures; of several folders each is a kind of defect.")
  private List<Path> anomalous;

  @Option(
      names = "--masks",
      paramLabel = "DIR",
      description =
          "Masks of the anomalous pictures, named like them or with _mask at the end; or folders of"
              + " them, named like those of the pictures.")
  private Path masks;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where results go.")
  private Path out;

  @Override
  public Integer call() {
    Evaluation.PixelOptions pixels = report.pixels();
    return options.run(session -> evaluate(session, pixels));
  }

  private int evaluate(Session session, Evaluation.PixelOptions pixels) {
    Model calibrated = model.load(session);
    calibrated.requireCalibration(model.file);
    List<Sample> samples = new ArrayList<>(PictureFolder.normal(normal));
    for (Path folder : anomalous) {
      samples.addAll(
          masks == null ? PictureFolder.anomalous(folder) : PictureFolder.masked(folder, masks));
    }
    String title = model.file.getFileName() + " on " + normal + " and " + join(anomalous);
    Metrics metrics =
        EvaluationReport.write(
            out,
            report.images,
            samples.size(),
            new EvaluationReport.Heading(title, Main.typed(spec), List.of()),
            session,
            gallery -> Experiment.evaluate(session, calibrated, samples, pixels, gallery));
    Summary.print(spec, metrics, out);
    return 0;
  }

  private static String join(List<Path> folders) {
    return String.join(", ", folders.stream().map(Path::toString).toList());
  }
}
