package kintsugi.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import kintsugi.Kintsugi;
import kintsugi.OutputLock;
import kintsugi.dataset.Role;
import kintsugi.detector.Calibration;
import kintsugi.detector.Model;
import kintsugi.image.ImageSource;
import kintsugi.metric.ThresholdRule;
import kintsugi.report.Printable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "calibrate",
    mixinStandardHelpOptions = true,
    description = {
      "Sets a model's score range and threshold from images it was not fitted to.",
      "The threshold follows the recipe's rule, or --threshold; where that needs anomalous images and"
          + " there are none, it lies just above the maximum normal score.",
      "",
      "Examples:",
      "  ./kintsugi calibrate --model part.safetensors --normal more-good/ --anomalous bad/",
      "  ./kintsugi calibrate --model part.safetensors --normal more-good/ --threshold quantile:0.99",
      ""
    })
final class CalibrateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ModelOptions model;
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
        arity = "1..*",
        paramLabel = "DIR|LIST",
        description = "Anomalous images, one or more folders.")
    private List<Path> anomalous = List.of();
  }

  @Option(
      names = "--threshold",
      paramLabel = "RULE",
      order = 20,
      description =
          "youden, max-f1, corner, max-fpr:R, max-fnr:R; from normal images alone quantile:Q or"
              + " margin:M.")
  private ThresholdRule threshold;

  @Override
  public Integer call() {
    // From reading the model to writing it, so that no other calibration is lost.
    OutputLock lock = OutputLock.of(model.file);
    try (lock) {
      ModelSummary.requirePlace(model.file);
      return calibrate();
    }
  }

  private int calibrate() {
    try (Kintsugi kintsugi = run.open()) {
      Model fitted = model.load(kintsugi);
      List<ImageSource> normal = kintsugi.images(data.normal, Role.CALIBRATE_NORMAL);
      List<ImageSource> anomalous =
          data.anomalous.stream()
              .flatMap(folder -> kintsugi.images(folder, Role.CALIBRATE_ANOMALOUS).stream())
              .toList();
      Model calibrated =
          kintsugi.calibrate(fitted, normal, anomalous, Optional.ofNullable(threshold));
      kintsugi.save(calibrated, model.file);
      ModelSummary.write(model.file, calibrated, kintsugi);
      Calibration calibration = calibrated.requireCalibration();
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "%s: threshold %.4f by %s from %d images%n%s%n",
              Printable.line("" + model.file),
              calibration.threshold(),
              calibration.rule(),
              normal.size() + anomalous.size() - kintsugi.skipped().size(),
              Summary.falsePositives(calibration.falsePositives()));
      return run.done(kintsugi);
    }
  }
}
