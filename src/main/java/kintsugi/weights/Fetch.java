package kintsugi.weights;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kintsugi.AtomicOutput;
import kintsugi.InputException;

/**
 * The download of a checkpoint into the cache, by {@code https} unless asked otherwise. The bytes
 * go into a partial file next to the final one, which belongs to this process; a broken transfer
 * leaves it there and the next one continues it. It is renamed only after its SHA-256 is the
 * expected one and its tensors can be read.
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

  private static final String TORCHVISION_NAME =
      TORCHVISION.substring(TORCHVISION.lastIndexOf('/') + 1);

  private static final Pattern HASH_IN_NAME = Pattern.compile("-([0-9a-f]{8,64})\\.");
  private static final int WHOLE_HASH = 64;

  /** The maximum of a file whose size neither its name nor the server tells: 4 GiB. */
  private static final long MAX_BYTES = 4L << 30;

  private static final int ATTEMPTS = 3;
  private static final int REDIRECTS = 5;
  private static final int BUFFER = 1 << 16;

  private final Watcher watcher;
  private final int timeoutMillis;
  private final boolean allowHttp;

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

  /** The file to fetch: its source, its name, the digits of its hash, its size or -1. */
  private record Wanted(String from, String name, String sha256, long bytes) {
    boolean remote() {
      return from.matches("(?i)[a-z][a-z0-9+.-]+://.*");
    }

    boolean is(String actual) {
      return actual.startsWith(sha256);
    }

    /** The maximum of bytes to receive. */
    long limit() {
      return bytes < 0 ? MAX_BYTES : bytes;
    }

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

  /**
   * A download by {@code https} alone.
   *
   * @param watcher the listener to its progress
   * @param timeoutMillis the maximum silence of a server
   */
  public Fetch(Watcher watcher, int timeoutMillis) {
    this(watcher, timeoutMillis, false);
  }

  /**
   * A download.
   *
   * @param watcher the listener to its progress
   * @param timeoutMillis the maximum silence of a server
   * @param allowHttp whether addresses of {@code http} are used too, where anybody on the way can
   *     change the file
   */
  public Fetch(Watcher watcher, int timeoutMillis, boolean allowHttp) {
    this.watcher = watcher;
    this.timeoutMillis = timeoutMillis;
    this.allowHttp = allowHttp;
  }

  /**
   * Fetches a file, unless it is already in the cache.
   *
   * @param from an address, or a file
   * @param sha256 the first 8 to 64 hex digits; null takes the whole hash of torchvision's file for
   *     its name, and for any other the digits in the file's name
   * @param cache the folder for it
   * @return the file in the cache
   * @throws InputException if it cannot be fetched, differs from the expected one, or is not a
   *     checkpoint
   */
  public Path fetch(String from, String sha256, Path cache) {
    Wanted wanted = wanted(from, sha256);
    Path file = place(wanted, cache);
    if (Files.isRegularFile(file) && wanted.is(Weights.sha256(file))) {
      return file;
    }
    if (wanted.remote()) {
      allowed(from, address(from), allowHttp);
    }
    watcher.begins(wanted.line());
    try {
      Files.createDirectories(cache);
      try (PartFile part = PartFile.of(file)) {
        if (part.size() == 0 || !wanted.is(part.sha256())) {
          transfer(wanted, part);
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

  private static Path place(Wanted wanted, Path cache) {
    if (wanted.name.matches("\\.*") || wanted.from.codePoints().anyMatch(Character::isISOControl)) {
      throw new InputException(
          InputException.quoted(wanted.from)
              + ": does not end with the name of a file; name one that does (from)");
    }
    return cache.resolve(wanted.name);
  }

  private static Wanted wanted(String from, String sha256) {
    String name = from.substring(Math.max(from.lastIndexOf('/'), from.lastIndexOf('\\')) + 1);
    boolean known = name.equals(TORCHVISION_NAME) && sha256 == null;
    if (known) {
      return new Wanted(from, name, TORCHVISION_SHA256, TORCHVISION_BYTES);
    }
    String expected = sha256 == null ? hashIn(from, name) : sha256.strip().toLowerCase(Locale.ROOT);
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

  private void transfer(Wanted wanted, PartFile part) throws IOException {
    if (wanted.remote()) {
      download(wanted, part);
      return;
    }
    Path from = Path.of(wanted.from);
    if (!Files.isRegularFile(from)) {
      part.delete();
      throw new InputException(from + ": there is no such file; check the name (from)");
    }
    try (InputStream in = Files.newInputStream(from)) {
      receive(wanted, in, part, 0, Files.size(from));
    }
  }

  private static void check(Wanted wanted, PartFile part) throws IOException {
    String actual = part.sha256();
    if (!wanted.is(actual)) {
      part.delete();
      throw new InputException(
          wanted.from
              + ": has the SHA-256 "
              + actual
              + " where "
              + wanted.sha256
              + " is expected; nothing was kept; name another source (from) or hash (sha256)");
    }
    try {
      Checkpoint.all(part.path());
    } catch (InputException e) {
      part.delete();
      throw new InputException(
          e.getMessage().replace(part.path().toString(), wanted.from), e.getCause());
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

  private void download(Wanted wanted, PartFile part) throws IOException {
    IOException last = null;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        downloadOnce(wanted, part);
        return;
      } catch (IllegalArgumentException e) {
        part.delete();
        throw notAnAddress(wanted.from, e);
      } catch (InputException e) {
        if (part.size() == 0) {
          part.delete();
        }
        throw e;
      } catch (IOException e) {
        last = e;
      }
    }
    long arrived = part.size();
    if (arrived == 0) {
      part.delete();
    }
    throw new InputException(
        wanted.from
            + ": broke off after "
            + arrived
            + " bytes ("
            + InputException.quoted(last.toString())
            + "); run it again to continue, or name a mirror (from)",
        last);
  }

  /** Continues the partial file, if the server can. */
  private void downloadOnce(Wanted wanted, PartFile part) throws IOException {
    long partial = part.size();
    HttpURLConnection connection = connect(wanted, partial);
    try {
      int status = connection.getResponseCode();
      String range = connection.getHeaderField("Content-Range");
      boolean other = range != null && !range.startsWith("bytes " + partial + "-");
      if (status == 416 || status == 206 && other) {
        // The partial file is not the beginning of the server's.
        part.truncate(0);
        throw new IOException("the partial file did not fit");
      }
      if (status != 200 && status != 206) {
        throw new InputException(
            wanted.from + ": the server answered " + status + "; name a mirror (from)");
      }
      long start = status == 206 ? partial : 0;
      long length = connection.getContentLengthLong();
      receive(wanted, connection.getInputStream(), part, start, length < 0 ? -1 : start + length);
    } finally {
      connection.disconnect();
    }
  }

  /** Follows redirections one by one, since each has to be allowed. */
  private HttpURLConnection connect(Wanted wanted, long partial) throws IOException {
    URI address = address(wanted.from);
    for (int redirect = 0; redirect <= REDIRECTS; redirect++) {
      HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
      connection.setInstanceFollowRedirects(false);
      connection.setConnectTimeout(timeoutMillis);
      connection.setReadTimeout(timeoutMillis);
      if (partial > 0) {
        connection.setRequestProperty("Range", "bytes=" + partial + "-");
      }
      String location = connection.getHeaderField("Location");
      if (connection.getResponseCode() / 100 != 3 || location == null) {
        return connection;
      }
      connection.disconnect();
      address = redirected(address, location, allowHttp);
    }
    throw new InputException(
        wanted.from + ": redirects more than " + REDIRECTS + " times; name a mirror (from)");
  }

  /** {@return the address that another redirects to, never from https to http} */
  static URI redirected(URI from, String location, boolean allowHttp) {
    URI to = from.resolve(URI.create(location));
    boolean encrypted = "https".equalsIgnoreCase(from.getScheme());
    String what = from + ": redirects to " + InputException.quoted(to.toString());
    return allowed(what, to, allowHttp && !encrypted);
  }

  private static URI address(String from) {
    try {
      return URI.create(from);
    } catch (IllegalArgumentException e) {
      throw notAnAddress(from, e);
    }
  }

  private static InputException notAnAddress(String from, IllegalArgumentException e) {
    String why = InputException.quoted(e.getMessage());
    return new InputException(from + ": is not an address (" + why + "); check it (from)", e);
  }

  private static URI allowed(String what, URI address, boolean allowHttp) {
    String scheme = String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
    if (scheme.equals("https") || scheme.equals("http") && allowHttp) {
      return address;
    }
    throw new InputException(
        what
            + (scheme.equals("http")
                ? ": anybody on the way can change what http brings; use https, or allow it"
                    + " (allow-http)"
                : ": is not an address of https; name one, or a file (from)"));
  }

  private void receive(Wanted wanted, InputStream in, PartFile part, long start, long total)
      throws IOException {
    long limit = total < 0 ? wanted.limit() : Math.min(total, wanted.limit());
    if (total > limit) {
      throw tooLong(wanted, part, total);
    }
    part.truncate(start);
    long arrived = start;
    byte[] buffer = new byte[BUFFER];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      if (arrived + n > limit) {
        throw tooLong(wanted, part, arrived + n);
      }
      part.append(buffer, n);
      arrived += n;
      watcher.arrived(arrived, total);
    }
    if (total >= 0 && arrived < total) {
      throw new IOException("the server promised " + total + " bytes");
    }
  }

  private static InputException tooLong(Wanted wanted, PartFile part, long bytes)
      throws IOException {
    part.truncate(0);
    return new InputException(
        wanted.from
            + ": sends "
            + bytes
            + " bytes or more where at most "
            + wanted.limit()
            + " are expected; nothing was kept; name another source (from)");
  }
}
