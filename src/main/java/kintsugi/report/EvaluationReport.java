package kintsugi.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import kintsugi.OutputFolder;
import kintsugi.dataset.Sample;
import kintsugi.detector.Calibration;
import kintsugi.detector.Finding;
import kintsugi.detector.Model;
import kintsugi.experiment.Evaluation;
import kintsugi.experiment.Experiment;
import kintsugi.experiment.Judged;
import kintsugi.experiment.Outcome;
import kintsugi.image.Pixels;
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
   * @param setThreshold the command that sets another threshold, up to its value; null where there
   *     is none
   */
  public record Heading(
      String title,
      String command,
      List<String> notes,
      @JsonInclude(JsonInclude.Include.NON_NULL) String setThreshold) {
    /**
     * A heading without a command that sets another threshold.
     *
     * @param title names what was evaluated
     * @param command the command line that makes it again
     * @param notes warnings for the reader
     */
    public Heading(String title, String command, List<String> notes) {
      this(title, command, notes, null);
    }
  }

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
      List<Item> images) {}

  /**
   * One test image as the page has it.
   *
   * @param regionsDisagree whether the model's verdict and the regions contradict one another
   * @param sentence what the model found
   * @param original the address of its file
   * @param drawing null where it is not shown
   */
  private record Item(
      String file,
      String label,
      boolean anomalous,
      double score,
      boolean regionsDisagree,
      String sentence,
      String original,
      Gallery.Drawing drawing) {

    private static Item of(Outcome outcome, Finding finding, Path page, Gallery.Drawing drawing) {
      Sample sample = outcome.sample();
      return new Item(
          sample.file().toString(),
          sample.label(),
          sample.anomalous(),
          outcome.score(),
          finding.regionsDisagree(),
          finding.sentence(),
          Page.address(page, sample.file()),
          drawing);
    }
  }

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
    List<Finding> findings = new ArrayList<>();
    long finding = 0;
    while (experiment.hasNext()) {
      Judged judged = experiment.next();
      draw(judged, gallery);
      long start = System.nanoTime();
      findings.add(Finding.of(judged.model(), judged.scored()));
      finding += System.nanoTime() - start;
    }
    Experiment.Result result = experiment.result();
    long start = System.nanoTime();
    Metrics metrics = Metrics.of(result, experiment.session(), gallery.seconds() + finding / 1e9);
    out.write(
        "report.html",
        file -> writePage(file, out.folder(), heading, result, metrics, findings, gallery));
    String scores = Csv.of(Row.class, rows(result.evaluation()));
    out.write("scores.csv", file -> Files.writeString(file, scores));
    metrics.addReport((System.nanoTime() - start) / 1e9);
    out.write("metrics.json", file -> Files.writeString(file, Json.pretty(metrics)));
    out.commit();
    return metrics;
  }

  /** Those with a right prediction are left out of the page first, at random. */
  private static void draw(Judged judged, Gallery gallery) {
    Outcome outcome = judged.outcome();
    double chance = new SplittableRandom(gallery.size()).nextDouble();
    Pixels image = judged.scored().image();
    Model model = judged.model();
    gallery.add(
        chance + (outcome.isRight() ? 0 : 1),
        side ->
            Thumbnail.of(
                image,
                judged.scored().map(Float.NaN),
                model.recipe().preprocessing().toImage(image.width(), image.height()),
                model.requireCalibration().colours(),
                judged.mask(),
                side));
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
      Path file,
      Path folder,
      Heading heading,
      Experiment.Result result,
      Metrics metrics,
      List<Finding> findings,
      Gallery gallery)
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
    List<Gallery.Drawing> drawings = gallery.drawings(images);
    List<Outcome> outcomes = result.evaluation().outcomes();
    List<Item> items =
        IntStream.range(0, outcomes.size())
            .mapToObj(i -> Item.of(outcomes.get(i), findings.get(i), folder, drawings.get(i)))
            .toList();
    Contents contents =
        new Contents(
            heading,
            metrics,
            calibration.withoutScores(),
            curve,
            PageColours.of(calibration.colours().in(calibration::normalise)),
            items);
    Page.write(
        file,
        "report",
        List.of("charts", "heat", "zoom", "gallery", "outcomes", "report"),
        contents,
        images);
  }
}
