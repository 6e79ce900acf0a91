package kintsugi.weights;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import kintsugi.AtomicOutput;
import kintsugi.InputException;

/**
 * The transfer of a checkpoint into the cache, from an address or a file. The bytes go into a
 * partial file next to the final one, which belongs to this process; a broken transfer leaves it
 * there and the next one continues it. It is renamed only after its SHA-256 is the expected one and
 * its tensors can be read.
 *
 * <p>Of torchvision's ResNet-18 the whole SHA-256 and the size are known. Of other files the name
 * carries the first digits of the hash: eight of them find errors of a transfer, but another file
 * with the same eight can be made within minutes.
 */
public final class Fetch {
  /** torchvision's ResNet-18, trained on ImageNet-1k. */
  public static final String TORCHVISION =
      "https://download.pytorch.org/models/resnet18-f37072fd.pth";

  /** The hash of torchvision's file. */
  public static final String TORCHVISION_SHA256 =
      "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec";

  /** The size of torchvision's file in bytes. */
  public static final long TORCHVISION_BYTES = 46_830_571;

  private static final String OFFLINE = "KINTSUGI_OFFLINE";

  private final Watcher watcher;
  private final int timeoutMillis;

  /**
   * The place that a checkpoint comes from.
   *
   * @param from an address, or a file
   * @param sha256 the first 8 to 64 hex digits; null takes the whole hash of torchvision's file for
   *     its name, and for any other the digits in the file's name
   * @param allowHttp whether addresses of {@code http} are used too, where anybody on the way can
   *     change the file
   */
  public record Source(String from, String sha256, boolean allowHttp) {
    /** torchvision's own address, by {@code https} alone. */
    public static final Source USUAL = new Source(TORCHVISION, null, false);
  }

  /** The listener to a transfer. */
  public interface Watcher {
    /**
     * Receives the count after every block of bytes.
     *
     * @param bytes the bytes so far
     * @param total the bytes of the file; below 0 if unknown
     */
    void arrived(long bytes, long total);

    /**
     * Receives, before the first request, what will be fetched and how it will be checked.
     *
     * @param line one line
     */
    default void begins(String line) {}
  }

  /**
   * A transfer.
   *
   * @param watcher the listener to its progress
   * @param timeoutMillis the maximum silence of a server; a connection has at most five seconds
   */
  public Fetch(Watcher watcher, int timeoutMillis) {
    this.watcher = watcher;
    this.timeoutMillis = timeoutMillis;
  }

  /**
   * {@return whether the environment variable {@code KINTSUGI_OFFLINE} forbids to use the network:
   * it is set, and not to 0}
   */
  public static boolean isForbidden() {
    String value = System.getenv(OFFLINE);
    return value != null && !value.isBlank() && !value.strip().equals("0");
  }

  /**
   * Fetches a file, unless it is already in the cache.
   *
   * @param source the place it comes from
   * @param cache the folder for it
   * @return the file in the cache
   * @throws InputException if it cannot be fetched, differs from the expected one, or is not a
   *     checkpoint
   */
  public Path fetch(Source source, Path cache) {
    Wanted wanted = Wanted.of(source);
    Path file = cache.resolve(wanted.name());
    if (Files.isRegularFile(file) && wanted.is(Weights.sha256(file))) {
      return file;
    }
    Download download = null;
    if (wanted.isRemote()) {
      requireNetwork(wanted);
      download = new Download(wanted, source.allowHttp(), timeoutMillis);
    }
    watcher.begins(wanted.line());
    try {
      Files.createDirectories(cache);
      try (PartFile part = PartFile.of(file)) {
        if (part.size() == 0 || !wanted.is(part.sha256())) {
          transfer(wanted, download, part);
        }
        check(wanted, part);
        move(wanted, part, file);
      }
      return file;
    } catch (IOException e) {
      throw new InputException(
          cache
              + ": cannot be written ("
              + AtomicOutput.reason(e)
              + "); make room there, or set XDG_CACHE_HOME to another folder",
          e);
    }
  }

  private static void requireNetwork(Wanted wanted) {
    if (isForbidden()) {
      throw new InputException(
          wanted.from()
              + ": "
              + OFFLINE
              + " forbids to use the network; unset it, or name a file (from)");
    }
  }

  private void transfer(Wanted wanted, Download download, PartFile part) throws IOException {
    if (download != null) {
      download.into(part, watcher);
      return;
    }
    Path from = Path.of(wanted.from());
    if (!Files.isRegularFile(from)) {
      part.delete();
      throw new InputException(from + ": there is no such file; check the name (from)");
    }
    try (InputStream in = Files.newInputStream(from)) {
      Download.receive(wanted, in, part, 0, Files.size(from), watcher);
    }
  }

  private static void check(Wanted wanted, PartFile part) throws IOException {
    String actual = part.sha256();
    if (!wanted.is(actual)) {
      part.delete();
      throw new InputException(
          wanted.from()
              + ": has the SHA-256 "
              + actual
              + " where "
              + wanted.sha256()
              + " is expected; nothing was kept; name another source (from) or hash (sha256)");
    }
    try {
      Checkpoint.all(part.path());
    } catch (InputException e) {
      part.delete();
      throw new InputException(
          e.getMessage().replace(part.path().toString(), wanted.from()), e.getCause());
    }
  }

  private static void move(Wanted wanted, PartFile part, Path file) throws IOException {
    try {
      part.moveTo(file);
    } catch (NoSuchFileException e) {
      // Another process took the whole part over and moved it.
      if (!Files.isRegularFile(file) || !wanted.is(Weights.sha256(file))) {
        throw e;
      }
    }
  }
}
