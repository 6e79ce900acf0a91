package kintsugi.weights;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import kintsugi.InputException;

/**
 * The download of a file by {@code https} unless asked otherwise, through the proxy that the
 * environment or Java's properties name. Redirections are followed, never from {@code https} to
 * {@code http}. A transfer that breaks off continues where it did, as long as every attempt brings
 * something.
 */
final class Download {
  /** A machine without a network must not wait for it longer. */
  private static final int CONNECT_MILLIS = 5_000;

  private static final int ATTEMPTS = 3;
  private static final int REDIRECTS = 5;
  private static final int BUFFER = 1 << 16;

  private final Wanted wanted;
  private final URI address;
  private final boolean allowHttp;
  private final int timeoutMillis;

  /**
   * A download that has not begun.
   *
   * @throws InputException if the address is not one, or not one that is allowed
   */
  Download(Wanted wanted, boolean allowHttp, int timeoutMillis) {
    this.wanted = wanted;
    this.address = allowed(wanted.from(), address(wanted.from()), allowHttp);
    this.allowHttp = allowHttp;
    this.timeoutMillis = timeoutMillis;
  }

  /** Completes a partial file. */
  void into(PartFile part, Fetch.Watcher watcher) throws IOException {
    IOException last = null;
    long before = -1;
    for (int attempt = 0; attempt < ATTEMPTS && part.size() != before; attempt++) {
      before = part.size();
      try {
        once(part, watcher);
        return;
      } catch (IllegalArgumentException e) {
        part.delete();
        throw notAnAddress(wanted.from(), e);
      } catch (InputException e) {
        deleteEmpty(part);
        throw e;
      } catch (IOException e) {
        last = e;
      }
    }
    long arrived = part.size();
    deleteEmpty(part);
    throw new InputException(
        wanted.from()
            + (arrived == 0 ? ": cannot be reached (" : ": broke off after " + arrived + " bytes (")
            + InputException.quoted(reason(last))
            + (arrived == 0
                ? "); look at the network and its proxy, or name a mirror or a file (from)"
                : "); run it again to continue, or name a mirror (from)"),
        last);
  }

  private static String reason(IOException e) {
    return e instanceof UnknownHostException
        ? "the host " + e.getMessage() + " is not known here"
        : String.valueOf(e.getMessage());
  }

  private static void deleteEmpty(PartFile part) throws IOException {
    if (part.size() == 0) {
      part.delete();
    }
  }

  /** Continues the partial file, if the server can. */
  private void once(PartFile part, Fetch.Watcher watcher) throws IOException {
    long partial = part.size();
    HttpURLConnection connection = connect(partial);
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
            wanted.from() + ": the server answered " + status + "; name a mirror (from)");
      }
      long start = status == 206 ? partial : 0;
      long length = connection.getContentLengthLong();
      long total = length < 0 ? -1 : start + length;
      receive(wanted, connection.getInputStream(), part, start, total, watcher);
    } finally {
      connection.disconnect();
    }
  }

  /** Follows redirections one by one, since each has to be allowed. */
  private HttpURLConnection connect(long partial) throws IOException {
    URI next = address;
    for (int redirect = 0; redirect <= REDIRECTS; redirect++) {
      HttpURLConnection connection = open(next);
      connection.setInstanceFollowRedirects(false);
      connection.setConnectTimeout(Math.min(CONNECT_MILLIS, timeoutMillis));
      connection.setReadTimeout(timeoutMillis);
      if (partial > 0) {
        connection.setRequestProperty("Range", "bytes=" + partial + "-");
      }
      int status = connection.getResponseCode();
      String location = connection.getHeaderField("Location");
      if (status / 100 != 3 || location == null) {
        return connection;
      }
      connection.disconnect();
      next = redirected(next, location, allowHttp);
    }
    throw new InputException(
        wanted.from() + ": redirects more than " + REDIRECTS + " times; name a mirror (from)");
  }

  private HttpURLConnection open(URI next) throws IOException {
    Optional<WebProxy> proxy = WebProxy.of(next, System.getenv());
    if (proxy.isPresent()) {
      return proxy.get().open(next);
    }
    if (!WebProxy.isSetInJava(next)) {
      resolve(next.getHost());
    }
    return (HttpURLConnection) next.toURL().openConnection();
  }

  /** Looks a host up, for which Java itself has no timeout; the connection finds it in a cache. */
  private void resolve(String host) throws IOException {
    int millis = Math.min(CONNECT_MILLIS, timeoutMillis);
    CompletableFuture<Void> found = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                InetAddress.getByName(host);
                found.complete(null);
              } catch (IOException e) {
                found.completeExceptionally(new UnknownHostException(host));
              }
            });
    try {
      found.get(millis, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw (IOException) e.getCause();
    } catch (TimeoutException e) {
      throw new SocketTimeoutException("no name server answers for " + host);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
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
      URI address = URI.create(from);
      if (address.getHost() == null) {
        throw new IllegalArgumentException("it has no host");
      }
      return address;
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

  /** Writes a stream to a partial file from a place on; a stream that is too long is an error. */
  static void receive(
      Wanted wanted, InputStream in, PartFile part, long start, long total, Fetch.Watcher watcher)
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
        wanted.from()
            + ": sends "
            + bytes
            + " bytes or more where at most "
            + wanted.limit()
            + " are expected; nothing was kept; name another source (from)");
  }
}
