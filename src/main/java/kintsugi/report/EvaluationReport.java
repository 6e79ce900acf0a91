package kintsugi.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import kintsugi.AtomicOutput;
import kintsugi.detector.Calibration;
import kintsugi.detector.Evaluation;
import kintsugi.detector.Experiment;
import kintsugi.detector.Session;
import kintsugi.image.HeatMap;
import kintsugi.metric.RocCurve;

/**
 * What an evaluation leaves behind: {@code metrics.json}, {@code scores.csv} and {@code
 * report.html}, one page that opens from disk with no network.
 */
public final class EvaluationReport {
  private EvaluationReport() {}

  /**
   * What stands around the figures.
   *
   * @param title says what was evaluated
   * @param command the command line that makes it again
   * @param notes what a reader must know, such as weights that were never trained
   */
  public record Heading(String title, String command, List<String> notes) {}

  /** A row of {@code scores.csv}. */
  private record Row(
      String file, boolean anomalous, double score, boolean foundAnomalous, String label) {}

  /** A threshold and what it gives. */
  private record CurvePoint(
      double threshold, double falsePositiveRate, double truePositiveRate, double precision) {}

  /** How heat maps are coloured: red, green, blue and opacity at equal steps from 0 to 1. */
  private record Colours(double[] red, double[] green, double[] blue, double[] opacity) {
    private static final int STEPS = 32;

    private static Colours ofHeatMaps() {
      double[][] bands = HeatMap.colours();
      double[] opacity =
          IntStream.rangeClosed(0, STEPS)
              .mapToDouble(i -> HeatMap.opacity((double) i / STEPS))
              .toArray();
      return new Colours(bands[0], bands[1], bands[2], opacity);
    }
  }

  /** What the page's script shows. */
  private record Contents(
      Heading heading,
      Metrics metrics,
      Calibration calibration,
      List<CurvePoint> curve,
      Colours colours,
      List<Gallery.Item> pictures) {}

  /**
   * Runs an evaluation and writes all three files, or none of them.
   *
   * @param folder where they go
   * @param images which pictures the page shows
   * @param expected how many pictures will be tested
   * @param heading what stands around the figures
   * @param session the engine, the weights and the threads
   * @param work evaluates; what it is given sees each picture while its map is at hand
   * @return what {@code metrics.json} holds
   * @throws kintsugi.InputException if the files cannot be written, or the work fails
   */
  public static Metrics write(
      Path folder,
      ReportImages images,
      int expected,
      Heading heading,
      Session session,
      Function<Consumer<Evaluation.Seen>, Experiment> work) {
    Metrics[] metrics = new Metrics[1];
    AtomicOutput.folder(
        folder,
        part -> {
          Gallery gallery = new Gallery(images, expected, part);
          try {
            Experiment experiment = work.apply(gallery);
            long start = System.nanoTime();
            metrics[0] = Metrics.of(session, experiment, gallery.seconds());
            writePage(part.resolve("report.html"), heading, experiment, metrics[0], gallery);
            List<Row> rows = rows(experiment.evaluation());
            Files.writeString(part.resolve("scores.csv"), Csv.of(Row.class, rows));
            metrics[0].addReport((System.nanoTime() - start) / 1e9);
            Files.writeString(part.resolve("metrics.json"), Json.pretty(metrics[0]));
          } catch (UncheckedIOException e) {
            throw e.getCause();
          }
        });
    return metrics[0];
  }

  private static List<Row> rows(Evaluation evaluation) {
    return evaluation.outcomes().stream()
        .map(
            o ->
                new Row(
                    o.sample().file().toString(),
                    o.sample().anomalous(),
                    o.score(),
                    o.foundAnomalous(),
                    o.sample().label()))
        .toList();
  }

  private static void writePage(
      Path file, Heading heading, Experiment experiment, Metrics metrics, Gallery gallery)
      throws IOException {
    RocCurve roc = experiment.evaluation().roc();
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
    StringBuilder images = new StringBuilder();
    Contents contents =
        new Contents(
            heading,
            metrics,
            experiment.model().calibration().orElseThrow(),
            curve,
            Colours.ofHeatMaps(),
            gallery.items(images));
    Page.write(file, "report", List.of("charts", "gallery", "report"), contents, images);
  }
}
