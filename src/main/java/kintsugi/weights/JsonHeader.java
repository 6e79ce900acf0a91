package kintsugi.weights;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The part of JSON that a safetensors header is made of: objects, arrays, strings and whole
 * numbers. A library would read more than that, and this package has none.
 */
final class JsonHeader {
  private static final int DEEPEST = 8;

  private final String text;
  private int at;

  private JsonHeader(String text) {
    this.text = text;
  }

  /**
   * A {@code Map<String, Object>}, {@code List<Object>}, {@code String} or {@code Long}.
   *
   * @throws IllegalArgumentException if the text is anything else
   */
  static Object parse(String text) {
    JsonHeader parser = new JsonHeader(text);
    Object value = parser.value(0);
    parser.skipSpace();
    if (parser.at != text.length()) {
      throw parser.unexpected();
    }
    return value;
  }

  /** A string literal. */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ') {
        quoted.append(String.format("\\u%04x", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }

  private Object value(int depth) {
    char c = peek();
    if (depth > DEEPEST) {
      throw new IllegalArgumentException("its header is nested too deeply");
    }
    return switch (c) {
      case '{' -> object(depth);
      case '[' -> array(depth);
      case '"' -> string();
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
        if (map.put(key, value(depth + 1)) != null) {
          throw new IllegalArgumentException("its header has " + key + " twice");
        }
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
    return (char) Integer.parseInt(text.substring(at - 4, at), 16);
  }

  private Long number() {
    int from = at;
    while (at < text.length() && "-0123456789".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    if (from == at) {
      throw unexpected();
    }
    return Long.parseLong(text.substring(from, at));
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
      throw new IllegalArgumentException("its header ends in the middle");
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
    return new IllegalArgumentException("its header is no JSON at character " + at);
  }
}
