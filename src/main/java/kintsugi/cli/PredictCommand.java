package kintsugi.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Stream;
import kintsugi.Kintsugi;
import kintsugi.dataset.Duplicates;
import kintsugi.dataset.FileList;
import kintsugi.dataset.ImageFolder;
import kintsugi.dataset.Role;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;
import kintsugi.image.ImageSource;
import kintsugi.report.PredictionReport;
import kintsugi.report.Printable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "predict",
    mixinStandardHelpOptions = true,
    description = {
      "Predicts for each image whether it is anomalous, and where: PNG, JSON lines, CSV.",
      "",
      "Example:",
      "  ./kintsugi predict --model part.safetensors new.jpg folder/ --explain --out OUT",
      ""
    })
final class PredictCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ModelOptions model;
  @Mixin private RunOptions.Reading run;

  @ArgGroup(exclusive = false, multiplicity = "1", heading = "%nOutput:%n", order = 50)
  private Output output;

  static final class Output {
    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where results go.")
    private Path out;

    @Option(
        names = "--explain",
        description =
            "Name the patches and channels behind each score, and draw boxes around what lies above"
                + " the pixel threshold.")
    private boolean explain;

    @Option(
        names = "--pixel-threshold",
        paramLabel = "X",
        description = "The normalised score of a box's pixels (default: the calibration's).")
    private Double pixelThreshold;
  }

  @Parameters(
      arity = "1..*",
      paramLabel = "IMAGE",
      description = "Images, folders of them, or lists.")
  private List<Path> images;

  @Override
  public Integer call() {
    OptionalDouble threshold = threshold();
    List<String> notices = new ArrayList<>();
    List<ImageSource> sources =
        images.stream().flatMap(image -> sources(image, notices::add)).toList();
    notices.addAll(
        Duplicates.repeated(sources.stream().flatMap(source -> source.file().stream()).toList()));
    try (PredictionReport report = PredictionReport.open(output.out, sources);
        Kintsugi kintsugi = run.open()) {
      notices.forEach(kintsugi.session()::notice);
      Model calibrated = model.load(kintsugi);
      Main.requireCalibration(model.file, calibrated);
      PrintWriter print = spec.commandLine().getOut();
      try (Stream<Prediction> predictions = predictions(kintsugi, calibrated, sources, threshold)) {
        for (PredictionReport.Line line : report.write(predictions)) {
          print.printf(
              Locale.ROOT,
              "%-9s %8.4f  %s  %s%n",
              line.anomalous() ? "anomalous" : "normal",
              line.score(),
              Printable.line(line.file()),
              Printable.line("" + output.out.resolve(line.overlay())));
          if (line.anomalous() || line.regionsDisagree()) {
            print.println("    " + line.sentence());
          }
          if (line.explanation() != null) {
            print.print(Summary.explanation(line.explanation()));
          }
        }
      }
      return run.done(kintsugi);
    }
  }

  private Stream<Prediction> predictions(
      Kintsugi kintsugi, Model calibrated, List<ImageSource> sources, OptionalDouble threshold) {
    return output.explain
        ? kintsugi.explain(calibrated, sources, threshold)
        : kintsugi.predict(calibrated, sources, threshold);
  }

  private OptionalDouble threshold() {
    OptionalDouble threshold =
        output.pixelThreshold == null
            ? OptionalDouble.empty()
            : OptionalDouble.of(output.pixelThreshold);
    try {
      Prediction.requireFinite(threshold);
      return threshold;
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          spec.commandLine(), OptionNames.inChoiceMessage(spec.commandLine(), e.getMessage()));
    }
  }

  private static Stream<ImageSource> sources(Path image, Consumer<String> notices) {
    return Files.isDirectory(image) || FileList.isList(image)
        ? ImageFolder.samples(image, Role.ANY, notices).stream()
            .map(sample -> ImageSource.of(sample.file()))
        : Stream.of(ImageSource.of(image));
  }
}
