package kintsugi.dataset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import kintsugi.InputException;
import kintsugi.weights.JsonText;

/**
 * A list of images: CSV with a header, or JSON lines. Its columns are {@code file}, {@code label},
 * {@code split}, {@code mask} and {@code group}, of which only the first is required; other columns
 * are ignored. Paths are relative to the list's own folder.
 */
public final class FileList {
  private static final Set<String> NORMAL = Set.of("normal", "good", "ok", "0");

  private FileList() {}

  /**
   * One line.
   *
   * @param file the image
   * @param label {@code normal}, {@code good}, {@code ok} or {@code 0}; anything else is a defect
   * @param split {@code train}, {@code calibrate} or {@code test}
   * @param mask the mask of the defect
   * @param group the name of a group that stays in one subset of the split
   */
  record Line(String file, String label, String split, String mask, String group) {}

  /**
   * {@return whether a file is a list, judged by its name}
   *
   * @param file any file
   */
  public static boolean isList(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    return (name.endsWith(".csv") || name.endsWith(".jsonl")) && Files.isRegularFile(file);
  }

  /**
   * {@return the images of a list, regardless of their labels}
   *
   * @param list the list
   * @throws InputException if it cannot be read, or a line does not name a file
   */
  public static List<Path> files(Path list) {
    return lines(list).stream().map(line -> place(list, line.file)).toList();
  }

  /**
   * Reads a list whose lines are labelled.
   *
   * @param list the list
   * @return the samples by their subsets
   * @throws InputException if it cannot be read, a line has no label or an unknown subset, or only
   *     some lines name a subset
   */
  public static DataSet read(Path list) {
    List<Sample> train = new ArrayList<>();
    List<Sample> calibrate = new ArrayList<>();
    List<Sample> test = new ArrayList<>();
    List<Sample> open = new ArrayList<>();
    for (Line line : lines(list)) {
      Sample sample = sample(list, line);
      switch (line.split == null ? "" : line.split) {
        case "" -> open.add(sample);
        case "train" -> train.add(normal(list, sample));
        case "calibrate" -> calibrate.add(sample);
        case "test" -> test.add(sample);
        default ->
            throw new InputException(
                list
                    + ": has the split "
                    + line.split
                    + "; write train, calibrate or test, or leave the column empty in every line");
      }
    }
    if (!open.isEmpty() && train.size() + calibrate.size() + test.size() > 0) {
      throw new InputException(
          list
              + ": "
              + open.size()
              + " of the lines have no split, the others do; fill the column in every line or in"
              + " none");
    }
    return new DataSet(train, calibrate, test, open);
  }

  private static Sample normal(Path list, Sample sample) {
    if (sample.anomalous()) {
      throw new InputException(
          list
              + ": "
              + sample.file()
              + " is in the training subset but has the label "
              + sample.label()
              + "; put only normal images there");
    }
    return sample;
  }

  private static Sample sample(Path list, Line line) {
    if (isBlank(line.label)) {
      throw new InputException(
          list + ": has no label for " + line.file + "; write normal or the class of the defect");
    }
    Path file = place(list, line.file);
    boolean anomalous = !NORMAL.contains(line.label.toLowerCase(Locale.ROOT));
    Path mask = anomalous && !isBlank(line.mask) ? place(list, line.mask) : null;
    Sample sample = anomalous ? new Sample(file, true, line.label, mask) : Sample.normal(file);
    return isBlank(line.group) ? sample : sample.in(line.group);
  }

  private static boolean isBlank(String text) {
    return text == null || text.isBlank();
  }

  private static Path place(Path list, String file) {
    return list.resolveSibling(file);
  }

  private static List<Line> lines(Path list) {
    List<Line> lines =
        rows(list).stream()
            .map(
                row ->
                    new Line(
                        row.get("file"),
                        row.get("label"),
                        row.get("split"),
                        row.get("mask"),
                        row.get("group")))
            .toList();
    if (lines.isEmpty() || lines.stream().anyMatch(line -> isBlank(line.file))) {
      throw new InputException(
          list + ": is empty or has lines without a file; name one in the column file");
    }
    return lines;
  }

  /** The lines of a CSV file with a header, or of a file of JSON lines; the name tells which. */
  static List<Map<String, String>> rows(Path file) {
    try {
      return file.toString().toLowerCase(Locale.ROOT).endsWith(".csv")
          ? CsvRows.read(file)
          : jsonRows(file);
    } catch (NoClassDefFoundError e) {
      throw new InputException(
          file
              + ": reading CSV needs the library tools.jackson.dataformat:jackson-dataformat-csv,"
              + " which is missing; add it to the program, or use a list of JSON lines (.jsonl)",
          e);
    } catch (IllegalArgumentException | IOException e) {
      throw new InputException(
          file
              + ": is not a list of images ("
              + String.valueOf(e.getMessage()).lines().findFirst().orElse("")
              + "); write CSV with a header, or JSON lines",
          e);
    }
  }

  private static List<Map<String, String>> jsonRows(Path file) throws IOException {
    List<Map<String, String>> rows = new ArrayList<>();
    // Some programs on Windows begin a file with a byte-order mark.
    String text = Files.readString(file).replaceFirst("^\\uFEFF", "");
    for (String line : text.lines().filter(line -> !line.isBlank()).toList()) {
      rows.add(row(JsonText.parse(line)));
    }
    return rows;
  }

  private static Map<String, String> row(Object value) {
    if (!(value instanceof Map<?, ?> object)) {
      throw new IllegalArgumentException("a line is not a JSON object");
    }
    Map<String, String> row = new HashMap<>();
    object.forEach((name, text) -> row.put("" + name, text == null ? null : text.toString()));
    return row;
  }
}
