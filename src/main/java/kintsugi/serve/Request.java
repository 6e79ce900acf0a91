package kintsugi.serve;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import kintsugi.weights.JsonText;

/** A request: its names and values decoded, its body read when it is asked for. */
final class Request implements AutoCloseable {
  private final HttpExchange exchange;
  private final Bodies.Body body;
  private final Function<Throwable, Refusal> refusals;
  private final long arrived = System.nanoTime();
  private Map<String, String> path = Map.of();
  private Map<String, String> query;
  private byte[] read;

  Request(HttpExchange exchange, Bodies bodies, Function<Throwable, Refusal> refusals) {
    this.exchange = exchange;
    this.body = bodies.new Body();
    this.refusals = refusals;
  }

  private static Map<String, String> parsed(String text) {
    Map<String, String> query = new LinkedHashMap<>();
    for (String pair : text == null ? new String[0] : text.split("&")) {
      String[] parts = pair.split("=", 2);
      query.putIfAbsent(decoded(parts[0]), parts.length == 1 ? "" : decoded(parts[1]));
    }
    return query;
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new Refusal(Refusal.BAD_REQUEST, "the query has " + text + ", which is not encoded");
    }
  }

  /** Sets the values of the names in the route's template. */
  Request at(Map<String, String> names) {
    path = names;
    return this;
  }

  /** {@return how the server refuses what was thrown, which it tells its operator where it must} */
  Refusal refusal(Throwable thrown) {
    return refusals.apply(thrown);
  }

  /** {@return when it arrived, by {@link System#nanoTime}} */
  long arrived() {
    return arrived;
  }

  String method() {
    return exchange.getRequestMethod();
  }

  /** {@return the path's value of a name in the route's template} */
  String path(String name) {
    return path.get(name);
  }

  /** {@return the first value of a name in the query} */
  Optional<String> query(String name) {
    query = query == null ? parsed(exchange.getRequestURI().getRawQuery()) : query;
    return Optional.ofNullable(query.get(name));
  }

  /**
   * {@return whether a query's value is yes: {@code true}, {@code 1}, or the name alone}
   *
   * @param usual where the query does not have the name
   * @throws Refusal if the value is neither yes nor no
   */
  boolean isOn(String name, boolean usual) {
    String value = query(name).orElse("" + usual);
    boolean on = value.matches("|1|true|yes");
    if (!on && !value.matches("0|false|no")) {
      throw new Refusal(Refusal.BAD_REQUEST, name + ": true or false, not " + value);
    }
    return on;
  }

  Optional<String> header(String name) {
    return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
  }

  /** {@return whether the sender would rather have a type than others, by its header alone} */
  boolean accepts(String type) {
    return header("Accept").map(all -> all.toLowerCase(Locale.ROOT).contains(type)).orElse(false);
  }

  /**
   * {@return the body in memory}
   *
   * @throws Refusal if it is above the limit
   */
  byte[] body() throws IOException {
    if (read == null) {
      read = body.read(exchange.getRequestBody(), announced());
    }
    return read;
  }

  /** {@return whether a body was sent of which not all is known to have been read} */
  boolean isUnread() {
    return read == null && (announced() > 0 || header("Transfer-Encoding").isPresent());
  }

  /** {@return the body to be read without a limit} */
  InputStream stream() {
    return exchange.getRequestBody();
  }

  private long announced() {
    return header("Content-Length").map(Long::parseLong).orElse(-1L);
  }

  /**
   * {@return the JSON object of the body}
   *
   * @throws Refusal if it is not one
   */
  Map<?, ?> json() throws IOException {
    try {
      if (JsonText.parse(new String(body(), StandardCharsets.UTF_8)) instanceof Map<?, ?> map) {
        return map;
      }
      throw new IllegalArgumentException("it is not an object");
    } catch (IllegalArgumentException e) {
      throw new Refusal(Refusal.BAD_REQUEST, "the body is not JSON: " + e.getMessage());
    }
  }

  @Override
  public void close() {
    body.close();
  }
}
