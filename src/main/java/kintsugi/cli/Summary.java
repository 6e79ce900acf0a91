package kintsugi.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import kintsugi.detector.Calibration;
import kintsugi.detector.Explanation;
import kintsugi.experiment.ClassOutcome;
import kintsugi.metric.Bootstrap;
import kintsugi.metric.ConfusionMatrix;
import kintsugi.report.Metrics;
import kintsugi.report.Printable;
import picocli.CommandLine.Model.CommandSpec;

/** The summary of an evaluation and of explanations, in a few lines of text. */
final class Summary {
  private Summary() {}

  /** What a model's threshold does by its calibration, in a line. */
  static String rates(Calibration calibration) {
    return calibration.rates().sentence()
        + (calibration.falsePositives().known()
            ? ""
            : ": the model keeps no scores of the images it was calibrated with; calibrate it with"
                + " images again (--normal)");
  }

  /** The boxes and patches of an image, a line each. */
  static String explanation(Explanation explanation) {
    StringBuilder text = new StringBuilder();
    for (Explanation.Box box : explanation.boxes()) {
      text.append(
          String.format(
              Locale.ROOT,
              "    box %.0f,%.0f %.0fx%.0f, peak %.3f%n",
              box.x(),
              box.y(),
              box.width(),
              box.height(),
              box.peak()));
    }
    for (Explanation.Patch patch : explanation.patches()) {
      text.append(
          String.format(
              Locale.ROOT,
              "    patch row %d column %d, distance %.2f:",
              patch.row(),
              patch.column(),
              patch.distance()));
      for (Explanation.Channel channel : patch.channels()) {
        text.append(
            String.format(
                Locale.ROOT,
                " %s[%d] %.0f %%",
                channel.tap(),
                channel.channel(),
                100 * channel.share()));
      }
      patch.nearest().stream()
          .limit(1)
          .forEach(near -> text.append("; nearest training patch: ").append(near.origin()));
      text.append(System.lineSeparator());
    }
    return text.toString();
  }

  static void print(CommandSpec spec, Metrics metrics, Path folder) {
    PrintWriter out = spec.commandLine().getOut();
    ConfusionMatrix confusion = metrics.confusion();
    out.println(metrics.rates());
    out.printf(
        Locale.ROOT,
        "AUROC %.4f, accuracy %.4f, precision %s, recall %.4f, F1 %.4f at threshold %.4f%n",
        metrics.imageAuroc(),
        metrics.accuracy(),
        Double.isNaN(metrics.precision())
            ? "- (none predicted anomalous)"
            : String.format(Locale.ROOT, "%.4f", metrics.precision()),
        metrics.recall(),
        metrics.f1(),
        metrics.threshold());
    Bootstrap.Interval auroc = metrics.confidence95().imageAuroc();
    Bootstrap.Interval accuracy = metrics.confidence95().accuracy();
    out.printf(
        Locale.ROOT,
        "95 %% confidence: AUROC %.4f to %.4f, accuracy %.4f to %.4f%n",
        auroc.low(),
        auroc.high(),
        accuracy.low(),
        accuracy.high());
    if (metrics.pixelAuroc() != null) {
      out.printf(
          Locale.ROOT,
          "pixel AUROC %.4f, AUPRO %.4f, best pixel F1 %.4f (error at most %.1e)%n",
          metrics.pixelAuroc(),
          metrics.aupro(),
          metrics.pixelF1(),
          metrics.pixelError());
    }
    out.printf(Locale.ROOT, "%-10s %19s %19s%n", "", "predicted normal", "predicted anomalous");
    out.printf(Locale.ROOT, "%-10s %19d %19d%n", "normal", confusion.tn(), confusion.fp());
    out.printf(Locale.ROOT, "%-10s %19d %19d%n", "anomalous", confusion.fn(), confusion.tp());
    if (metrics.classes().size() > 2) {
      for (ClassOutcome kind : metrics.classes()) {
        String against =
            Double.isNaN(kind.auroc())
                ? ""
                : String.format(Locale.ROOT, ", AUROC %.4f", kind.auroc());
        out.printf(
            Locale.ROOT,
            "%-20s %d of %d right%s%n",
            Printable.line(kind.label()),
            kind.right(),
            kind.images(),
            against);
      }
    }
    StringBuilder steps = new StringBuilder();
    metrics
        .seconds()
        .forEach(
            (step, seconds) ->
                steps.append(String.format(Locale.ROOT, "%s %.1f s, ", step, seconds)));
    out.printf(Locale.ROOT, "%s%.1f ms per test image%n", steps, metrics.msPerTestImage());
    out.println("report: " + Printable.line("" + folder.resolve("report.html")));
  }
}
