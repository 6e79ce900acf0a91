package kintsugi.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import kintsugi.OutputFolder;
import kintsugi.experiment.Grid;

/**
 * The report of a grid: {@code grid.html}, {@code grid.json}, {@code grid.csv}, and {@code
 * results.md}, the table for a document.
 */
public final class GridReport {
  /** The figures of the tables, by the names that they have in {@code metrics.json}. */
  private static final Map<String, String> FIGURES = figures();

  private GridReport() {}

  /**
   * The text around the figures.
   *
   * @param title names the data
   * @param command the command line that makes it again
   * @param warnings what a person should know of the data, a line each
   * @param failures the experiments that could not be run, a line each
   */
  public record Heading(
      String title, String command, List<String> warnings, List<String> failures) {}

  /** A row of the table. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record Line(
      String object,
      String recipe,
      int seeds,
      Double imageAuroc,
      Double imageAurocLow,
      Double imageAurocHigh,
      Double averagePrecision,
      Double averagePrecisionLow,
      Double averagePrecisionHigh,
      Double f1,
      Double f1Low,
      Double f1High,
      Double pixelAuroc,
      Double pixelAurocLow,
      Double pixelAurocHigh,
      Double aupro,
      Double auproLow,
      Double auproHigh,
      Double msPerTestImage) {}

  /** The data of the page's script. */
  private record Contents(
      Heading heading, Map<String, String> names, List<Grid.Row> rows, List<Run> runs) {}

  /** An experiment and its page. */
  private record Run(String object, String recipe, String page, Comparison.Run figures) {}

  private static Map<String, String> figures() {
    Map<String, String> figures = new LinkedHashMap<>();
    figures.put("image_auroc", "image AUROC");
    figures.put("average_precision", "average precision");
    figures.put("f1", "F1");
    figures.put("pixel_auroc", "pixel AUROC");
    figures.put("aupro", "AUPRO");
    figures.put("ms_per_test_image", "ms per image");
    return figures;
  }

  /**
   * {@return the folder of the files, open}
   *
   * @param folder where they go
   * @throws kintsugi.InputException if it cannot be written, or has another's files of these names
   */
  public static OutputFolder open(Path folder) {
    return OutputFolder.of(
        folder, "grid", List.of("grid.html", "grid.json", "grid.csv", "results.md"));
  }

  /**
   * Writes all files, or none of them.
   *
   * @param out where they go
   * @param folder the same folder, in which the experiments' own folders are
   * @param heading the text around the figures
   * @param done the experiments that were run
   * @return the means over the seeds
   * @throws kintsugi.InputException if a file cannot be read or written
   */
  public static List<Grid.Row> write(
      OutputFolder out, Path folder, Heading heading, List<Grid.Cell> done) {
    List<Comparison.Run> runs =
        done.isEmpty()
            ? List.of()
            : Comparison.read(done.stream().map(cell -> cell.folder(folder)).toList()).runs();
    List<Grid.Outcome> outcomes = new ArrayList<>();
    List<Run> pages = new ArrayList<>();
    for (int i = 0; i < done.size(); i++) {
      Grid.Cell cell = done.get(i);
      Path page = folder.relativize(cell.folder(folder)).resolve("report.html");
      String address = page.toString().replace(page.getFileSystem().getSeparator(), "/");
      outcomes.add(
          new Grid.Outcome(cell.object(), cell.label(), cell.seed(), figures(runs.get(i))));
      pages.add(new Run(cell.object(), cell.label(), address, runs.get(i)));
    }
    List<Grid.Row> rows = Grid.rows(outcomes);
    Contents contents = new Contents(heading, FIGURES, rows, pages);
    out.write("grid.html", file -> Page.write(file, "grid", List.of("grid"), contents, ""));
    out.write("grid.json", file -> Files.writeString(file, Json.pretty(contents)));
    List<Line> lines = rows.stream().map(GridReport::line).toList();
    out.write("grid.csv", file -> Files.writeString(file, Csv.of(Line.class, lines)));
    String text = markdown(heading, rows);
    out.write("results.md", file -> Files.writeString(file, text));
    out.commit();
    return rows;
  }

  private static Map<String, Double> figures(Comparison.Run run) {
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("image_auroc", run.imageAuroc());
    figures.put("average_precision", run.averagePrecision());
    figures.put("f1", run.f1());
    figures.put("pixel_auroc", run.pixelAuroc());
    figures.put("aupro", run.aupro());
    figures.put("ms_per_test_image", run.msPerTestImage());
    figures.values().removeIf(Objects::isNull);
    return figures;
  }

  private static Line line(Grid.Row row) {
    Grid.Mean none = new Grid.Mean(Double.NaN, Double.NaN, Double.NaN);
    Grid.Mean[] of =
        FIGURES.keySet().stream()
            .map(name -> row.figures().getOrDefault(name, none))
            .toArray(Grid.Mean[]::new);
    return new Line(
        row.object(),
        row.recipe(),
        row.seeds().size(),
        known(of[0].mean()),
        known(of[0].low()),
        known(of[0].high()),
        known(of[1].mean()),
        known(of[1].low()),
        known(of[1].high()),
        known(of[2].mean()),
        known(of[2].low()),
        known(of[2].high()),
        known(of[3].mean()),
        known(of[3].low()),
        known(of[3].high()),
        known(of[4].mean()),
        known(of[4].low()),
        known(of[4].high()),
        known(of[5].mean()));
  }

  private static Double known(double value) {
    return Double.isNaN(value) ? null : value;
  }

  /**
   * {@return the table as Markdown, with the command line that makes it and the warnings}
   *
   * @param heading the text around the figures
   * @param rows the means over the seeds
   */
  private static String markdown(Heading heading, List<Grid.Row> rows) {
    List<String> names =
        FIGURES.keySet().stream()
            .filter(name -> rows.stream().anyMatch(row -> row.figures().containsKey(name)))
            .toList();
    StringBuilder text = new StringBuilder("```sh\n").append(heading.command()).append("\n```\n\n");
    text.append("| object | recipe | seeds |");
    names.forEach(name -> text.append(' ').append(FIGURES.get(name)).append(" |"));
    text.append("\n|---|---|---|").append("---|".repeat(names.size())).append('\n');
    for (Grid.Row row : rows) {
      String object = row.object().isEmpty() ? "**mean**" : cell(row.object());
      text.append("| ").append(object).append(" | `").append(cell(row.recipe())).append("` | ");
      text.append(
          row.seeds().stream().map(String::valueOf).collect(Collectors.joining(", ", "", " |")));
      names.forEach(
          name -> text.append(' ').append(figure(name, row.figures().get(name))).append(" |"));
      text.append('\n');
    }
    notes(text, "Warnings", heading.warnings());
    notes(text, "Not run", heading.failures());
    return text.toString();
  }

  private static String cell(String text) {
    return Printable.line(text).replace("|", "\\|");
  }

  private static void notes(StringBuilder text, String title, List<String> notes) {
    if (!notes.isEmpty()) {
      text.append('\n').append(title).append(":\n\n");
      notes.forEach(note -> text.append("- ").append(Printable.line(note)).append('\n'));
    }
  }

  /**
   * {@return a figure with its interval, as a table has it}
   *
   * @param name the figure's name
   * @param mean the figure, or null where there is none
   */
  public static String figure(String name, Grid.Mean mean) {
    if (mean == null) {
      return "–";
    }
    if (name.startsWith("ms_")) {
      return String.format(Locale.ROOT, "%.1f", mean.mean());
    }
    String value = String.format(Locale.ROOT, "%.4f", mean.mean());
    return Double.isNaN(mean.low())
        ? value
        : String.format(Locale.ROOT, "%s (%.4f to %.4f)", value, mean.low(), mean.high());
  }
}
