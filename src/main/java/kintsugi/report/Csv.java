package kintsugi.report;

import java.util.List;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.dataformat.csv.CsvMapper;

/**
 * Lists as CSV: RFC 4180 with a header and line feeds. A text that a spreadsheet would run as a
 * formula has an apostrophe before it; figures have none.
 */
public final class Csv {
  /** The beginnings of formulas, in the full-width forms of some keyboards too. */
  private static final String FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20";

  private static final CsvMapper MAPPER =
      CsvMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .addModule(Json.texts(Csv::harmless))
          .build();

  private Csv() {}

  private static String harmless(String text) {
    boolean runs = !text.isEmpty() && FORMULA.indexOf(text.charAt(0)) >= 0;
    return runs ? "'" + text : text;
  }

  /** One row per record; the columns are the record's components in their order. */
  static <T extends Record> String of(Class<T> type, List<T> rows) {
    return MAPPER.writer(MAPPER.schemaFor(type).withHeader()).writeValueAsString(rows);
  }

  /**
   * {@return the header of a table, with its line feed}
   *
   * @param type of the rows: a column for each component
   */
  public static String header(Class<? extends Record> type) {
    return of(type, List.of());
  }

  /**
   * {@return one row of a table, with its line feed}
   *
   * @param row the values
   */
  public static String row(Record row) {
    return MAPPER.writer(MAPPER.schemaFor(row.getClass())).writeValueAsString(row);
  }
}
