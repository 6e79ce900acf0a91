package kintsugi.report;

import java.util.List;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.dataformat.csv.CsvMapper;

/** Lists as CSV: RFC 4180 with a header and line feeds. */
final class Csv {
  private static final CsvMapper MAPPER =
      CsvMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .build();

  private Csv() {}

  /** One row per record; the columns are the record's components in their order. */
  static <T extends Record> String of(Class<T> type, List<T> rows) {
    return MAPPER.writer(MAPPER.schemaFor(type).withHeader()).writeValueAsString(rows);
  }
}
