package kintsugi.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import kintsugi.Kintsugi;
import kintsugi.OutputFolder;
import kintsugi.dataset.Role;
import kintsugi.detector.Model;
import kintsugi.detector.Stage;
import kintsugi.experiment.Trace;
import kintsugi.experiment.TrainingPatch;
import kintsugi.image.ImageSource;
import kintsugi.report.Printable;
import kintsugi.report.TraceReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "trace",
    mixinStandardHelpOptions = true,
    description = {
      "Follows one image through every step, each drawn with its formula, scale, time and code:"
          + " trace.html, and the values as trace.npz.",
      "",
      "Example:",
      "  ./kintsugi trace --model part.safetensors new.jpg --patch 12,30 --out OUT",
      ""
    })
final class TraceCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ModelOptions model;
  @Mixin private RegionOptions.OfImages regions;
  @Mixin private RunOptions.Plain run;

  @Parameters(index = "0", paramLabel = "IMAGE", description = "An image.")
  private Path image;

  @Option(
      names = "--patch",
      paramLabel = "ROW,COLUMN",
      order = 12,
      description = "The patch to inspect (default: the one with the maximum distance).")
  private String patch;

  @Option(
      names = "--train",
      paramLabel = "DIR|FILE",
      order = 13,
      description =
          "Where the training images are, to show PatchCore's nearest training patches as well as"
              + " name them.")
  private Path train;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      order = 50,
      description = "Where results go.")
  private Path out;

  @Override
  public Integer call() {
    Optional<Trace.Position> position = position();
    model.requireFile();
    Main.requireFile(image);
    Main.requireImages(List.of(), train);
    ImageSource source = ImageSource.of(image);
    try (OutputFolder folder = TraceReport.open(out, source);
        Kintsugi kintsugi = run.open(run.builder().scope(regions.scope(run.maxPixels())))) {
      Model calibrated = model.load(kintsugi);
      Main.requireCalibration(model.file, calibrated);
      List<ImageSource> training = train == null ? List.of() : kintsugi.images(train, Role.TRAIN);
      Trace trace = trace(calibrated, source, new Trace.Wanted(position, true, training));
      TraceReport.write(folder, calibrated, source, Main.typed(spec), trace);
      print(trace);
      return run.done(kintsugi);
    }
  }

  private Optional<Trace.Position> position() {
    if (patch == null) {
      return Optional.empty();
    }
    if (!patch.matches("\\d{1,5},\\d{1,5}")) {
      throw new ParameterException(
          spec.commandLine(), "--patch: a row and a column such as 12,30, not " + patch);
    }
    String[] place = patch.split(",");
    return Optional.of(new Trace.Position(Integer.parseInt(place[0]), Integer.parseInt(place[1])));
  }

  private Trace trace(Model calibrated, ImageSource source, Trace.Wanted wanted) {
    try {
      return Trace.of(calibrated, source, wanted);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--patch: " + e.getMessage());
    }
  }

  private void print(Trace trace) {
    PrintWriter print = spec.commandLine().getOut();
    for (Stage stage : trace.stages()) {
      print.printf(
          Locale.ROOT,
          "%-28s %-20s %8s  %s%s%n",
          stage.name(),
          stage.value().toString().replace("Tensor", ""),
          stage.time().runs() == 0
              ? ""
              : String.format(Locale.ROOT, "%.2f ms", stage.time().millis()),
          stage.source(),
          stage.recomputed() ? " (recomputed)" : "");
    }
    for (TrainingPatch near : trace.nearest()) {
      print.printf(
          Locale.ROOT,
          "nearest training patch at %.4f: %s%n",
          near.neighbour().distance(),
          near.neighbour().origin());
    }
    print.printf(
        Locale.ROOT,
        "%s, score %.4f; patch row %d, column %d%npage: %s%n",
        trace.anomalous() ? "anomalous" : "normal",
        trace.score(),
        trace.row(),
        trace.column(),
        Printable.line("" + out.resolve("trace.html")));
  }
}
