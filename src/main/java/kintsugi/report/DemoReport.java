package kintsugi.report;

import java.util.List;
import kintsugi.OutputFolder;
import kintsugi.detector.Prediction;

/**
 * The page of a demonstration on random weights, {@code report.html}: the way of the data and some
 * heat maps, but no figure and no verdict, which would say nothing about the method.
 */
public final class DemoReport {
  private DemoReport() {}

  /**
   * An image on the page.
   *
   * @param label what is drawn in it
   * @param prediction of which the heat map is shown, and nothing else
   */
  public record Shown(String label, Prediction prediction) {}

  /** An image and its heat map as addresses. */
  private record Item(String label, String image, String heat) {}

  /** The data of the page's script. */
  private record Contents(
      EvaluationReport.Heading heading, List<String> steps, List<Item> images) {}

  /**
   * Writes the page in place of an evaluation's files.
   *
   * @param out the folder that an evaluation would go to
   * @param heading the title, the commands that bring the real thing, and why it is not shown
   * @param steps of the way, a sentence each
   * @param images some images
   * @throws kintsugi.InputException if it cannot be written
   */
  public static void write(
      OutputFolder out, EvaluationReport.Heading heading, List<String> steps, List<Shown> images) {
    List<Item> items =
        images.stream()
            .map(
                shown ->
                    new Item(
                        shown.label,
                        Encoded.url(shown.prediction.image().toImage(), "png"),
                        Encoded.url(shown.prediction.heatMap(), "png")))
            .toList();
    Contents contents = new Contents(heading, steps, items);
    out.write("report.html", file -> Page.write(file, "demo", List.of("demo"), contents, ""));
    out.commit();
  }
}
