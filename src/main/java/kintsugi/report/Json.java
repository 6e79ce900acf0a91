package kintsugi.report;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import kintsugi.AtomicOutput;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;

/**
 * Values as JSON: names in snake_case, and an undefined figure (NaN), such as a precision without
 * positive predictions, as null.
 */
public final class Json {
  private static final JsonMapper COMPACT =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .addModule(figures())
          .build();
  private static final JsonMapper INDENTED =
      COMPACT.rebuild().enable(SerializationFeature.INDENT_OUTPUT).build();

  /** For pages, on which names show what they are made of. */
  private static final JsonMapper PRINTABLE =
      COMPACT.rebuild().addModule(texts(Printable::line)).build();

  private Json() {}

  /** A module that writes a figure that is not defined as null. */
  private static SimpleModule figures() {
    StdSerializer<Double> figure =
        new StdSerializer<>(Double.class) {
          @Override
          public void serialize(Double value, JsonGenerator to, SerializationContext context) {
            if (Double.isNaN(value)) {
              to.writeNull();
            } else {
              to.writeNumber(value);
            }
          }
        };
    SimpleModule figures = new SimpleModule("figures");
    figures.addSerializer(Double.class, figure);
    figures.addSerializer(Double.TYPE, figure);
    return figures;
  }

  /** A module that passes every text through a function before it is written. */
  static SimpleModule texts(UnaryOperator<String> written) {
    SimpleModule texts = new SimpleModule();
    texts.addSerializer(
        String.class,
        new StdSerializer<>(String.class) {
          @Override
          public void serialize(String text, JsonGenerator to, SerializationContext context) {
            to.writeString(written.apply(text));
          }
        });
    return texts;
  }

  /**
   * {@return a value as indented JSON, for a person}
   *
   * @param value any record
   */
  public static String pretty(Object value) {
    return Printable.json(INDENTED.writeValueAsString(value)) + "\n";
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

  /**
   * {@return a value as JSON on one line}
   *
   * @param value any record, map or list
   */
  public static String line(Object value) {
    return Printable.json(COMPACT.writeValueAsString(value));
  }

  /** Each value on a line of its own. */
  static String lines(List<?> values) {
    StringBuilder lines = new StringBuilder();
    values.forEach(value -> lines.append(line(value)).append('\n'));
    return lines.toString();
  }

  /**
   * {@return the record that a text of JSON holds; names that the record lacks are passed over}
   *
   * @param <T> the record, or what several kinds of records have in common
   * @param json the text
   * @param type of the record
   * @throws IllegalArgumentException if the text is not JSON, or holds another kind of value
   */
  public static <T> T read(String json, Class<T> type) {
    try {
      return COMPACT.readValue(json, type);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(e.getOriginalMessage(), e);
    }
  }

  /** A value for a page's {@code <script>} element: no text in it can end the element. */
  static String forPage(Object value) {
    return PRINTABLE.writeValueAsString(value).replace("<", "\\u003c");
  }
}
