package kintsugi.dataset;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.MappingIterator;
import tools.jackson.dataformat.csv.CsvMapper;
import tools.jackson.dataformat.csv.CsvSchema;

/**
 * The rows of a CSV file with a header. The only class of the library that links the CSV library,
 * which a program may leave out.
 */
final class CsvRows {
  private CsvRows() {}

  /**
   * The rows, by their columns' names.
   *
   * @throws IllegalArgumentException if the file is not CSV or cannot be read
   */
  static List<Map<String, String>> read(Path file) {
    try (MappingIterator<Map<String, String>> rows =
        new CsvMapper()
            .readerForMapOf(String.class)
            .with(CsvSchema.emptySchema().withHeader())
            .readValues(file)) {
      return rows.readAll();
    } catch (JacksonException e) {
      throw new IllegalArgumentException(e.getOriginalMessage(), e);
    }
  }
}
