package kintsugi.cli;

import java.io.IOException;
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
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.Sha256;
import kintsugi.dataset.Duplicates;
import kintsugi.dataset.FileList;
import kintsugi.dataset.ImageFolder;
import kintsugi.detector.Calibration;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;
import kintsugi.image.ImageSource;
import kintsugi.report.EvaluationReport.Heading;
import kintsugi.report.PredictionReport;
import kintsugi.report.PredictionReport.Input;
import kintsugi.report.Printable;
import kintsugi.report.Receipt;
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
      "Predicts for each image whether it is anomalous, and where: a page, PNG, JSON lines, CSV.",
      "",
      "Example:",
      "  ./kintsugi predict --model part.safetensors new.jpg folder/ --explain --out OUT",
      ""
    })
final class PredictCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ModelOptions model;
  @Mixin private RegionOptions.OfImages regions;
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

    @Option(
        names = "--receipt",
        description = "Write receipts.jsonl too: what verify needs to compute every verdict again.")
    private boolean receipt;
  }

  @Option(
      names = "--recursive",
      order = 12,
      description =
          "Read the folders in a folder too, next to its own images; without it they are read where"
              + " it has none of its own.")
  private boolean recursive;

  @Parameters(
      arity = "1..*",
      paramLabel = "IMAGE",
      description = "Images, folders of them, or lists.")
  private List<Path> images;

  @Override
  public Integer call() {
    OptionalDouble threshold = threshold();
    if (output.receipt && regions.areChosen()) {
      throw new ParameterException(
          spec.commandLine(),
          "--receipt is for verdicts of image and model alone; leave out --roi and --ignore");
    }
    model.requireFile();
    String modelHash = output.receipt ? hash(model.file) : null;
    List<String> notices = new ArrayList<>();
    List<Input> inputs = inputs(notices::add);
    notices.addAll(
        Duplicates.repeated(
            inputs.stream().flatMap(input -> input.source().file().stream()).toList()));
    try (PredictionReport report = PredictionReport.open(output.out, inputs, output.receipt);
        Kintsugi kintsugi = run.open(run.builder().scope(regions.scope(run.maxPixels())))) {
      notices.forEach(kintsugi.session()::notice);
      Model fitted = model.load(kintsugi);
      if (output.receipt) {
        report.writeReceipts(prediction -> receipt(kintsugi, prediction, modelHash));
      }
      Heading heading = heading(fitted);
      if (fitted.calibration().isEmpty()) {
        heading.notes().forEach(kintsugi.session()::notice);
      }
      List<ImageSource> sources = inputs.stream().map(Input::source).toList();
      try (Stream<Prediction> predictions = predictions(kintsugi, fitted, sources, threshold)) {
        List<PredictionReport.Line> lines = report.write(heading, fitted, threshold, predictions);
        fitted.calibration().ifPresent(c -> spec.commandLine().getOut().println(rates(c)));
        lines.forEach(this::print);
        fitted.warnings().forEach(kintsugi.session()::warn);
      }
      PrintWriter print = spec.commandLine().getOut();
      print.println("page: " + Printable.line("" + output.out.resolve("predictions.html")));
      return run.done(kintsugi);
    }
  }

  private Receipt receipt(Kintsugi kintsugi, Prediction prediction, String modelHash) {
    Path image = prediction.source().file().orElseThrow();
    return Receipt.of(
        prediction,
        kintsugi.session().engine(),
        new Receipt.Files(
            image.toString(), hash(image), model.file.toString(), modelHash, model.isAnySize()));
  }

  /** The SHA-256 of a file's bytes. */
  static String hash(Path file) {
    try {
      return Sha256.of(file);
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read (" + AtomicOutput.reason(e) + ")", e);
    }
  }

  private void print(PredictionReport.Line line) {
    PrintWriter print = spec.commandLine().getOut();
    print.printf(
        Locale.ROOT,
        "%-9s %8.4f  %s  %s%s%n",
        line.verdict(),
        line.score(),
        Printable.line(line.file()),
        Printable.line("" + output.out.resolve(line.overlay())),
        Boolean.TRUE.equals(line.anomalous()) || line.regionsDisagree()
            ? "  (" + line.sentence() + ")"
            : "");
    if (line.explanation() != null) {
      print.print(Summary.explanation(line.explanation()));
    }
  }

  /** What the threshold does. */
  private static String rates(Calibration calibration) {
    return String.format(
        Locale.ROOT,
        "threshold %.4f by %s: %s",
        calibration.threshold(),
        calibration.rule(),
        Summary.rates(calibration));
  }

  /**
   * The text around the predictions; notes say what is wrong with the threshold, or what a model
   * before calibration lacks.
   */
  private Heading heading(Model fitted) {
    String title = "Predictions of " + model.file.getFileName() + ": " + fitted.recipe().name();
    if (fitted.calibration().isPresent()) {
      List<String> notes =
          fitted.warnings().stream()
              .map(warning -> "Warning: " + OptionNames.inMessage(spec.commandLine(), warning))
              .toList();
      return new Heading(title, Main.typed(spec), notes);
    }
    if (output.explain || output.pixelThreshold != null) {
      Main.requireCalibration(model.file, fitted);
    }
    String note =
        model.file
            + ": not calibrated, so that there are scores and heat maps but no verdicts; calibrate"
            + " it with good images that it was not fitted to: "
            + CalibrateCommand.withImages(model.file);
    return new Heading(title, Main.typed(spec), List.of(note));
  }

  private Stream<Prediction> predictions(
      Kintsugi kintsugi, Model fitted, List<ImageSource> sources, OptionalDouble threshold) {
    return output.explain
        ? kintsugi.explain(fitted, sources, threshold)
        : kintsugi.predict(fitted, sources, threshold);
  }

  private OptionalDouble threshold() {
    OptionalDouble threshold =
        output.pixelThreshold == null
            ? OptionalDouble.empty()
            : OptionalDouble.of(output.pixelThreshold);
    Main.check(spec, () -> Prediction.requireFinite(threshold));
    return threshold;
  }

  private List<Input> inputs(Consumer<String> notices) {
    return images.stream().flatMap(image -> inputs(image, notices)).toList();
  }

  /** The images of a folder keep their folders in it, those of a list their folders below all. */
  private Stream<Input> inputs(Path image, Consumer<String> notices) {
    boolean folder = Files.isDirectory(image);
    if (!folder && !FileList.isList(image)) {
      if (!run.skipsUnreadable()) {
        Main.requireFile(image);
      }
      return Stream.of(new Input(ImageSource.of(image), image.getFileName()));
    }
    List<Path> files =
        folder && recursive ? ImageFolder.deep(image, notices) : ImageFolder.list(image, notices);
    List<Path> others = folder ? withoutOutput(image, files, notices) : files;
    Path root = folder ? image : commonFolder(files);
    return others.stream().map(file -> new Input(ImageSource.of(file), within(root, file)));
  }

  /** Without what an earlier run left in an output folder that is in the folder of images. */
  private List<Path> withoutOutput(Path folder, List<Path> files, Consumer<String> notices) {
    Path out = absolute(output.out);
    if (!out.startsWith(absolute(folder)) || out.equals(absolute(folder))) {
      return files;
    }
    List<Path> others = files.stream().filter(file -> !absolute(file).startsWith(out)).toList();
    if (others.size() < files.size()) {
      notices.accept(
          folder
              + ": left out "
              + (files.size() - others.size())
              + " images in the output folder "
              + output.out);
    }
    if (others.isEmpty()) {
      throw new InputException(
          folder + ": holds no images but those in the output folder " + output.out);
    }
    return others;
  }

  /** Null where they are on several drives. */
  private static Path commonFolder(List<Path> files) {
    Path common = absolute(files.getFirst()).getParent();
    for (Path file : files) {
      while (common != null && !absolute(file).startsWith(common)) {
        common = common.getParent();
      }
    }
    return common;
  }

  private static Path within(Path root, Path file) {
    return root == null ? file.getFileName() : absolute(root).relativize(absolute(file));
  }

  private static Path absolute(Path path) {
    return path.toAbsolutePath().normalize();
  }
}
