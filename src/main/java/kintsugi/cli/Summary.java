package kintsugi.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import kintsugi.detector.Evaluation;
import kintsugi.detector.Explanation;
import kintsugi.metric.Bootstrap;
import kintsugi.metric.ConfusionMatrix;
import kintsugi.metric.FalsePositiveRate;
import kintsugi.report.Metrics;
import picocli.CommandLine.Model.CommandSpec;

/** An evaluation in a few lines of text. */
final class Summary {
  private Summary() {}

  /** What a threshold promises, in one line. */
  static String falsePositives(FalsePositiveRate rate) {
    return String.format(
        "of normal pictures %.2f %% are expected to be called anomalous (95 %% confidence: %.2f to"
            + " %.2f %%; %d of %d known ones are)",
        100 * rate.expected(), 100 * rate.low(), 100 * rate.high(), rate.found(), rate.normals());
  }

  /** The boxes and patches of a picture, a line each. */
  static String explanation(Explanation explanation) {
    StringBuilder text = new StringBuilder();
    for (Explanation.Box box : explanation.boxes()) {
      text.append(
          String.format(
              "    box %.0f,%.0f %.0fx%.0f, peak %.3f%n",
              box.x(), box.y(), box.width(), box.height(), box.peak()));
    }
    for (Explanation.Patch patch : explanation.patches()) {
      text.append(
          String.format(
              "    patch row %d column %d, distance %.2f:",
              patch.row(), patch.column(), patch.distance()));
      for (Explanation.Channel channel : patch.channels()) {
        text.append(
            String.format(
                " %s[%d] %.0f %%", channel.tap(), channel.channel(), 100 * channel.share()));
      }
      text.append(System.lineSeparator());
    }
    return text.toString();
  }

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
    Bootstrap.Interval auroc = metrics.confidence95().imageAuroc();
    Bootstrap.Interval accuracy = metrics.confidence95().accuracy();
    out.printf(
        "95 %% confidence: AUROC %.4f to %.4f, accuracy %.4f to %.4f%n",
        auroc.low(), auroc.high(), accuracy.low(), accuracy.high());
    if (metrics.pixelAuroc() != null) {
      out.printf(
          "pixel AUROC %.4f, AUPRO %.4f, best pixel F1 %.4f (off by %.1e at most)%n",
          metrics.pixelAuroc(), metrics.aupro(), metrics.pixelF1(), metrics.pixelError());
    }
    out.printf("%-10s %15s %15s%n", "", "found normal", "found anomalous");
    out.printf("%-10s %15d %15d%n", "normal", confusion.tn(), confusion.fp());
    out.printf("%-10s %15d %15d%n", "anomalous", confusion.fn(), confusion.tp());
    if (metrics.classes().size() > 2) {
      for (Evaluation.ClassOutcome kind : metrics.classes()) {
        String against =
            Double.isNaN(kind.auroc()) ? "" : String.format(", AUROC %.4f", kind.auroc());
        out.printf(
            "%-20s %d of %d right%s%n", kind.label(), kind.right(), kind.pictures(), against);
      }
    }
    StringBuilder steps = new StringBuilder();
    metrics
        .seconds()
        .forEach((step, seconds) -> steps.append(String.format("%s %.1f s, ", step, seconds)));
    out.printf("%s%.1f ms a test picture%n", steps, metrics.msPerTestImage());
    out.println("report: " + folder.resolve("report.html"));
  }
}
