package kintsugi.report;

import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;
import tools.jackson.dataformat.csv.CsvMapper;

/**
 * Lists as CSV: RFC 4180 with a header and line feeds. A text that a spreadsheet would run as a
 * formula has an apostrophe before it; figures have none.
 */
final class Csv {
  /** The beginnings of formulas, in the full-width forms of some keyboards too. */
  private static final String FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20";

  private static final CsvMapper MAPPER =
      CsvMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .addModule(texts())
          .build();

  private Csv() {}

  private static SimpleModule texts() {
    SimpleModule texts = new SimpleModule();
    texts.addSerializer(
        String.class,
        new StdSerializer<>(String.class) {
          @Override
          public void serialize(String text, JsonGenerator to, SerializationContext context) {
            boolean runs = !text.isEmpty() && FORMULA.indexOf(text.charAt(0)) >= 0;
            to.writeString(runs ? "'" + text : text);
          }
        });
    return texts;
  }

  /** One row per record; the columns are the record's components in their order. */
  static <T extends Record> String of(Class<T> type, List<T> rows) {
    return MAPPER.writer(MAPPER.schemaFor(type).withHeader()).writeValueAsString(rows);
  }
}
