package kintsugi.dataset;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import kintsugi.InputException;

/**
 * The text of a list: UTF-8 or UTF-16, with or without a byte-order mark; what is neither is taken
 * as Windows-1252, in which spreadsheets of western Europe export.
 */
final class ListText {
  private static final int SNIFFED = 4096;
  private static final long LIMIT = 1L << 28;
  private static final Charset WINDOWS = Charset.forName("windows-1252");

  private ListText() {}

  /** {@return whether a file begins as a text does; false if it cannot be read} */
  static boolean looksLikeText(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] start = in.readNBytes(SNIFFED);
      return start.length > 0 && isText(decoded(start));
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isText(String text) {
    return text.chars().noneMatch(c -> c < ' ' && c != '\t' && c != '\n' && c != '\r');
  }

  /**
   * {@return the text of a list}
   *
   * @throws InputException if it cannot be read or is not text
   */
  static String read(Path file) {
    try {
      if (Files.size(file) > LIMIT) {
        throw new InputException(
            file + ": is larger than " + (LIMIT >> 20) + " MB; name a list of images");
      }
      return decoded(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read (" + e.getMessage() + ")", e);
    }
  }

  private static String decoded(byte[] bytes) {
    if (starts(bytes, 0xff, 0xfe) || isWide(bytes, 0)) {
      return unmarked(new String(bytes, StandardCharsets.UTF_16LE));
    }
    if (starts(bytes, 0xfe, 0xff) || isWide(bytes, 1)) {
      return unmarked(new String(bytes, StandardCharsets.UTF_16BE));
    }
    try {
      return unmarked(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)) + "");
    } catch (CharacterCodingException e) {
      return new String(bytes, WINDOWS);
    }
  }

  private static boolean starts(byte[] bytes, int first, int second) {
    return bytes.length > 1 && (bytes[0] & 0xff) == first && (bytes[1] & 0xff) == second;
  }

  /** Whether a text without a mark begins with characters of two bytes, one of them 0. */
  private static boolean isWide(byte[] bytes, int place) {
    boolean wide = bytes.length > 1;
    for (int at = 0; wide && at < Math.min(16, bytes.length - 1); at += 2) {
      wide = bytes[at + place] != 0 && bytes[at + 1 - place] == 0;
    }
    return wide;
  }

  private static String unmarked(String text) {
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }
}
