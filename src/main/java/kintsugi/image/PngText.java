package kintsugi.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * The chunks of text in a PNG file. The JDK's reader keeps each of them inflated, up to 256 KB per
 * chunk of some hundred bytes, though an image's pixels do not depend on them.
 */
final class PngText {
  private static final Set<String> TEXT = Set.of("tEXt", "zTXt", "iTXt");

  private PngText() {}

  /** A PNG file without its text; the same array where there is none, or for another format. */
  static byte[] without(byte[] file) {
    ByteBuffer bytes = ByteBuffer.wrap(file);
    if (file.length < 8 || bytes.getInt(0) != ImageHeader.PNG) {
      return file;
    }
    ByteArrayOutputStream rest = null;
    int at = 8;
    int kept = 0;
    while (at + 12 <= file.length) {
      int length = bytes.getInt(at);
      if (length < 0 || length > file.length - at - 12) {
        break;
      }
      int next = at + 12 + length;
      if (TEXT.contains(new String(file, at + 4, 4, StandardCharsets.ISO_8859_1))) {
        rest = rest == null ? new ByteArrayOutputStream(file.length) : rest;
        rest.write(file, kept, at - kept);
        kept = next;
      }
      at = next;
    }
    if (rest == null) {
      return file;
    }
    rest.write(file, kept, file.length - kept);
    return rest.toByteArray();
  }
}
