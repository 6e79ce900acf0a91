package kintsugi.weights;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kintsugi.InputException;

/**
 * The download of a checkpoint into the cache. The bytes go into a partial file next to the final
 * one; a broken transfer leaves it there and the next one continues it. It is renamed only after
 * its SHA-256 is the expected one and its tensors can be read.
 */
public final class Fetch {
  /** torchvision's ResNet-18, trained on ImageNet-1k. */
  public static final String TORCHVISION =
      "https://download.pytorch.org/models/resnet18-f37072fd.pth";

  private static final Pattern HASH_IN_NAME = Pattern.compile("-([0-9a-f]{8,64})\\.");
  private static final int ATTEMPTS = 3;
  private static final int BUFFER = 1 << 16;

  private final Watcher watcher;
  private final int timeoutMillis;

  /** The listener to a transfer's progress. */
  public interface Watcher {
    /**
     * Receives the count after every block of bytes.
     *
     * @param bytes the bytes so far
     * @param total the bytes of the file; below 0 if unknown
     */
    void arrived(long bytes, long total);
  }

  /**
   * A download.
   *
   * @param watcher the listener to its progress
   * @param timeoutMillis the maximum silence of a server
   */
  public Fetch(Watcher watcher, int timeoutMillis) {
    this.watcher = watcher;
    this.timeoutMillis = timeoutMillis;
  }

  /**
   * Fetches a file, unless it is already in the cache.
   *
   * @param from an address, or a file
   * @param sha256 the first 8 to 64 hex digits; null takes those in the file's name
   * @param cache the folder for it
   * @return the file in the cache
   * @throws InputException if it cannot be fetched, differs from the expected one, or is not a
   *     checkpoint
   */
  public Path fetch(String from, String sha256, Path cache) {
    String name = from.substring(Math.max(from.lastIndexOf('/'), from.lastIndexOf('\\')) + 1);
    String expected = sha256 == null ? hashIn(from, name) : sha256;
    if (!expected.matches("[0-9a-f]{8,64}")) {
      throw new InputException(
          expected
              + ": is not the beginning of a SHA-256; write 8 to 64 digits of 0 to 9 and a to f"
              + " (sha256)");
    }
    Path file = cache.resolve(name);
    if (Files.isRegularFile(file) && Weights.sha256(file).startsWith(expected)) {
      return file;
    }
    Path part = cache.resolve(name + ".part");
    try {
      Files.createDirectories(cache);
      if (from.matches("https?://.*")) {
        download(from, part);
      } else {
        copy(Path.of(from), part);
      }
      check(from, part, expected);
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
      return file;
    } catch (IOException e) {
      throw new InputException(cache + ": cannot be written (" + e + ")", e);
    }
  }

  private static String hashIn(String from, String name) {
    Matcher hash = HASH_IN_NAME.matcher(name);
    if (!hash.find()) {
      throw new InputException(
          from + ": its name carries no hash; name the SHA-256 to expect (sha256)");
    }
    return hash.group(1);
  }

  private static void copy(Path from, Path part) throws IOException {
    if (!Files.isRegularFile(from)) {
      throw new InputException(from + ": there is no such file; check the name (from)");
    }
    Files.copy(from, part, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void check(String from, Path part, String expected) throws IOException {
    String actual = Weights.sha256(part);
    if (!actual.startsWith(expected)) {
      Files.delete(part);
      throw new InputException(
          from
              + ": has the SHA-256 "
              + actual
              + " where "
              + expected
              + " is expected; nothing was kept; name another source (from) or hash (sha256)");
    }
    try {
      Checkpoint.read(part);
    } catch (InputException e) {
      Files.delete(part);
      throw e;
    }
  }

  private void download(String from, Path part) throws IOException {
    IOException last = null;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        downloadOnce(URI.create(from), part);
        return;
      } catch (IllegalArgumentException e) {
        throw new InputException(
            from + ": is not an address (" + e.getMessage() + "); check it (from)", e);
      } catch (IOException e) {
        last = e;
      }
    }
    long arrived = Files.exists(part) ? Files.size(part) : 0;
    throw new InputException(
        from
            + ": broke off after "
            + arrived
            + " bytes ("
            + last
            + "); run it again to continue, or name a mirror (from)",
        last);
  }

  /** Continues the partial file, if the server can. */
  private void downloadOnce(URI from, Path part) throws IOException {
    long partial = Files.exists(part) ? Files.size(part) : 0;
    HttpURLConnection connection = (HttpURLConnection) from.toURL().openConnection();
    connection.setConnectTimeout(timeoutMillis);
    connection.setReadTimeout(timeoutMillis);
    if (partial > 0) {
      connection.setRequestProperty("Range", "bytes=" + partial + "-");
    }
    try {
      int status = connection.getResponseCode();
      if (status == 416) {
        // The partial file is longer than the whole: it is not its beginning.
        Files.delete(part);
        throw new IOException("the partial file did not fit");
      }
      if (status != 200 && status != 206) {
        throw new InputException(
            from + ": the server answered " + status + "; name a mirror (from)");
      }
      boolean continues = status == 206;
      long start = continues ? partial : 0;
      long length = connection.getContentLengthLong();
      receive(connection.getInputStream(), part, start, length < 0 ? -1 : start + length);
    } finally {
      connection.disconnect();
    }
  }

  private void receive(InputStream in, Path part, long start, long total) throws IOException {
    StandardOpenOption how =
        start > 0 ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING;
    long arrived = start;
    try (in;
        OutputStream out =
            Files.newOutputStream(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, how)) {
      byte[] buffer = new byte[BUFFER];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        out.write(buffer, 0, n);
        arrived += n;
        watcher.arrived(arrived, total);
      }
    }
    if (total >= 0 && arrived < total) {
      throw new IOException("the server promised " + total + " bytes");
    }
  }
}
