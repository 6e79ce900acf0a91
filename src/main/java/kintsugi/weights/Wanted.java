package kintsugi.weights;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kintsugi.InputException;

/**
 * A file to fetch, as it must be.
 *
 * @param from an address, or a file
 * @param name the file's name
 * @param sha256 the first 8 to 64 hex digits of its hash
 * @param bytes its size; -1 if unknown
 */
record Wanted(String from, String name, String sha256, long bytes) {
  private static final String TORCHVISION_NAME =
      Fetch.TORCHVISION.substring(Fetch.TORCHVISION.lastIndexOf('/') + 1);
  private static final Pattern HASH_IN_NAME = Pattern.compile("-([0-9a-f]{8,64})\\.");
  private static final int WHOLE_HASH = 64;

  /** The maximum of a file whose size neither its name nor the server tells: 4 GiB. */
  private static final long MAX_BYTES = 4L << 30;

  /** {@return the file of a source; a null hash is looked up by the file's name, or in it} */
  static Wanted of(Fetch.Source source) {
    String from = source.from();
    String name = from.substring(Math.max(from.lastIndexOf('/'), from.lastIndexOf('\\')) + 1);
    if (name.matches("\\.*") || from.codePoints().anyMatch(Character::isISOControl)) {
      throw new InputException(
          InputException.quoted(from)
              + ": does not end with the name of a file; name one that does (from)");
    }
    if (name.equals(TORCHVISION_NAME) && source.sha256() == null) {
      return new Wanted(from, name, Fetch.TORCHVISION_SHA256, Fetch.TORCHVISION_BYTES);
    }
    String expected =
        source.sha256() == null
            ? hashIn(from, name)
            : source.sha256().strip().toLowerCase(Locale.ROOT);
    if (!expected.matches("[0-9a-f]{8,64}")) {
      throw new InputException(
          InputException.quoted(expected)
              + ": is not the beginning of a SHA-256; write 8 to 64 digits of 0 to 9 and a to f"
              + " (sha256)");
    }
    return new Wanted(from, name, expected, -1);
  }

  private static String hashIn(String from, String name) {
    Matcher hash = HASH_IN_NAME.matcher(name);
    if (!hash.find()) {
      throw new InputException(
          from + ": its name carries no hash; name the SHA-256 to expect (sha256)");
    }
    return hash.group(1);
  }

  boolean isRemote() {
    return from.matches("(?i)[a-z][a-z0-9+.-]+://.*");
  }

  boolean is(String actual) {
    return actual.startsWith(sha256);
  }

  /** The maximum of bytes to receive. */
  long limit() {
    return bytes < 0 ? MAX_BYTES : bytes;
  }

  /** What will be fetched and how it will be checked, in one line. */
  String line() {
    String size = bytes < 0 ? "" : String.format(Locale.ROOT, ", %,d bytes", bytes);
    return from
        + size
        + ", SHA-256 "
        + sha256
        + (sha256.length() < WHOLE_HASH
            ? "…: so few digits find errors of a transfer, not a forgery; name all 64 (sha256)"
            : "");
  }
}
