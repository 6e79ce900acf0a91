package kintsugi.serve;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import kintsugi.Sha256;

/** The page and its files, which are resources next to this class but for the reports' colours. */
final class StaticFiles {
  private static final String GET = "GET";

  private static final String COLOURS = "colours.css";
  private static final int TAG_DIGITS = 16;

  /** What may be sent, by its ending; classes are not. */
  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "svg", "image/svg+xml");

  List<Route> routes() {
    return List.of(
        new Route(GET, "/", request -> file(request, "index.html")),
        new Route(GET, "/static/{file}", request -> file(request, request.path("file"))),
        new Route(GET, "/openapi.json", request -> Reply.of(Reply.OK, Reply.JSON, openapi())));
  }

  private static byte[] openapi() throws IOException {
    return read("openapi.json");
  }

  private static Reply file(Request request, String name) throws IOException {
    String type = name.matches("[\\w-][\\w.-]*") ? TYPES.get(ending(name)) : null;
    byte[] content = type == null ? null : read(name);
    if (content == null) {
      throw new Refusal(Refusal.NOT_FOUND, "there is no such file");
    }
    String tag = '"' + Sha256.of(content).substring(0, TAG_DIGITS) + '"';
    boolean known = request.header("If-None-Match").map(tag::equals).orElse(false);
    Reply reply = known ? Reply.empty(304) : Reply.of(Reply.OK, type, content);
    return reply.with("ETag", tag).with("Cache-Control", "no-cache");
  }

  private static String ending(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private static byte[] read(String name) throws IOException {
    String resource = name.equals(COLOURS) ? "/kintsugi/report/" + COLOURS : name;
    try (InputStream in = StaticFiles.class.getResourceAsStream(resource)) {
      return in == null ? null : in.readAllBytes();
    }
  }
}
