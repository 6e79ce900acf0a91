package kintsugi.image;

import java.io.EOFException;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kintsugi.InputException;

/**
 * The failure of an image that cannot be read, as one line that names the file and the reason.
 * Reader libraries throw any exception on broken data, often without a message.
 */
final class Unreadable {
  /** Words of readers that do not throw {@link EOFException} when a file ends too early. */
  private static final Set<String> ENDED = Set.of("end of ZLIB", "Invalid block length for LZW");

  private Unreadable() {}

  /** A failure for a reason that is known. */
  static InputException because(String name, String why, Throwable cause) {
    return new InputException(
        name
            + ": cannot be read as an image ("
            + line(why)
            + "); replace or remove it, or leave unreadable images out (skip-unreadable)",
        cause);
  }

  /**
   * A failure of a decoder. Its cause is the lack of memory, where that was the reason.
   *
   * @param missing says what is missing, for a file that ended too early
   */
  static InputException because(String name, Throwable failure, Supplier<String> missing) {
    OutOfMemoryError memory = find(failure, OutOfMemoryError.class);
    if (memory != null) {
      return because(
          name,
          line(String.valueOf(memory.getMessage()))
              + "; raise Java's heap, as JDK_JAVA_OPTIONS=-Xmx8g does, or make the image smaller",
          memory);
    }
    boolean ended =
        find(failure, EOFException.class) != null
            || ENDED.stream().anyMatch(message(failure)::contains);
    return because(name, ended ? missing.get() : reason(failure), failure);
  }

  private static String reason(Throwable failure) {
    String message = message(failure);
    String kind = failure.getClass().getSimpleName();
    if (failure instanceof RuntimeException || failure instanceof Error || message.isBlank()) {
      return "its data is damaged: the decoder stopped with "
          + kind
          + (message.isBlank() ? "" : ", " + message);
    }
    return message;
  }

  /** The messages of a failure and its causes, each once. */
  private static String message(Throwable failure) {
    return Stream.iterate(failure, e -> e != null, Throwable::getCause)
        .limit(8)
        .map(Throwable::getMessage)
        .filter(text -> text != null && !text.isBlank())
        .map(Unreadable::line)
        .distinct()
        .collect(Collectors.joining(": "));
  }

  private static <T extends Throwable> T find(Throwable failure, Class<T> kind) {
    return Stream.iterate(failure, e -> e != null, Throwable::getCause)
        .limit(8)
        .filter(kind::isInstance)
        .map(kind::cast)
        .findFirst()
        .orElse(null);
  }

  /** The first line of a text, with control characters made visible. */
  private static String line(String text) {
    return text.lines().findFirst().orElse("").replaceAll("\\p{Cntrl}", "?").strip();
  }
}
