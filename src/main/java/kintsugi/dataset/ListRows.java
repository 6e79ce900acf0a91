package kintsugi.dataset;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.weights.JsonText;

/**
 * The rows of a list, whose content tells whether it is CSV with a header ({@code ,}, {@code ;} or
 * tab between the values), JSON lines, a JSON array, or plain paths, one on a line.
 */
final class ListRows {
  /** The names of the column of files, in order of preference. */
  static final List<String> FILE =
      List.of(
          "file",
          "filename",
          "filepath",
          "path",
          "image",
          "imagepath",
          "imagefile",
          "imagename",
          "img",
          "imgpath",
          "fullname",
          "fullpath",
          "sourcefile",
          "sourceref",
          "uri");

  private static final List<Character> SEPARATORS = List.of(',', ';', '\t');

  private ListRows() {}

  /**
   * One row.
   *
   * @param place where it is, such as {@code line 3}
   * @param values by the columns' names in small letters without {@code -}, {@code _} and blanks
   */
  record Row(String place, Map<String, Object> values) {
    /**
     * {@return the first of these columns that has a value, trimmed}
     *
     * @throws IllegalArgumentException if a column up to that has a JSON object or array
     */
    Optional<String> text(List<String> columns) {
      return columns.stream().map(this::cell).filter(cell -> !cell.isEmpty()).findFirst();
    }

    private String cell(String column) {
      Object value = values.get(column);
      // Passed over, an unread label would make an anomalous image one to learn from.
      if (value instanceof Map<?, ?> || value instanceof List<?>) {
        throw new IllegalArgumentException(
            "has an object or an array for " + column + "; write text or a number");
      }
      return value == null ? "" : value.toString().strip();
    }

    Optional<String> text(String column) {
      return text(List.of(column));
    }
  }

  /**
   * {@return the rows that are not blank}
   *
   * @throws InputException if the file is not a list
   */
  static List<Row> of(Path file) {
    String text = ListText.read(file);
    try {
      String start = text.stripLeading();
      if (start.indexOf('\0') >= 0) {
        throw new IllegalArgumentException("it is not text");
      }
      return start.startsWith("{") || start.startsWith("[") ? json(text) : lines(text);
    } catch (NoClassDefFoundError e) {
      throw new InputException(
          file
              + ": reading CSV needs the library tools.jackson.dataformat:jackson-dataformat-csv,"
              + " which is missing; add it to the program, or use a list of JSON lines (.jsonl)",
          e);
    } catch (IllegalArgumentException e) {
      throw new InputException(
          file
              + ": is not a list of images ("
              + String.valueOf(e.getMessage()).lines().findFirst().orElse("")
              + "); write CSV with a header, JSON lines, or one path on each line",
          e);
    }
  }

  private static List<Row> json(String text) {
    List<Row> rows = new ArrayList<>();
    if (text.stripLeading().startsWith("[")) {
      List<?> all = (List<?>) JsonText.parse(text);
      for (int i = 0; i < all.size(); i++) {
        rows.add(row("entry " + (i + 1), all.get(i)));
      }
      return rows;
    }
    List<String> lines = text.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).isBlank()) {
        String place = "line " + (i + 1);
        try {
          rows.add(row(place, JsonText.parse(lines.get(i))));
        } catch (IllegalArgumentException e) {
          String problem = isJson(text) ? "it is one JSON value on several lines" : e.getMessage();
          throw new IllegalArgumentException(place + ": " + problem, e);
        }
      }
    }
    return rows;
  }

  private static boolean isJson(String text) {
    try {
      JsonText.parse(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static Row row(String place, Object value) {
    if (value instanceof String path) {
      return new Row(place, Map.of(FILE.getFirst(), path));
    }
    if (!(value instanceof Map<?, ?> object)) {
      throw new IllegalArgumentException("it is not a JSON object");
    }
    Map<String, Object> row = new LinkedHashMap<>();
    object.forEach((name, cell) -> row.putIfAbsent(column("" + name), cell));
    return new Row(place, row);
  }

  private static List<Row> lines(String text) {
    List<String> lines =
        text.lines().filter(line -> !line.isBlank()).dropWhile(ListRows::isRemark).toList();
    if (lines.isEmpty()) {
      return List.of();
    }
    Optional<Character> named = named(lines.getFirst());
    String header = named.isPresent() && lines.size() > 1 ? lines.get(1) : lines.getFirst();
    Optional<Character> separator = named.or(() -> separator(header));
    if (separator.isEmpty() && lines.stream().allMatch(l -> isPath(l) || isRemark(l))) {
      return paths(text);
    }
    return csv(text, separator.orElseGet(() -> mostFrequent(header)));
  }

  /** The separator with which a line names the column of files. */
  private static Optional<Character> separator(String line) {
    return SEPARATORS.stream()
        .filter(s -> header(line, s).stream().anyMatch(FILE::contains))
        .max(Comparator.comparingInt(s -> header(line, s).size()));
  }

  /** A line such as PowerShell's {@code #TYPE}: not a header, nor the name of an image. */
  private static boolean isRemark(String line) {
    return unquoted(line).startsWith("#") && !isPath(line) && separator(line).isEmpty();
  }

  /** The separator that some spreadsheets name in a line of its own, {@code sep=;}. */
  private static Optional<Character> named(String first) {
    String line = unquoted(first);
    return line.length() >= 5
            && line.toLowerCase(Locale.ROOT).startsWith("sep=")
            && line.substring(5).isBlank()
        ? Optional.of(line.charAt(4))
        : Optional.empty();
  }

  private static char mostFrequent(String header) {
    return SEPARATORS.stream()
        .max(Comparator.comparingInt(s -> header(header, s).size()))
        .orElseThrow();
  }

  private static List<String> header(String line, char separator) {
    return Stream.of(line.split(separator == '\t' ? "\t" : "" + separator, -1))
        .map(ListRows::column)
        .toList();
  }

  private static String column(String name) {
    return name.strip().toLowerCase(Locale.ROOT).replaceAll("[-_\"\\s]", "");
  }

  private static boolean isPath(String line) {
    return FolderContents.hasImageName(unquoted(line));
  }

  private static String unquoted(String line) {
    String plain = line.strip();
    boolean quoted = plain.length() > 1 && plain.startsWith("\"") && plain.endsWith("\"");
    return quoted ? plain.substring(1, plain.length() - 1) : plain;
  }

  private static List<Row> paths(String text) {
    List<Row> rows = new ArrayList<>();
    int line = 0;
    for (String path : text.lines().toList()) {
      line++;
      if (!path.isBlank() && !isRemark(path)) {
        rows.add(new Row("line " + line, Map.of(FILE.getFirst(), unquoted(path))));
      }
    }
    return rows;
  }

  private static List<Row> csv(String text, char separator) {
    List<CsvRows.Cells> rest =
        CsvRows.read(text, separator).stream().dropWhile(ListRows::isBeforeHeader).toList();
    if (rest.isEmpty()) {
      return List.of();
    }
    List<String> columns = rest.getFirst().cells().stream().map(ListRows::column).toList();
    if (columns.stream().noneMatch(FILE::contains)) {
      throw new IllegalArgumentException(
          "line "
              + rest.getFirst().line()
              + " should name the columns, one of them file (or path, image, filename); it has "
              + shown(rest.getFirst().cells()));
    }
    List<Row> rows = new ArrayList<>();
    for (CsvRows.Cells cells : rest.subList(1, rest.size())) {
      rows.add(row(columns, cells));
    }
    return rows;
  }

  private static boolean isBeforeHeader(CsvRows.Cells cells) {
    String first = cells.cells().getFirst();
    boolean named = cells.cells().stream().map(ListRows::column).anyMatch(FILE::contains);
    return !named && (first.startsWith("#") || first.toLowerCase(Locale.ROOT).startsWith("sep="));
  }

  private static Row row(List<String> columns, CsvRows.Cells cells) {
    String place = "line " + cells.line();
    Map<String, Object> values = new LinkedHashMap<>();
    for (int i = 0; i < cells.cells().size(); i++) {
      String value = cells.cells().get(i);
      if (i < columns.size()) {
        values.putIfAbsent(columns.get(i), value);
      } else if (!value.isEmpty()) {
        throw new IllegalArgumentException(
            place
                + " has "
                + cells.cells().size()
                + " values, the header "
                + columns.size()
                + "; put values with a separator in quotes");
      }
    }
    return new Row(place, values);
  }

  private static String shown(List<String> cells) {
    return cells.stream().limit(6).map(ListRows::shortened).toList()
        + (cells.size() > 6 ? " and more" : "");
  }

  private static String shortened(String cell) {
    return cell.length() > 40 ? cell.substring(0, 40) + "…" : cell;
  }

  /** {@return the columns that a list's rows have, for messages} */
  static String columns(List<Row> rows) {
    return shown(rows.stream().flatMap(row -> row.values().keySet().stream()).distinct().toList());
  }
}
