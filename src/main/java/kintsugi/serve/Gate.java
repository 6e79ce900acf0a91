package kintsugi.serve;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a request must show before anything is done for it, and what browsers are told of every
 * reply. A page of another site must not reach the server through its visitor's browser: neither by
 * a name that leads here (the Host header), nor by a request that changes something (the Origin
 * header), nor by reading a reply (no CORS unless an origin is named).
 */
final class Gate {
  private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");

  /** The page and what reveals nothing; the page asks for the token itself. */
  private static final Set<String> OPEN =
      Set.of("/", "/static/{file}", "/healthz", "/readyz", "/openapi.json");

  private static final Map<String, String> ALWAYS =
      Map.of(
          "X-Content-Type-Options", "nosniff",
          "Referrer-Policy", "no-referrer",
          "Cross-Origin-Resource-Policy", "same-origin",
          "Cross-Origin-Opener-Policy", "same-origin",
          "Permissions-Policy", "camera=(self), microphone=(), geolocation=()",
          "Content-Security-Policy",
              "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
                  + " media-src 'self' blob: mediastream:; connect-src 'self'; font-src 'self';"
                  + " manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors"
                  + " 'none'");

  private final Optional<Token> token;
  private final Set<String> hosts;
  private final Set<String> origins;

  /**
   * A gate.
   *
   * @param token that requests must show; empty for none
   * @param hosts names of this server, in addition to addresses and {@code localhost}
   * @param origins of other sites whose pages may use the server
   */
  Gate(Optional<Token> token, List<String> hosts, List<String> origins) {
    this.token = token;
    this.hosts = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    this.hosts.add("localhost");
    this.hosts.addAll(hosts);
    this.origins = Set.copyOf(origins);
  }

  /**
   * Checks where a request comes from.
   *
   * @throws Refusal if it is not for this server, or comes from another site's page
   */
  void checkOrigin(HttpExchange exchange) {
    Headers headers = exchange.getRequestHeaders();
    String host = host(headers.get("Host"));
    String name = host.startsWith("[") ? host : host.replaceFirst(":\\d*$", "");
    boolean address = host.startsWith("[") || name.matches("[\\d.]*");
    if (!address && !hosts.contains(name)) {
      throw new Refusal(
          Refusal.FORBIDDEN,
          "the request is for "
              + name
              + ", which is not a name of this server; use its address, or"
              + " allow the name (allow-host)");
    }
    if (!READING.contains(exchange.getRequestMethod())) {
      requireOwnPage(headers, host);
    }
  }

  private static String host(List<String> values) {
    if (values == null) {
      // HTTP/1.0, which browsers do not speak.
      return "";
    }
    String host = values.getFirst().strip().toLowerCase(Locale.ROOT);
    if (values.size() > 1 || !host.matches("\\[[0-9a-f:.%]+](:\\d*)?|[\\p{Alnum}._-]*(:\\d*)?")) {
      throw new Refusal(Refusal.BAD_REQUEST, "the Host header is not a name or an address");
    }
    return host;
  }

  private void requireOwnPage(Headers headers, String host) {
    String origin = headers.getFirst("Origin");
    String site = headers.getFirst("Sec-Fetch-Site");
    boolean own =
        origin == null
            ? site == null || site.equals("same-origin") || site.equals("none")
            : origin.toLowerCase(Locale.ROOT).replaceFirst("^https?://", "").equals(host)
                || origins.contains(origin);
    if (!own) {
      throw new Refusal(
          Refusal.FORBIDDEN,
          "a page of another site asks for a change; open this server's own page, or allow that site"
              + " (allow-origin)");
    }
  }

  /**
   * Checks that a request may use a route.
   *
   * @throws Refusal if it does not show the token
   */
  void checkToken(HttpExchange exchange, String template) {
    if (token.isEmpty() || OPEN.contains(template)) {
      return;
    }
    String shown = exchange.getRequestHeaders().getFirst("Authorization");
    if (!token.get().isIn(Optional.ofNullable(shown))) {
      throw Refusal.with(
          Refusal.UNAUTHORIZED,
          "show the token of this server: Authorization: Bearer TOKEN",
          "WWW-Authenticate",
          "Bearer realm=\"kintsugi\"");
    }
  }

  /** Tells browsers what they may do with a reply. */
  void mark(HttpExchange exchange) {
    Headers reply = exchange.getResponseHeaders();
    ALWAYS.forEach(reply::set);
    String origin = exchange.getRequestHeaders().getFirst("Origin");
    if (origin != null && origins.contains(origin)) {
      reply.set("Access-Control-Allow-Origin", origin);
      reply.set("Vary", "Origin");
      reply.set("Cross-Origin-Resource-Policy", "cross-origin");
      reply.set(
          "Access-Control-Expose-Headers",
          "Retry-After, X-Kintsugi-Id, X-Kintsugi-Score, X-Kintsugi-Verdict, X-Kintsugi-Sha256,"
              + " X-Kintsugi-Model-Sha256");
    }
  }

  /** {@return the reply to a question for methods, also that of a browser before a request} */
  Reply methods(HttpExchange exchange, String allowed) {
    Reply reply = Reply.empty(Reply.NO_CONTENT).with("Allow", allowed + ", OPTIONS");
    String origin = exchange.getRequestHeaders().getFirst("Origin");
    return origin == null || !origins.contains(origin)
        ? reply
        : reply
            .with("Access-Control-Allow-Methods", allowed)
            .with("Access-Control-Allow-Headers", "Authorization, Content-Type, Last-Event-ID")
            .with("Access-Control-Max-Age", "600");
  }
}
