package kintsugi.serve;

import java.net.URI;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;

/**
 * An image that is about to arrive, or has.
 *
 * @param file where it is
 * @param key the file in the journal
 * @param size of the file in bytes
 * @param modified when it was changed last, in nanoseconds since 1970
 * @param identity of the file itself, whatever its name; null where the system has none
 * @param since when it was first seen as it is, on the clock of {@link System#nanoTime}
 * @param postponed whether it could not be read so far
 * @param old whether it was there at the start, unchanged for longer than the patience
 */
record Arrival(
    Path file,
    String key,
    long size,
    long modified,
    Object identity,
    long since,
    boolean postponed,
    boolean old) {
  /** By the time of the last change, then by name. */
  static final Comparator<Arrival> ORDER =
      Comparator.comparingLong(Arrival::modified).thenComparing(Arrival::key);

  /**
   * {@return an image that is seen for the first time as it is}
   *
   * @param file where it is
   * @param now its size and its times
   * @param old whether it was there at the start, unchanged for longer than the patience
   */
  static Arrival seen(Path file, BasicFileAttributes now, boolean old) {
    return new Arrival(
        file,
        key(file),
        now.size(),
        nanoseconds(now),
        now.fileKey(),
        System.nanoTime(),
        false,
        old);
  }

  /** {@return whether another look found the same} */
  boolean isUnchanged(BasicFileAttributes now) {
    return size == now.size()
        && modified == nanoseconds(now)
        && (identity == null || identity.equals(now.fileKey()));
  }

  Arrival asPostponed() {
    return new Arrival(file, key, size, modified, identity, since, true, old);
  }

  /** {@return a file as the journal names it: its path or, where that is not a text, its URI} */
  static String key(Path file) {
    String path = file.toString();
    return path.indexOf('\ufffd') < 0 ? path : file.toUri().toString();
  }

  /** {@return the file of a name in the journal} */
  static Path file(String key) {
    return key.startsWith("file:") ? Path.of(URI.create(key)) : Path.of(key);
  }

  static long nanoseconds(BasicFileAttributes attributes) {
    return attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS);
  }
}
