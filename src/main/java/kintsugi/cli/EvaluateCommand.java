package kintsugi.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import kintsugi.dataset.PictureFolder;
import kintsugi.dataset.Sample;
import kintsugi.detector.Evaluation;
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

  @Option(names = "--normal", required = true, paramLabel = "DIR", description = "Normal pictures.")
  private Path normal;

  @Option(
      names = "--anomalous",
      required = true,
      paramLabel = "DIR",
      description = "Anomalous pictures.")
  private Path anomalous;

  @Option(
      names = "--masks",
      paramLabel = "DIR",
      description = "Masks of the anomalous pictures, named like them or with _mask at the end.")
  private Path masks;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where results go.")
  private Path out;

  @Override
  public Integer call() {
    return options.run(this::evaluate);
  }

  private int evaluate(Session session) {
    Model calibrated = model.load(session);
    List<Sample> samples = new ArrayList<>(PictureFolder.samples(normal, false));
    samples.addAll(
        masks == null
            ? PictureFolder.samples(anomalous, true)
            : PictureFolder.masked(anomalous, masks));
    long start = System.nanoTime();
    Evaluation evaluation =
        Evaluation.of(
            session, calibrated.detector(), calibrated.requireCalibration(model.file), samples);
    double seconds = (System.nanoTime() - start) / 1e9;
    Map<String, Double> times = Map.of("test", seconds, "total", seconds);
    Metrics metrics = Metrics.of(session, calibrated, evaluation, 0, times);
    EvaluationReport.write(
        out,
        model.file.getFileName() + " on " + normal + " and " + anomalous,
        Main.typed(spec),
        List.of(),
        session,
        calibrated,
        evaluation,
        metrics);
    Summary.print(spec, metrics, out);
    return 0;
  }
}
