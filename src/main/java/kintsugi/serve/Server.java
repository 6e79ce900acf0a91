package kintsugi.serve;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import kintsugi.InputException;

/**
 * The server: the line over HTTP, by the JDK's own server, with a virtual thread per request. It
 * ends in order: what was accepted is answered, what comes then is refused.
 */
public final class Server implements AutoCloseable {
  private static final int BACKLOG = 256;
  private static final int LARGEST_PORT = 65_535;

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
   * @param words how the library's messages name choices to a user
   * @param notices receives what the operator should know, a line each
   */
  public record Options(
      String host, int port, long maxBody, UnaryOperator<String> words, Consumer<String> notices) {

    /** The choices of a test or a program: loopback, a free port. */
    public static final Options LOCAL =
        new Options("127.0.0.1", 0, 64L << 20, line -> line, line -> {});
  }

  private Server(HttpServer http, Line line, Options options) {
    this.http = http;
    this.line = line;
    this.exchanges = new Exchanges(line, options, new Router(routes(line)));
  }

  /**
   * {@return the server, listening}
   *
   * @param line the models and all that happens to images
   * @param options the choices
   * @throws InputException if it cannot listen there
   */
  public static Server open(Line line, Options options) {
    Limits.set();
    InetSocketAddress address = address(options);
    try {
      HttpServer http = HttpServer.create(address, BACKLOG);
      Server server = new Server(http, line, options);
      http.setExecutor(server.threads);
      http.createContext("/", server.exchanges);
      http.start();
      return server;
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

  private static InetSocketAddress address(Options options) {
    if (options.port < 0 || options.port > LARGEST_PORT) {
      throw new InputException("port: 0 to " + LARGEST_PORT + ", not " + options.port);
    }
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
    return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port() + "/";
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
    exchanges.awaitIdle();
    http.stop(0);
    threads.shutdownNow();
    ended.countDown();
  }
}
