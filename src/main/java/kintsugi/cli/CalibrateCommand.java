package kintsugi.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import kintsugi.InputException;
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
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "calibrate",
    mixinStandardHelpOptions = true,
    description = {
      "Sets a model's score range and threshold from images it was not fitted to.",
      "The threshold follows the recipe's rule, or --threshold; where that needs anomalous images and"
          + " there are none, it lies just above the maximum normal score.",
      "--threshold alone changes the threshold of a calibrated model, without images.",
      "",
      "Examples:",
      "  ./kintsugi calibrate --model part.safetensors --normal more-good/ --anomalous bad/",
      "  ./kintsugi calibrate --model part.safetensors --normal more-good/ --threshold quantile:0.99",
      "  ./kintsugi calibrate --model part.safetensors --normal more-good/ --max-false-alarms 0.01",
      "  ./kintsugi calibrate --model part.safetensors --threshold value:0.3",
      ""
    })
final class CalibrateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ModelOptions model;
  @Mixin private RegionOptions.OfImages regions;
  @Mixin private RunOptions.Reading run;

  @ArgGroup(exclusive = false, validate = false, heading = "%nData:%n", order = 10)
  private Data data = new Data();

  static final class Data {
    @Option(names = "--normal", paramLabel = "DIR|LIST", description = "Normal images.")
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
          "youden, max-f1, corner, max-fpr:R, max-fnr:R; from normal images alone quantile:Q,"
              + " margin:M or conformal:R; or value:X itself, on the scale that scores are shown"
              + " on.")
  private ThresholdRule threshold;

  @Option(
      names = "--max-false-alarms",
      paramLabel = "R",
      order = 21,
      description =
          "Reject at most this rate of normal images, whatever their distribution is: --threshold"
              + " conformal:R.")
  private String maxFalseAlarms;

  @Override
  public Integer call() {
    promise();
    if (data.normal == null && (threshold == null || !data.anomalous.isEmpty())) {
      throw new ParameterException(
          spec.commandLine(),
          threshold == null
              ? "name normal images (--normal), or with --threshold alone a rule or a value"
              : "--anomalous needs --normal; --threshold alone takes the scores that were kept");
    }
    model.requireFile();
    Main.requireImages(data.anomalous, data.normal);
    // From reading the model to writing it, so that no other calibration is lost.
    OutputLock lock = OutputLock.of(model.file);
    try (lock) {
      ModelSummary.requirePlace(model.file);
      return calibrate();
    }
  }

  /** The rule of a promised rate. */
  private void promise() {
    if (maxFalseAlarms == null) {
      return;
    }
    if (threshold != null) {
      throw new ParameterException(
          spec.commandLine(), "--threshold and --max-false-alarms exclude each other");
    }
    try {
      threshold = MethodOptions.promise(maxFalseAlarms);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  /** The command that calibrates a model with images, which a person names. */
  static String withImages(Path model) {
    return "./kintsugi calibrate --model " + Main.quoted(model.toString()) + " --normal DIR";
  }

  /** The command that sets a model's threshold, up to its value. */
  static String settingThreshold(Path model) {
    return "./kintsugi calibrate --model "
        + Main.quoted(model.toString())
        + " --threshold "
        + ThresholdRule.VALUE;
  }

  private int calibrate() {
    try (Kintsugi kintsugi = run.open(run.builder().scope(regions.scope(run.maxPixels())))) {
      Model fitted = model.load(kintsugi);
      Model calibrated =
          data.normal == null ? thresholdAlone(kintsugi, fitted) : withImages(kintsugi, fitted);
      kintsugi.save(calibrated, model.file);
      ModelSummary.write(model.file, calibrated, kintsugi);
      Calibration calibration = calibrated.requireCalibration();
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "%s: threshold %.4f by %s%s%n%s%n",
              Printable.line("" + model.file),
              calibration.threshold(),
              calibration.rule(),
              from(calibration),
              Summary.rates(calibration));
      if (calibration.rule().needsAnomalous()) {
        spec.commandLine()
            .getOut()
            .println(
                "the threshold was chosen with these images, which makes both look lower than they"
                    + " are: evaluate it on others");
      }
      return run.done(kintsugi);
    }
  }

  private static String from(Calibration calibration) {
    int images = calibration.falsePositives().samples() + calibration.falseNegatives().samples();
    return calibration.rule().needsScores() ? " from " + images + " images" : "";
  }

  private Model thresholdAlone(Kintsugi kintsugi, Model fitted) {
    Main.requireCalibration(model.file, fitted);
    try {
      return kintsugi.calibrate(fitted, threshold);
    } catch (InputException e) {
      throw new InputException(model.file + ": " + e.getMessage(), e);
    }
  }

  private Model withImages(Kintsugi kintsugi, Model fitted) {
    List<ImageSource> normal = kintsugi.images(data.normal, Role.CALIBRATE_NORMAL);
    List<ImageSource> anomalous =
        data.anomalous.stream()
            .flatMap(folder -> kintsugi.images(folder, Role.CALIBRATE_ANOMALOUS).stream())
            .toList();
    return kintsugi.calibrate(fitted, normal, anomalous, Optional.ofNullable(threshold));
  }
}
