package kintsugi.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kintsugi.AtomicOutput;
import kintsugi.detector.Calibration;
import kintsugi.detector.Evaluation;
import kintsugi.detector.Model;
import kintsugi.detector.Session;
import kintsugi.metric.RocCurve;

/**
 * What an evaluation leaves behind: {@code metrics.json}, {@code scores.csv} and {@code
 * report.html}, one page that opens from disk with no network.
 */
public final class EvaluationReport {
  private EvaluationReport() {}

  /** A row of {@code scores.csv}. */
  private record Row(String file, boolean anomalous, double score, boolean foundAnomalous) {}

  /** What the page's script draws. */
  private record Page(
      String title,
      String command,
      List<String> notes,
      Metrics metrics,
      Calibration calibration,
      List<Double> normalScores,
      List<Double> anomalousScores,
      List<RocCurve.Point> roc,
      List<Gallery.Item> gallery) {}

  /**
   * Writes all three, or none of them.
   *
   * @param title says what was evaluated
   * @param command the command line that makes it again
   * @param notes what a reader must know, such as weights that were never trained
   * @throws kintsugi.InputException if they cannot be written
   */
  public static void write(
      Path folder,
      String title,
      String command,
      List<String> notes,
      Session session,
      Model model,
      Evaluation evaluation,
      Metrics metrics) {
    List<Gallery.Item> gallery = Gallery.draw(session, model, evaluation.outcomes());
    Page page =
        new Page(
            title,
            command,
            notes,
            metrics,
            model.calibration().orElseThrow(),
            scores(evaluation, false),
            scores(evaluation, true),
            evaluation.roc().points(),
            gallery);
    AtomicOutput.folder(
        folder,
        part -> {
          Files.writeString(part.resolve("metrics.json"), Json.pretty(metrics));
          Files.writeString(part.resolve("scores.csv"), Csv.of(Row.class, rows(evaluation)));
          Files.writeString(part.resolve("report.html"), html(page));
        });
  }

  private static List<Double> scores(Evaluation evaluation, boolean anomalous) {
    return evaluation.outcomes().stream()
        .filter(outcome -> outcome.sample().anomalous() == anomalous)
        .map(Evaluation.Outcome::score)
        .toList();
  }

  private static List<Row> rows(Evaluation evaluation) {
    return evaluation.outcomes().stream()
        .map(
            o ->
                new Row(
                    o.sample().file().toString(),
                    o.sample().anomalous(),
                    o.score(),
                    o.foundAnomalous()))
        .toList();
  }

  /** The template with its style, its scripts and its data put in. */
  private static String html(Page page) {
    return resource("report.html")
        .replace("/*{style}*/", resource("report.css"))
        .replace("/*{chart}*/", resource("chart.umd.js"))
        .replace("/*{data}*/", Json.forScript(page))
        .replace("/*{script}*/", resource("report.js"));
  }

  private static String resource(String name) {
    try (InputStream in = EvaluationReport.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("the program's own file " + name + " cannot be read", e);
    }
  }
}
