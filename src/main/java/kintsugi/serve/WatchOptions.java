package kintsugi.serve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Stream;
import kintsugi.InputException;

/**
 * The choices of a watched folder: the folders, what becomes of the images, and the times.
 *
 * @param in the folder that images arrive in
 * @param out the folder of the results
 * @param recursive whether images arrive in folders of the folder too
 * @param maps which images leave a heat map
 * @param move whether images are moved into {@code good/}, {@code bad/} and {@code unreadable/}
 * @param settle how long a file has to stay as it is before it is read
 * @param patience how long a file that cannot be read has to stay as it is before it is taken for
 *     unreadable
 * @param rescan how often the folder is read again, whatever the system tells of changes
 */
public record WatchOptions(
    Path in,
    Path out,
    boolean recursive,
    Maps maps,
    boolean move,
    Duration settle,
    Duration patience,
    Duration rescan) {
  /** Which images leave a heat map. */
  public enum Maps {
    /** Those that are predicted anomalous. */
    ANOMALOUS,
    /** All. */
    ALL,
    /** None. */
    NONE;

    /** {@return the name as it is typed} */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * {@return the usual choices: heat maps of anomalous images, nothing is moved, a quarter of a
   * second to settle, five seconds of patience, read again every five seconds}
   *
   * @param in the folder that images arrive in
   * @param out the folder of the results
   */
  public static WatchOptions of(Path in, Path out) {
    return new WatchOptions(
        in,
        out,
        false,
        Maps.ANOMALOUS,
        false,
        Duration.ofMillis(250),
        Duration.ofSeconds(5),
        Duration.ofSeconds(5));
  }

  /**
   * Throws unless images can arrive in the folder.
   *
   * @throws InputException if it is missing
   */
  public void requireFolder() {
    if (!Files.isDirectory(in)) {
      throw new InputException(
          in
              + (Files.exists(in)
                  ? ": is not a folder; name one"
                  : ": there is no such folder; create it, or name another"));
    }
  }

  /**
   * Throws if results would arrive in the folder of the images.
   *
   * @throws IllegalArgumentException if they would
   */
  public void requireApart() {
    Path from = real(in);
    Path to = real(out);
    boolean within =
        Stream.of("maps", "good", "bad", "unreadable")
            .anyMatch(folder -> from.startsWith(real(to.resolve(folder))));
    if (from.equals(to) || within) {
      throw new IllegalArgumentException(
          out + ": results would arrive in the watched folder; name another folder (out)");
    }
  }

  /** A folder by the name that it has without links, as far as it exists. */
  private static Path real(Path folder) {
    Path whole = folder.toAbsolutePath().normalize();
    for (Path place = whole; place != null; place = place.getParent()) {
      try {
        return place.toRealPath().resolve(place.relativize(whole));
      } catch (IOException e) {
        // Not there yet: its parent.
        continue;
      }
    }
    return whole;
  }
}
