package kintsugi.weights;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A strict reader and writer of JSON for the project's own files: headers, metadata, and lists of
 * images. With it the library needs no JSON library; reports use one.
 */
public final class JsonText {
  private static final int MAX_DEPTH = 8;

  /** The maximum count of values, each of which takes up to 64 bytes next to its text. */
  private static final int MAX_VALUES = 500_000;

  /** No number of a file in use is longer; very long ones take long to read. */
  private static final int MAX_NUMBER = 64;

  private final String text;
  private int at;
  private int values;

  private JsonText(String text) {
    this.text = text;
  }

  /**
   * {@return the value: a {@code Map<String, Object>} in the text's order, {@code List<Object>},
   * {@code String}, {@code Long}, {@code Double}, {@code Boolean} or null}
   *
   * @param text JSON
   * @throws IllegalArgumentException if the text is not JSON, is nested more than eight deep or has
   *     more than 500 000 values
   */
  public static Object parse(String text) {
    JsonText parser = new JsonText(text);
    Object value = parser.value(0);
    parser.skipSpace();
    if (parser.at != text.length()) {
      throw parser.unexpected();
    }
    return value;
  }

  /**
   * {@return a value as JSON without spaces; NaN and infinities as strings}
   *
   * @param value a map, a list, a string, a number, a boolean or null
   */
  public static String write(Object value) {
    return switch (value) {
      case null -> "null";
      case Map<?, ?> map ->
          map.entrySet().stream()
              .map(entry -> quote(entry.getKey().toString()) + ":" + write(entry.getValue()))
              .collect(Collectors.joining(",", "{", "}"));
      case List<?> list ->
          list.stream().map(JsonText::write).collect(Collectors.joining(",", "[", "]"));
      case Double number -> Double.isFinite(number) ? number.toString() : quote(number.toString());
      case Number number -> number.toString();
      case Boolean bool -> bool.toString();
      default -> quote(value.toString());
    };
  }

  /**
   * {@return a text as a string literal}
   *
   * @param text any text
   */
  public static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ') {
        quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }

  private Object value(int depth) {
    char c = peek();
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException("its JSON is nested too deeply");
    }
    if (++values > MAX_VALUES) {
      throw new IllegalArgumentException("its JSON has more than " + MAX_VALUES + " values");
    }
    return switch (c) {
      case '{' -> object(depth);
      case '[' -> array(depth);
      case '"' -> string();
      case 't' -> word("true", true);
      case 'f' -> word("false", false);
      case 'n' -> word("null", null);
      default -> number();
    };
  }

  private Map<String, Object> object(int depth) {
    Map<String, Object> map = new LinkedHashMap<>();
    expect('{');
    if (peek() != '}') {
      do {
        peek();
        String key = string();
        expect(':');
        if (map.containsKey(key)) {
          throw new IllegalArgumentException("its JSON has " + key + " twice");
        }
        map.put(key, value(depth + 1));
      } while (accept(','));
    }
    expect('}');
    return map;
  }

  private List<Object> array(int depth) {
    List<Object> list = new ArrayList<>();
    expect('[');
    if (peek() != ']') {
      do {
        list.add(value(depth + 1));
      } while (accept(','));
    }
    expect(']');
    return list;
  }

  private String string() {
    expect('"');
    StringBuilder string = new StringBuilder();
    while (next() != '"') {
      char c = text.charAt(at++);
      string.append(c == '\\' ? escape() : c);
    }
    at++;
    return string.toString();
  }

  private char escape() {
    char c = next();
    at++;
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> unicode();
      default -> throw unexpected();
    };
  }

  private char unicode() {
    if (at + 4 > text.length()) {
      throw unexpected();
    }
    at += 4;
    return (char) HexFormat.fromHexDigits(text, at - 4, at);
  }

  private Object word(String word, Object value) {
    if (!text.startsWith(word, at)) {
      throw unexpected();
    }
    at += word.length();
    return value;
  }

  private Number number() {
    int from = at;
    boolean decimal = false;
    while (at < text.length() && "-+.eE0123456789".indexOf(text.charAt(at)) >= 0) {
      decimal |= "+.eE".indexOf(text.charAt(at)) >= 0;
      at++;
    }
    if (from == at || at - from > MAX_NUMBER) {
      throw unexpected();
    }
    String number = text.substring(from, at);
    return decimal ? (Number) Double.valueOf(number) : (Number) Long.valueOf(number);
  }

  private void skipSpace() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private char peek() {
    skipSpace();
    return next();
  }

  private char next() {
    if (at >= text.length()) {
      throw new IllegalArgumentException("its JSON ends in the middle");
    }
    return text.charAt(at);
  }

  private boolean accept(char wanted) {
    boolean there = peek() == wanted;
    at += there ? 1 : 0;
    return there;
  }

  private void expect(char wanted) {
    if (!accept(wanted)) {
      throw unexpected();
    }
  }

  private IllegalArgumentException unexpected() {
    return new IllegalArgumentException("it is not valid JSON at character " + at);
  }
}
