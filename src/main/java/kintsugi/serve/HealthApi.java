package kintsugi.serve;

import java.util.List;
import java.util.Map;

/** For those who watch the server: that it lives, that it can be used, and figures. */
final class HealthApi {
  private static final String GET = "GET";

  private final Line line;

  HealthApi(Line line) {
    this.line = line;
  }

  List<Route> routes() {
    return List.of(
        new Route(GET, "/healthz", request -> Reply.json(Map.of("status", "alive"))),
        // While the server ends this is refused as all is.
        new Route(GET, "/readyz", request -> Reply.json(Map.of("status", "ready"))),
        new Route(
            GET, "/metrics", request -> Reply.text(Reply.OK, Metrics.TYPE, line.metrics().text())));
  }
}
