package kintsugi;

import java.util.regex.Pattern;

/**
 * A failure of input: a file, a folder or a value that cannot be used.
 *
 * <p>The message is one line that names the file, the value and the way out. A choice that is a way
 * out stands in parentheses by its name, such as {@code (any-size)}; the command line prints it as
 * its option. A defect of the program is any other exception.
 */
public final class InputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private static final Pattern CHOICE = Pattern.compile(" \\([a-z][a-z0-9-]*\\)");

  private static final int MAX_QUOTED = 240;

  /**
   * A failure.
   *
   * @param message one line: the file, the value and the way out
   */
  public InputException(String message) {
    super(message);
  }

  /**
   * A failure and its cause.
   *
   * @param message one line: the file, the value and the way out
   * @param cause the exception behind it
   */
  public InputException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * {@return a message or a warning without the choices in its way out, which begins with a
   * semicolon: for a reader who has no command line, such as that of a page}
   *
   * @param message one line
   */
  public static String withoutChoices(String message) {
    int wayOut = message.indexOf(';') + 1;
    return message.substring(0, wayOut) + CHOICE.matcher(message.substring(wayOut)).replaceAll("");
  }

  /**
   * {@return words of a file or a library, as a message quotes them: on one line, without control
   * characters, and not endless}
   *
   * @param words any text, or null
   */
  public static String quoted(String words) {
    String line = String.valueOf(words).replaceAll("[\\p{Cntrl}\\p{Cf}]", "?");
    return line.length() <= MAX_QUOTED ? line : line.substring(0, MAX_QUOTED) + "…";
  }
}
