package kintsugi.dataset;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.MappingIterator;
import tools.jackson.dataformat.csv.CsvMapper;
import tools.jackson.dataformat.csv.CsvReadFeature;
import tools.jackson.dataformat.csv.CsvSchema;

/**
 * The rows of a CSV text. The only class of the library that links the CSV library, which a program
 * may leave out.
 */
final class CsvRows {
  private CsvRows() {}

  /**
   * One row.
   *
   * @param line the number of the line on which it begins, from 1
   * @param cells its values, trimmed
   */
  record Cells(int line, List<String> cells) {}

  /**
   * The rows that are not blank, the header included.
   *
   * @throws IllegalArgumentException if the text is not CSV
   */
  static List<Cells> read(String text, char separator) {
    List<Cells> rows = new ArrayList<>();
    try (MappingIterator<String[]> cells =
        new CsvMapper()
            .readerFor(String[].class)
            .with(CsvReadFeature.WRAP_AS_ARRAY)
            .with(CsvReadFeature.TRIM_SPACES)
            .with(CsvSchema.emptySchema().withColumnSeparator(separator))
            .readValues(text)) {
      while (cells.hasNextValue()) {
        int line = cells.currentLocation().getLineNr();
        List<String> values = List.of(cells.nextValue()).stream().map(String::strip).toList();
        if (!values.stream().allMatch(String::isEmpty)) {
          rows.add(new Cells(line, values));
        }
      }
    } catch (JacksonException e) {
      String where = e.getLocation() == null ? "" : "line " + e.getLocation().getLineNr() + ": ";
      throw new IllegalArgumentException(where + e.getOriginalMessage(), e);
    }
    return rows;
  }
}
