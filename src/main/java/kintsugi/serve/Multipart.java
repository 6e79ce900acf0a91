package kintsugi.serve;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The files of a form, {@code multipart/form-data} (RFC 7578, its framing by RFC 2046). */
final class Multipart {
  private static final Pattern BOUNDARY =
      Pattern.compile(
          "multipart/form-data;.*?\\bboundary=(?:\"([^\"]{1,70})\"|([^\\s;\"]{1,70})).*",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern FILE =
      Pattern.compile(
          "filename=(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^\\s;]*))", Pattern.CASE_INSENSITIVE);
  private static final int MOST = 1000;
  private static final int LONGEST_HEADERS = 8192;

  private Multipart() {}

  /**
   * A file of a form.
   *
   * @param name as its sender calls it
   * @param bytes its content
   */
  record Part(String name, byte[] bytes) {}

  /** {@return the boundary that a type names; empty if it is not that of a form} */
  static Optional<String> boundary(String contentType) {
    Matcher matcher = BOUNDARY.matcher(contentType.strip());
    if (matcher.matches()) {
      return Optional.of(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
    }
    if (contentType.toLowerCase(Locale.ROOT).startsWith("multipart/")) {
      throw wrong("its type is not multipart/form-data with a boundary");
    }
    return Optional.empty();
  }

  /**
   * {@return the files among the parts, in their order}
   *
   * @throws Refusal if the body is not a form, or has no file
   */
  static List<Part> files(String boundary, byte[] body) {
    byte[] delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
    List<Part> files = new ArrayList<>();
    // The first delimiter may stand at the very beginning, without a line's end before it.
    int at =
        startsWith(body, 0, delimiter, 2)
            ? delimiter.length - 2
            : after(body, find(body, delimiter, 0), delimiter);
    while (!startsWith(body, at, new byte[] {'-', '-'}, 0)) {
      int headers = lineEnd(body, at);
      int end = find(body, delimiter, headers - 2);
      if (end < 0) {
        throw wrong("it ends within a part");
      }
      part(body, headers, end).ifPresent(files::add);
      if (files.size() > MOST) {
        throw wrong("it has more than " + MOST + " files");
      }
      at = end + delimiter.length;
    }
    if (files.isEmpty()) {
      throw wrong("no part of it is a file");
    }
    return files;
  }

  private static int after(byte[] body, int found, byte[] delimiter) {
    if (found < 0) {
      throw wrong("its boundary is not in it");
    }
    return found + delimiter.length;
  }

  /** The first byte after a delimiter's line, which may be padded by spaces. */
  private static int lineEnd(byte[] body, int at) {
    int end = at;
    while (end < body.length && (body[end] == ' ' || body[end] == '\t')) {
      end++;
    }
    if (!startsWith(body, end, new byte[] {'\r', '\n'}, 0)) {
      throw wrong("a boundary is followed by something else");
    }
    return end + 2;
  }

  /** A part from its headers to its end; empty if it is not a file. */
  private static Optional<Part> part(byte[] body, int from, int end) {
    int blank = find(body, new byte[] {'\r', '\n', '\r', '\n'}, from - 2);
    if (blank < 0 || blank > end || blank - from > LONGEST_HEADERS) {
      throw wrong("a part has no end of its headers");
    }
    String headers =
        blank < from ? "" : new String(body, from, blank - from, StandardCharsets.UTF_8);
    Matcher file = FILE.matcher(headers);
    if (!file.find()) {
      return Optional.empty();
    }
    String name = file.group(1) == null ? file.group(2) : file.group(1).replaceAll("\\\\(.)", "$1");
    int start = Math.min(blank + 4, end);
    return Optional.of(
        new Part(name.isEmpty() ? "image" : name, Arrays.copyOfRange(body, start, end)));
  }

  private static boolean startsWith(byte[] body, int at, byte[] text, int skipped) {
    int length = text.length - skipped;
    return at >= 0
        && at + length <= body.length
        && Arrays.equals(body, at, at + length, text, skipped, text.length);
  }

  /** The next place of a text, by its first byte and then the whole. */
  private static int find(byte[] body, byte[] text, int from) {
    for (int i = Math.max(0, from); i <= body.length - text.length; i++) {
      if (body[i] == text[0] && startsWith(body, i, text, 0)) {
        return i;
      }
    }
    return -1;
  }

  private static Refusal wrong(String reason) {
    return new Refusal(Refusal.BAD_REQUEST, "the body is not a form with files: " + reason);
  }
}
