package kintsugi.report;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kintsugi.AtomicOutput;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Values as JSON: names in snake_case, and an undefined figure, such as a precision without
 * positive predictions, as the text {@code "NaN"}.
 */
public final class Json {
  private static final JsonMapper COMPACT =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .build();
  private static final JsonMapper INDENTED =
      COMPACT.rebuild().enable(SerializationFeature.INDENT_OUTPUT).build();

  private Json() {}

  /**
   * {@return a value as indented JSON, for a person}
   *
   * @param value any record
   */
  public static String pretty(Object value) {
    return INDENTED.writeValueAsString(value) + "\n";
  }

  /**
   * Writes one value to a file.
   *
   * @param file the file
   * @param value any record
   * @throws kintsugi.InputException if it cannot be written
   */
  public static void write(Path file, Object value) {
    AtomicOutput.file(file, part -> Files.writeString(part, pretty(value)));
  }

  /** Each value on a line of its own. */
  static String lines(List<?> values) {
    StringBuilder lines = new StringBuilder();
    values.forEach(value -> lines.append(COMPACT.writeValueAsString(value)).append('\n'));
    return lines.toString();
  }

  /** A value for a {@code <script>} element: no text in it can end the element. */
  static String forScript(Object value) {
    return COMPACT.writeValueAsString(value).replace("<", "\\u003c");
  }
}
