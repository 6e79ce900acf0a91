package kintsugi.dataset;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import kintsugi.InputException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.csv.CsvMapper;
import tools.jackson.dataformat.csv.CsvSchema;

/**
 * A list of pictures: CSV with a header, or JSON lines. Its columns are {@code file}, {@code
 * label}, {@code split}, {@code mask} and {@code group}, of which only the first must be there;
 * others are not looked at. Paths are taken from the list's own folder.
 */
public final class FileList {
  private static final Set<String> NORMAL = Set.of("normal", "good", "ok", "0");

  private FileList() {}

  /**
   * One line.
   *
   * @param file the picture
   * @param label {@code normal}, {@code good}, {@code ok} or {@code 0}; anything else is a defect
   * @param split {@code train}, {@code calibrate} or {@code test}
   * @param mask where the picture is wrong
   * @param group what stays on one side of a split
   */
  record Line(String file, String label, String split, String mask, String group) {}

  /**
   * {@return whether a file is a list, by its name}
   *
   * @param file any file
   */
  public static boolean isList(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    return (name.endsWith(".csv") || name.endsWith(".jsonl")) && Files.isRegularFile(file);
  }

  /**
   * {@return the pictures of a list, whatever it says of them}
   *
   * @param list the list
   * @throws InputException if it cannot be read, or a line names no file
   */
  public static List<Path> files(Path list) {
    return lines(list).stream().map(line -> place(list, line.file)).toList();
  }

  /**
   * Reads a list whose lines are labelled.
   *
   * @param list the list
   * @return the samples by their sides
   * @throws InputException if it cannot be read, a line has no label or an unknown side, or only
   *     some have a side
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
                    + "; train, calibrate and test are known, or none at all");
      }
    }
    if (!open.isEmpty() && train.size() + calibrate.size() + test.size() > 0) {
      throw new InputException(
          list + ": " + open.size() + " lines have no split and others do; give all one or none");
    }
    return new DataSet(train, calibrate, test, open);
  }

  private static Sample normal(Path list, Sample sample) {
    if (sample.anomalous()) {
      throw new InputException(
          list
              + ": "
              + sample.file()
              + " is to be learnt from but is "
              + sample.label()
              + "; only normal pictures can be");
    }
    return sample;
  }

  private static Sample sample(Path list, Line line) {
    if (isBlank(line.label)) {
      throw new InputException(
          list + ": has no label for " + line.file + "; write normal or the kind of defect");
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
    try {
      List<Line> lines = rows(list, Line.class);
      if (lines.isEmpty() || lines.stream().anyMatch(line -> isBlank(line.file))) {
        throw new InputException(
            list + ": not every line names a file, or there is none; the column is called file");
      }
      return lines;
    } catch (JacksonException e) {
      String why = e.getOriginalMessage().lines().findFirst().orElse("");
      throw new InputException(list + ": is no list of pictures (" + why + ")", e);
    }
  }

  /** The lines of a CSV with a header, or of a file of JSON lines by its name. */
  static <T> List<T> rows(Path file, Class<T> type) {
    ObjectReader reader =
        file.toString().endsWith(".csv")
            ? new CsvMapper().readerFor(type).with(CsvSchema.emptySchema().withHeader())
            : JsonMapper.shared().readerFor(type);
    try (MappingIterator<T> rows =
        reader.without(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).readValues(file)) {
      return rows.readAll();
    }
  }
}
