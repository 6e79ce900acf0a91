package kintsugi.serve;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * All routes.
 *
 * @param routes in the order in which they are tried
 */
record Router(List<Route> routes) {
  /** A route and the values of its template's names. */
  record Match(Route route, Map<String, String> names) {}

  /**
   * {@return the route of a request; a HEAD request has that of the GET}
   *
   * @param method of HTTP
   * @param path as it was sent
   * @throws Refusal if there is none
   */
  Match find(String method, String path) {
    String wanted = method.equals("HEAD") ? "GET" : method;
    for (Route route : routes) {
      Optional<Map<String, String>> names =
          route.method().equals(wanted) ? route.match(path) : Optional.empty();
      if (names.isPresent()) {
        return new Match(route, names.get());
      }
    }
    String allowed = allowed(path);
    if (allowed.isEmpty()) {
      throw new Refusal(Refusal.NOT_FOUND, "nothing is here; /openapi.json lists what there is");
    }
    throw Refusal.with(Refusal.NOT_ALLOWED, "the methods here are " + allowed, "Allow", allowed);
  }

  /** {@return the methods of a path, as a header lists them; empty if nothing is there} */
  String allowed(String path) {
    return routes.stream()
        .filter(route -> route.match(path).isPresent())
        .map(Route::method)
        .distinct()
        .map(method -> method.equals("GET") ? "GET, HEAD" : method)
        .collect(Collectors.joining(", "));
  }
}
