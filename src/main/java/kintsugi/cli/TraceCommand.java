package kintsugi.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import kintsugi.detector.Model;
import kintsugi.detector.Session;
import kintsugi.detector.Trace;
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
    description =
        "One picture through every step, each drawn with its formula, shape, range, time and class:"
            + " trace.html, and the numbers as trace.npz.")
final class TraceCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private RunOptions options;
  @Mixin private ModelOptions model;

  @Parameters(index = "0", paramLabel = "IMAGE", description = "A picture.")
  private Path image;

  @Option(
      names = "--patch",
      paramLabel = "ROW,COLUMN",
      description = "The patch to look at (default: the one with the largest distance).")
  private String patch;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where results go.")
  private Path out;

  @Override
  public Integer call() {
    if (patch != null && !patch.matches("\\d{1,5},\\d{1,5}")) {
      throw new ParameterException(
          spec.commandLine(), "--patch: a row and a column such as 12,30, not " + patch);
    }
    return options.run(this::trace);
  }

  private int trace(Session session) {
    Model calibrated = model.load(session);
    calibrated.requireCalibration(model.file);
    String[] place = patch == null ? new String[] {"-1", "-1"} : patch.split(",");
    Trace trace;
    try {
      trace =
          Trace.of(
              session, calibrated, image, Integer.parseInt(place[0]), Integer.parseInt(place[1]));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--patch: " + e.getMessage());
    }
    TraceReport.write(out, calibrated, image, Main.typed(spec), trace);
    PrintWriter print = spec.commandLine().getOut();
    for (Trace.Stage stage : trace.stages()) {
      print.printf(
          Locale.ROOT,
          "%-28s %-20s %8s  %s%n",
          stage.name(),
          stage.value().toString().replace("Tensor", ""),
          stage.millis() == 0 ? "" : "%.1f ms".formatted(stage.millis()),
          stage.source());
    }
    print.printf(
        "%s, score %.4f; patch row %d, column %d%npage: %s%n",
        trace.anomalous() ? "anomalous" : "normal",
        trace.score(),
        trace.row(),
        trace.column(),
        out.resolve("trace.html"));
    return 0;
  }
}
