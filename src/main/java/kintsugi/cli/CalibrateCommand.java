package kintsugi.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import kintsugi.dataset.PictureFolder;
import kintsugi.dataset.Sample;
import kintsugi.detector.Calibration;
import kintsugi.detector.Model;
import kintsugi.detector.Session;
import kintsugi.metric.ThresholdRule;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "calibrate",
    mixinStandardHelpOptions = true,
    description = {
      "Sets a model's score range and threshold from pictures it has not learnt from.",
      "The threshold follows the recipe's rule, or --threshold; where that needs anomalous pictures"
          + " and there are none, it lies just above the largest normal score."
    })
final class CalibrateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private RunOptions options;
  @Mixin private ModelOptions model;

  @Option(names = "--normal", required = true, paramLabel = "DIR", description = "Normal pictures.")
  private Path normal;

  @Option(
      names = "--anomalous",
      arity = "1..*",
      paramLabel = "DIR",
      description = "Folders of anomalous pictures.")
  private List<Path> anomalous = List.of();

  @Option(names = "--threshold", paramLabel = "RULE", description = Algorithm.THRESHOLDS)
  private ThresholdRule threshold;

  @Override
  public Integer call() {
    return options.run(this::calibrate);
  }

  private int calibrate(Session session) {
    Model fitted = model.load(session);
    List<Sample> samples = new ArrayList<>(PictureFolder.normal(normal));
    anomalous.forEach(folder -> samples.addAll(PictureFolder.anomalous(folder)));
    Calibration calibration =
        Calibration.of(session, fitted.detector(), samples, Optional.ofNullable(threshold));
    Model calibrated = fitted.with(calibration);
    calibrated.save(model.file);
    ModelSummary.write(model.file, calibrated, session);
    spec.commandLine()
        .getOut()
        .printf(
            "%s: threshold %.4f by %s from %d pictures%n%s%n",
            model.file,
            calibration.threshold(),
            calibration.rule(),
            samples.size() - session.skipped().size(),
            Summary.falsePositives(calibration.falsePositives()));
    return 0;
  }
}
