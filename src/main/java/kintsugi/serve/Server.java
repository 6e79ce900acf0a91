package kintsugi.serve;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import kintsugi.InputException;

/**
 * The server: the line over HTTP, by the JDK's own server, with a virtual thread per request. It
 * ends in order: what was accepted is answered, what comes then is refused.
 */
public final class Server implements AutoCloseable {
  private static final int BACKLOG = 256;
  static final int LARGEST_PORT = 65_535;

  private final HttpServer http;
  private final Exchanges exchanges;
  private final Line line;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch ended = new CountDownLatch(1);

  /**
   * The choices of a server.
   *
   * @param host address or name to listen on
   * @param port to listen on; 0 for a free one
   * @param maxBody bytes of the largest body
   * @param access who may use it
   * @param notices receives what the operator should know, a line each
   */
  public record Options(
      String host, int port, long maxBody, Access access, Consumer<String> notices) {

    /** The choices of a test or a program: loopback, a free port, no token. */
    public static final Options LOCAL =
        new Options("127.0.0.1", 0, 64L << 20, Access.LOCAL, line -> {});
  }

  /**
   * Who may use a server.
   *
   * @param tokenFile the file of the token that requests must show
   * @param certificate of TLS, a PEM file; empty for HTTP without it
   * @param key of the certificate, a PEM file
   * @param hosts names of the server, in addition to its addresses and {@code localhost}
   * @param origins of other sites whose pages may use it
   */
  public record Access(
      Optional<Path> tokenFile,
      Optional<Path> certificate,
      Optional<Path> key,
      List<String> hosts,
      List<String> origins) {
    /** Everybody on this machine. */
    public static final Access LOCAL =
        new Access(Optional.empty(), Optional.empty(), Optional.empty(), List.of(), List.of());

    private boolean isEncrypted() {
      return certificate.isPresent();
    }
  }

  private Server(HttpServer http, Line line, Options options, Gate gate) {
    this.http = http;
    this.line = line;
    this.exchanges = new Exchanges(line, options, gate, new Router(routes(line)));
  }

  /**
   * The place of a server that does not answer yet: its choices are checked, its secrets read, and
   * its port is taken. What costs more, such as loading models, comes after it.
   */
  public static final class Place implements AutoCloseable {
    private final HttpServer http;
    private final Options options;
    private final Gate gate;

    private Place(HttpServer http, Options options, Gate gate) {
      this.http = http;
      this.options = options;
      this.gate = gate;
    }

    /**
     * {@return the server, which answers from now on}
     *
     * @param line the models and all that happens to images
     */
    public Server serve(Line line) {
      Server server = new Server(http, line, options, gate);
      http.setExecutor(server.threads);
      http.createContext("/", server.exchanges);
      http.start();
      return server;
    }

    /** Leaves the place; of a server that answers it is the end, in no order. */
    @Override
    public void close() {
      http.stop(0);
    }
  }

  /**
   * {@return the server, listening}
   *
   * @param line the models and all that happens to images
   * @param options the choices
   * @throws InputException if it cannot listen there, or a file of the choices cannot be used
   * @throws IllegalArgumentException as {@link #at} does
   */
  public static Server open(Line line, Options options) {
    return at(options).serve(line);
  }

  /**
   * {@return the place of a server}
   *
   * @param options the choices
   * @throws InputException if it cannot listen there, or a file of the choices cannot be used
   * @throws IllegalArgumentException if others could use it without a token, a certificate has no
   *     key, or there is no such port
   */
  public static Place at(Options options) {
    Limits.set();
    requireTogether(options);
    InetSocketAddress address = address(options);
    Gate gate = gate(options, address.getAddress().isLoopbackAddress());
    try {
      return new Place(http(address, options.access), options, gate);
    } catch (IOException e) {
      throw new InputException(
          options.host
              + ":"
              + options.port
              + ": cannot listen there ("
              + e.getMessage()
              + "); name another port (port), or end what listens there",
          e);
    }
  }

  private static void requireTogether(Options options) {
    if (options.access.certificate.isPresent() != options.access.key.isPresent()) {
      throw new IllegalArgumentException(
          "TLS needs a certificate and its key; name both (tls-cert) (tls-key)");
    }
    if (options.port < 0 || options.port > LARGEST_PORT) {
      throw new IllegalArgumentException("port: 0 to " + LARGEST_PORT + ", not " + options.port);
    }
    if (options.host.isBlank()) {
      // Java takes it for this machine.
      throw new IllegalArgumentException("host: an address or a name, not an empty text");
    }
  }

  private static HttpServer http(InetSocketAddress address, Access access) throws IOException {
    if (!access.isEncrypted()) {
      return HttpServer.create(address, BACKLOG);
    }
    SSLContext context = Pem.context(access.certificate.get(), access.key.get());
    HttpsServer https = HttpsServer.create(address, BACKLOG);
    https.setHttpsConfigurator(new HttpsConfigurator(context));
    return https;
  }

  /** The gate; a server that others can reach wants a token. */
  private static Gate gate(Options options, boolean loopback) {
    Access access = options.access;
    if (!loopback && access.tokenFile.isEmpty()) {
      throw new IllegalArgumentException(
          options.host
              + ": others can reach this server there, so that it needs a token; write one with"
              + " openssl rand -hex 32 into a file of your own and name it (token-file)");
    }
    if (!loopback) {
      options.notices.accept(
          options.host
              + ": others can reach this server there; requests must show the token of "
              + access.tokenFile.get());
      if (!access.isEncrypted()) {
        options.notices.accept(
            "warning: the token and the images pass the network unencrypted; name a certificate"
                + " and its key (tls-cert) (tls-key)");
      }
    }
    List<String> hosts = new ArrayList<>(access.hosts);
    hosts.add(options.host);
    return new Gate(
        access.tokenFile.map(file -> Token.read(file, options.notices)), hosts, access.origins);
  }

  private static InetSocketAddress address(Options options) {
    try {
      return new InetSocketAddress(InetAddress.getByName(options.host), options.port);
    } catch (UnknownHostException e) {
      throw new InputException(
          options.host + ": is not an address of this machine; name another (host)", e);
    }
  }

  /** All routes of a line. */
  static List<Route> routes(Line line) {
    List<Route> routes = new ArrayList<>();
    routes.addAll(new StaticFiles().routes());
    routes.addAll(new HealthApi(line).routes());
    routes.addAll(new ModelApi(line).routes());
    routes.addAll(new ChangeApi(line).routes());
    routes.addAll(new TeachApi(line).routes());
    routes.addAll(new PredictApi(line).routes());
    routes.addAll(new HistoryApi(line).routes());
    return routes;
  }

  /** {@return the port it listens on} */
  public int port() {
    return http.getAddress().getPort();
  }

  /** {@return the address of the page} */
  public String url() {
    InetAddress address = http.getAddress().getAddress();
    String host = address.getHostAddress();
    String scheme = http instanceof HttpsServer ? "https" : "http";
    return scheme + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port() + "/";
  }

  /**
   * Waits until the server has ended.
   *
   * @throws InterruptedException if the thread is interrupted
   */
  public void await() throws InterruptedException {
    ended.await();
  }

  /** Refuses what comes, answers what was accepted within bounded time, and ends. */
  @Override
  public void close() {
    exchanges.drain();
    line.events().close();
    line.history().close();
    exchanges.awaitIdle();
    http.stop(0);
    threads.shutdownNow();
    ended.countDown();
  }
}
