package kintsugi.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import kintsugi.dataset.PictureFolder;
import kintsugi.detector.Calibration;
import kintsugi.detector.Model;
import kintsugi.detector.Session;
import kintsugi.report.PredictionReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "predict",
    mixinStandardHelpOptions = true,
    description =
        "Says of each picture whether it is anomalous, and draws where: PNG, JSON lines, CSV.")
final class PredictCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private RunOptions options;
  @Mixin private ModelOptions model;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where results go.")
  private Path out;

  @Option(
      names = "--explain",
      description =
          "Names the patches and channels behind each score, and draws boxes around what lies above"
              + " the pixel threshold.")
  private boolean explain;

  @Option(
      names = "--pixel-threshold",
      paramLabel = "X",
      description = "The normalised map value of a box (default: the calibration's).")
  private Double pixelThreshold;

  @Parameters(arity = "1..*", paramLabel = "IMAGE", description = "Pictures or folders of them.")
  private List<Path> images;

  @Override
  public Integer call() {
    return options.run(this::predict);
  }

  private int predict(Session session) {
    Model calibrated = model.load(session);
    Calibration calibration = calibrated.requireCalibration(model.file);
    List<Path> files = images.stream().flatMap(PredictCommand::pictures).toList();
    OptionalDouble explained = OptionalDouble.empty();
    if (explain) {
      explained =
          OptionalDouble.of(pixelThreshold == null ? calibration.pixelThreshold() : pixelThreshold);
    }
    var predictions =
        PredictionReport.write(out, session, calibrated, calibration, explained, files);
    PrintWriter print = spec.commandLine().getOut();
    for (var prediction : predictions) {
      print.printf(
          "%-9s %8.4f  %s  %s%n",
          prediction.anomalous() ? "anomalous" : "normal",
          prediction.score(),
          prediction.file(),
          out.resolve(prediction.overlay()));
      if (prediction.explanation() != null) {
        print.printf("%s", Summary.explanation(prediction.explanation()));
      }
    }
    return 0;
  }

  private static Stream<Path> pictures(Path image) {
    return Files.isDirectory(image) ? PictureFolder.list(image).stream() : Stream.of(image);
  }
}
