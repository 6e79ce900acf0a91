package kintsugi.serve;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import kintsugi.InputException;

/**
 * The exchanges of requests and replies: each is routed, answered once, counted and closed,
 * whatever happens in it.
 */
final class Exchanges implements HttpHandler {
  /** The seconds in which what was accepted must be answered when the server ends. */
  private static final int END_SECONDS = 20;

  private static final int CHUNK = 16 * 1024;

  /** How long, and how many times the limit of a body, a refused one is still taken. */
  private static final int DRAIN_SECONDS = 10;

  private static final int DRAINED = 4;

  /** The status by which requests are counted that could not be answered, as nginx does. */
  private static final int GONE = 499;

  private final Line line;
  private final Server.Options options;
  private final Gate gate;
  private final Router router;
  private final Bodies bodies;
  private final Phaser open = new Phaser(1);
  private volatile boolean draining;

  Exchanges(Line line, Server.Options options, Gate gate, Router router) {
    this.line = line;
    this.options = options;
    this.gate = gate;
    this.router = router;
    this.bodies = new Bodies(options.maxBody(), Runtime.getRuntime().maxMemory() / 4);
  }

  @Override
  public void handle(HttpExchange exchange) {
    try (exchange;
        Request request = new Request(exchange, bodies, this::refusal)) {
      if (answer(exchange, request)) {
        drain(exchange.getRequestBody());
      }
    } catch (IOException e) {
      // The other side is gone, or sends what is not HTTP; nobody can be told.
      return;
    }
  }

  /**
   * Answers and counts; only that is waited for when the server ends.
   *
   * @return whether the request may still be read
   */
  private boolean answer(HttpExchange exchange, Request request) throws IOException {
    open.register();
    Asked asked = new Asked();
    int status = GONE;
    try {
      Reply reply = reply(exchange, request, asked);
      // A connection on which a refused body may still be is not to be used again.
      boolean refused = reply.status() >= Refusal.BAD_REQUEST;
      boolean last = draining || refused && request.isUnread();
      boolean readable = send(exchange, reply, last);
      status = reply.status();
      return readable;
    } finally {
      line.metrics().request(asked.route, asked.method, status);
      open.arriveAndDeregister();
    }
  }

  /** What was asked for, for the figures: never more values than there are routes. */
  private static final class Asked {
    String route = "other";
    String method = "other";
  }

  private Reply reply(HttpExchange exchange, Request request, Asked asked) throws IOException {
    try {
      requireRunning();
      gate.checkOrigin(exchange);
      String path = exchange.getRequestURI().getRawPath();
      if (request.method().equals("OPTIONS")) {
        return gate.methods(exchange, router.allowed(path));
      }
      Router.Match match = router.find(request.method(), path);
      asked.route = match.route().template();
      asked.method = match.route().method();
      gate.checkToken(exchange, asked.route);
      return match.route().handler().handle(request.at(match.names()));
    } catch (RuntimeException | Error e) {
      return Reply.of(refusal(e));
    }
  }

  private void requireRunning() {
    if (draining) {
      throw Refusal.later(Refusal.UNAVAILABLE, "the server ends", 1);
    }
  }

  /** The refusal by what was thrown: an input's one line, or that the program has a defect. */
  private Refusal refusal(Throwable thrown) {
    Refusal refusal =
        switch (thrown) {
          case Refusal r -> r;
          case InputException e -> new Refusal(Refusal.UNPROCESSABLE, e.getMessage());
          case OutOfMemoryError e ->
              Refusal.later(Refusal.UNAVAILABLE, "out of memory: " + e.getMessage(), 1);
          default -> {
            report(thrown);
            yield new Refusal(Refusal.FAILED, "the program has a defect; its log has more");
          }
        };
    return refusal.withoutChoices();
  }

  /** Tells the operator of a defect, by its stack trace. */
  private void report(Throwable defect) {
    StringWriter trace = new StringWriter();
    defect.printStackTrace(new PrintWriter(trace));
    options.notices().accept("a request failed by a defect of the program:");
    trace.toString().lines().map(frame -> frame.replace("\t", "  ")).forEach(options.notices());
  }

  /** Sends a reply; whether the request may still be read, which the end of some replies ends. */
  private boolean send(HttpExchange exchange, Reply reply, boolean last) throws IOException {
    Headers headers = exchange.getResponseHeaders();
    gate.mark(exchange);
    headers.set("Cache-Control", "no-store");
    if (reply.type() != null) {
      headers.set("Content-Type", reply.type());
    }
    reply.headers().forEach(headers::set);
    if (last) {
      headers.set("Connection", "close");
    }
    if (exchange.getRequestMethod().equals("HEAD")) {
      if (reply.body() != null && reply.status() != Reply.NO_CONTENT) {
        headers.set("Content-Length", Integer.toString(reply.body().length));
      }
      exchange.sendResponseHeaders(reply.status(), -1);
      return false;
    }
    if (reply.body() == null) {
      exchange.sendResponseHeaders(reply.status(), 0);
      try (OutputStream out = exchange.getResponseBody()) {
        reply.stream().writeTo(out);
      }
      return false;
    }
    int length = reply.body().length;
    exchange.sendResponseHeaders(reply.status(), length == 0 ? -1 : length);
    OutputStream out = exchange.getResponseBody();
    out.write(reply.body());
    out.flush();
    return length > 0;
  }

  /**
   * Takes what is still being sent of a body that was refused, within limits: where a connection is
   * closed while bytes arrive, its other side may never read the reply.
   */
  private void drain(InputStream in) throws IOException {
    byte[] chunk = new byte[CHUNK];
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DRAIN_SECONDS);
    long left = DRAINED * bodies.limit();
    while (left > 0 && System.nanoTime() < end) {
      int count = in.read(chunk);
      if (count < 0) {
        return;
      }
      left -= count;
    }
  }

  /** Refuses what comes from now on. */
  void drain() {
    draining = true;
  }

  /** Waits until what was accepted is answered, for bounded time. */
  void awaitIdle() {
    int phase = open.arrive();
    try {
      open.awaitAdvanceInterruptibly(phase, END_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      options.notices().accept("some requests were not answered in " + END_SECONDS + " s");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
