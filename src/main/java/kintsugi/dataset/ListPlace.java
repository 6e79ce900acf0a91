package kintsugi.dataset;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import kintsugi.InputException;

/** The file that a row of a list means: relative to the list, or a copy of an object in S3. */
final class ListPlace {
  private static final String S3 = "s3://";

  private ListPlace() {}

  /**
   * {@return the file}
   *
   * @param list the list
   * @param place the row, for messages
   * @param text a path, absolute or relative to the list's folder; {@code file:} and {@code s3:}
   *     addresses too
   * @throws InputException if it cannot be a path, or an object in S3 has no copy near the list
   */
  static Path of(Path list, String place, String text) {
    try {
      String lower = text.toLowerCase(Locale.ROOT);
      if (lower.startsWith(S3)) {
        return copy(list, place, text);
      }
      if (lower.startsWith("http://") || lower.startsWith("https://")) {
        throw wrong(list, place, text, "is on another machine; download it and name the file");
      }
      Path file = lower.startsWith("file:") ? address(text) : list.resolveSibling(text);
      if (file.getFileName() == null) {
        throw wrong(list, place, text, "is not a file");
      }
      return Files.exists(file) ? file : existing(list, place, text, file);
    } catch (IllegalArgumentException e) {
      throw wrong(list, place, text, "cannot be a path");
    }
  }

  /** A file's address; some programs write it with a host, or blanks as they are. */
  private static Path address(String text) {
    String path = text.substring("file:".length()).replaceFirst("^//(localhost)?(?=/)", "");
    try {
      return Path.of(URI.create("file:" + path));
    } catch (IllegalArgumentException e) {
      return Path.of(path);
    }
  }

  /** What does not exist may be written with Windows' separators; else reading will name it. */
  private static Path existing(Path list, String place, String text, Path file) {
    if (text.chars().anyMatch(Character::isISOControl)) {
      throw wrong(list, place, text, "has a control character in it, and there is no such file");
    }
    Path other = list.resolveSibling(text.replace('\\', '/'));
    return Files.exists(other) ? other : file;
  }

  /** The longest end of an object's key that is a file next to the list, or below it. */
  private static Path copy(Path list, String place, String text) {
    String rest = text.substring(S3.length());
    for (int from = 0; from >= 0; from = next(rest, from)) {
      String end = rest.substring(from);
      Path file = end.isEmpty() ? list : list.resolveSibling(end);
      if (!end.isEmpty() && !end.startsWith("/") && Files.isRegularFile(file)) {
        return file;
      }
    }
    throw wrong(
        list,
        place,
        text,
        "has no copy here; put the bucket's files next to the list, in their folders or as "
            + rest.substring(rest.lastIndexOf('/') + 1));
  }

  private static int next(String rest, int from) {
    int slash = rest.indexOf('/', from);
    return slash < 0 ? -1 : slash + 1;
  }

  private static InputException wrong(Path list, String place, String text, String problem) {
    StringBuilder shown = new StringBuilder();
    text.chars()
        .limit(200)
        .forEach(
            c ->
                shown.append(
                    Character.isISOControl(c)
                        ? String.format(Locale.ROOT, "\\u%04x", c)
                        : String.valueOf((char) c)));
    return new InputException(list + ": " + place + ": " + shown + " " + problem);
  }
}
