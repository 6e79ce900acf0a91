package kintsugi.report;

/**
 * Text from outside, such as a file's name, as terminals and pages show it: on one line, with
 * control characters, escape sequences and marks of writing direction visible as escapes, so that
 * nothing looks like what it is not.
 */
public final class Printable {
  private static final char ZERO_WIDTH_NON_JOINER = '\u200c';
  private static final char ZERO_WIDTH_JOINER = '\u200d';

  private Printable() {}

  /**
   * {@return a text on one line, with escapes as in Java for what does not show by itself}
   *
   * @param text any text
   */
  public static String line(String text) {
    if (text.codePoints().allMatch(Printable::shows)) {
      return text;
    }
    StringBuilder line = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\n' -> line.append("\\n");
                case '\r' -> line.append("\\r");
                case '\t' -> line.append("\\t");
                default -> append(line, c);
              }
            });
    return line.toString();
  }

  /** JSON with the same meaning, in which the same characters but line feeds are escapes. */
  static String json(String text) {
    if (text.codePoints().allMatch(c -> c == '\n' || shows(c))) {
      return text;
    }
    StringBuilder json = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if (c == '\n') {
                json.append('\n');
              } else {
                append(json, c);
              }
            });
    return json.toString();
  }

  private static void append(StringBuilder to, int c) {
    if (shows(c)) {
      to.appendCodePoint(c);
      return;
    }
    for (char unit : Character.toChars(c)) {
      to.append("\\u").append(Integer.toHexString(0x10000 | unit).substring(1));
    }
  }

  private static boolean shows(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          false;
      // Joiners are letters' own in several scripts.
      case Character.FORMAT -> c == ZERO_WIDTH_JOINER || c == ZERO_WIDTH_NON_JOINER;
      default -> true;
    };
  }
}
