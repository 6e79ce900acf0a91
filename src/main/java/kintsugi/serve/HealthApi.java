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
        new Route(GET, "/readyz", request -> ready()),
        new Route(
            GET, "/metrics", request -> Reply.text(Reply.OK, Metrics.TYPE, line.metrics().text())));
  }

  private Reply ready() {
    if (!line.isWatching()) {
      // The reason has names of folders, which are not for everybody.
      throw new Refusal(
          Refusal.UNAVAILABLE,
          "the folder is not watched at the moment; the server's own messages say why");
    }
    return Reply.json(Map.of("status", "ready"));
  }
}
