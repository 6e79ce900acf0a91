package kintsugi.cli;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import kintsugi.engine.Convolutions;
import kintsugi.image.Alignment;
import kintsugi.metric.ThresholdRule;
import kintsugi.report.ReportImages;
import kintsugi.serve.WatchOptions;
import picocli.CommandLine;

/** Texts of the command line as values; the message of a wrong one says what is wrong with it. */
public final class Converters {
  private Converters() {}

  /**
   * Registers all for a command line and its commands.
   *
   * @param line the command line
   */
  public static void register(CommandLine line) {
    registerValues(line, Convolutions.class);
    registerValues(line, ReportImages.class);
    registerValues(line, WatchOptions.Maps.class);
    line.registerConverter(ThresholdRule.class, text -> converted(text, ThresholdRule::parse));
    line.registerConverter(
        Alignment.Limit.class, text -> converted(text, limit -> Alignment.Limit.parse(limit)));
    line.registerConverter(Integer.class, text -> converted(text, Converters::integer));
    line.registerConverter(int.class, text -> converted(text, Converters::integer));
    line.registerConverter(long.class, text -> converted(text, Converters::whole));
    line.registerConverter(Double.class, text -> converted(text, Converters::number));
    line.registerConverter(double.class, text -> converted(text, Converters::number));
    line.registerConverter(Path.class, text -> converted(text, Converters::path));
  }

  /** Converts a text; the message of a wrong one has no exception's name. */
  private static <T> T converted(String text, Function<String, T> parser) {
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException e) {
      throw new CommandLine.TypeConversionException(e.getMessage());
    }
  }

  /** Converts one of a few values, which may be typed in any case. */
  private static <E extends Enum<E>> void registerValues(CommandLine line, Class<E> type) {
    List<E> values = List.of(type.getEnumConstants());
    line.registerConverter(
        type,
        text ->
            values.stream()
                .filter(value -> value.toString().equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(
                    () ->
                        new CommandLine.TypeConversionException(
                            text + " is not one of " + values)));
  }

  private static long whole(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          text + (text.matches("[-+]?\\d+") ? " is out of range" : " is not a whole number"), e);
    }
  }

  private static int integer(String text) {
    long value = whole(text);
    if (value != (int) value) {
      throw new IllegalArgumentException(text + " is out of range");
    }
    return (int) value;
  }

  private static double number(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(text + " is not a number", e);
    }
  }

  /** Converts a path; nothing, which a shell makes of an unset variable, is not the folder here. */
  private static Path path(String text) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("it is empty; write . for the folder you are in");
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(
          text + " is not a path here (" + e.getReason() + "); use another name", e);
    }
  }
}
