package kintsugi.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kintsugi.OutputFolder;
import kintsugi.detector.Calibration;
import kintsugi.experiment.Evaluation;
import kintsugi.experiment.Experiment;
import kintsugi.metric.RocCurve;

/**
 * The report of an experiment: {@code metrics.json}, {@code scores.csv} and {@code report.html},
 * one page that opens from disk with no network.
 */
public final class EvaluationReport {
  private EvaluationReport() {}

  /**
   * The text around the figures.
   *
   * @param title names what was evaluated
   * @param command the command line that makes it again
   * @param notes warnings for the reader, such as weights that were never trained
   */
  public record Heading(String title, String command, List<String> notes) {}

  /**
   * A row of {@code scores.csv}. The column {@code found_anomalous}, the prediction, keeps its old
   * name for one more release.
   */
  private record Row(
      String file, boolean anomalous, double score, boolean foundAnomalous, String label) {}

  /** A threshold and its rates. */
  private record CurvePoint(
      double threshold, double falsePositiveRate, double truePositiveRate, double precision) {}

  /** The data of the page's script. */
  private record Contents(
      Heading heading,
      Metrics metrics,
      Calibration calibration,
      List<CurvePoint> curve,
      PageColours colours,
      List<Gallery.Item> images) {}

  /**
   * {@return the folder of the files, open}
   *
   * @param folder where they go
   * @param command which writes them
   * @param images which images the page shows
   * @throws kintsugi.InputException if it cannot be written, or has another's files of these names
   */
  public static OutputFolder open(Path folder, String command, ReportImages images) {
    List<String> names = new ArrayList<>(List.of("metrics.json", "scores.csv", "report.html"));
    if (images == ReportImages.ALL) {
      names.add(Gallery.FOLDER + "/");
    }
    return OutputFolder.of(folder, command, names);
  }

  /**
   * Runs an experiment and writes all three files, or none of them.
   *
   * @param out where they go
   * @param images which images the page shows
   * @param heading the text around the figures
   * @param experiment not begun yet
   * @return the content of {@code metrics.json}
   * @throws kintsugi.InputException if the files cannot be written, or the experiment fails
   */
  public static Metrics write(
      OutputFolder out, ReportImages images, Heading heading, Experiment experiment) {
    Gallery gallery = new Gallery(images, experiment.testImages(), out);
    experiment.forEachRemaining(gallery::add);
    Experiment.Result result = experiment.result();
    long start = System.nanoTime();
    Metrics metrics = Metrics.of(result, experiment.session(), gallery.seconds());
    out.write("report.html", file -> writePage(file, heading, result, metrics, gallery));
    String scores = Csv.of(Row.class, rows(result.evaluation()));
    out.write("scores.csv", file -> Files.writeString(file, scores));
    metrics.addReport((System.nanoTime() - start) / 1e9);
    out.write("metrics.json", file -> Files.writeString(file, Json.pretty(metrics)));
    out.commit();
    return metrics;
  }

  private static List<Row> rows(Evaluation evaluation) {
    return evaluation.outcomes().stream()
        .map(
            o ->
                new Row(
                    o.sample().file().toString(),
                    o.sample().anomalous(),
                    o.score(),
                    o.predictedAnomalous(),
                    o.sample().label()))
        .toList();
  }

  private static void writePage(
      Path file, Heading heading, Experiment.Result result, Metrics metrics, Gallery gallery)
      throws IOException {
    RocCurve roc = result.evaluation().roc();
    List<CurvePoint> curve =
        roc.points().stream()
            .map(
                p ->
                    new CurvePoint(
                        p.threshold(),
                        p.falsePositiveRate(),
                        p.truePositiveRate(),
                        roc.precision(p)))
            .toList();
    Calibration calibration = result.model().requireCalibration();
    StringBuilder images = new StringBuilder();
    Contents contents =
        new Contents(
            heading,
            metrics,
            calibration,
            curve,
            PageColours.of(calibration.colours().in(calibration::normalise)),
            gallery.items(images));
    Page.write(file, "report", List.of("charts", "gallery", "report"), contents, images);
  }
}
