package kintsugi.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import kintsugi.metric.ConfusionMatrix;
import kintsugi.report.Metrics;
import picocli.CommandLine.Model.CommandSpec;

/** An evaluation in a few lines of text. */
final class Summary {
  private Summary() {}

  static void print(CommandSpec spec, Metrics metrics, Path folder) {
    PrintWriter out = spec.commandLine().getOut();
    ConfusionMatrix confusion = metrics.confusion();
    out.printf(
        "AUROC %.4f, accuracy %.4f, precision %.4f, recall %.4f, F1 %.4f at threshold %.4f%n",
        metrics.imageAuroc(),
        metrics.accuracy(),
        metrics.precision(),
        metrics.recall(),
        metrics.f1(),
        metrics.threshold());
    out.printf("%-10s %15s %15s%n", "", "found normal", "found anomalous");
    out.printf("%-10s %15d %15d%n", "normal", confusion.tn(), confusion.fp());
    out.printf("%-10s %15d %15d%n", "anomalous", confusion.fn(), confusion.tp());
    StringBuilder steps = new StringBuilder();
    metrics
        .seconds()
        .forEach((step, seconds) -> steps.append(String.format("%s %.1f s, ", step, seconds)));
    out.printf("%s%.1f ms a test picture%n", steps, metrics.msPerTestImage());
    out.println("report: " + folder.resolve("report.html"));
  }
}
