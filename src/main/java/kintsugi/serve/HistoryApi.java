package kintsugi.serve;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import kintsugi.image.ImageSource;
import kintsugi.report.Encoded;

/** The last answers, and events while they arise. */
final class HistoryApi {
  private static final String GET = "GET";

  private final Line line;

  HistoryApi(Line line) {
    this.line = line;
  }

  List<Route> routes() {
    return List.of(
        new Route(GET, "/api/history", this::list),
        new Route(GET, "/api/history/{id}/image", this::image),
        new Route(GET, "/api/history/{id}/overlay", this::overlay),
        new Route("POST", "/api/models/{name}/feedback", this::feedback),
        new Route(GET, "/api/events", this::events));
  }

  private Reply list(Request request) {
    int limit = request.query("limit").map(HistoryApi::count).orElse(History.COUNT);
    return Reply.json(Map.of("answers", line.history().newest(limit)));
  }

  private static int count(String text) {
    if (!text.matches("\\d{1,6}")) {
      throw new Refusal(Refusal.BAD_REQUEST, "limit is a whole number, not " + text);
    }
    return Integer.parseInt(text);
  }

  private Reply image(Request request) {
    byte[] image = image(line.history().find(request.path("id")));
    // Never a type that a browser would run, whatever was sent.
    return Reply.of(Reply.OK, type(image), image);
  }

  private static byte[] image(History.Entry entry) {
    return entry
        .image()
        .orElseThrow(
            () ->
                new Refusal(
                    Refusal.NOT_FOUND, "the image had to make room for newer ones; send it again"));
  }

  /** The type by the first bytes: what browsers show, else bytes to be saved. */
  private static String type(byte[] image) {
    if (image.length > 12 && image[0] == (byte) 0xff && image[1] == (byte) 0xd8) {
      return "image/jpeg";
    }
    if (image.length > 12 && image[0] == (byte) 0x89 && image[1] == 'P') {
      return Reply.PNG;
    }
    boolean webp = image.length > 12 && image[0] == 'R' && image[8] == 'W' && image[9] == 'E';
    return webp ? "image/webp" : "application/octet-stream";
  }

  private Reply overlay(Request request) {
    History.Entry entry = line.history().find(request.path("id"));
    Answer answer = entry.listed().answer();
    ImageSource source = ImageSource.of(answer.name(), image(entry));
    // Both go at once; between the two calls they may have.
    History.Drawing drawing =
        entry
            .drawing()
            .orElseThrow(() -> new Refusal(Refusal.NOT_FOUND, "the map had to make room"));
    Supplier<byte[]> png = () -> Encoded.bytes(drawing.over(source), "png");
    Waiting waiting = line.waiting();
    return Reply.of(
        Reply.OK,
        Reply.PNG,
        waiting.entered(1, () -> waiting.decoded(answer.width(), answer.height(), png)));
  }

  /** Records what a person says of an image. */
  private Reply feedback(Request request) throws IOException {
    line.model(request);
    Map<?, ?> body = request.json();
    String truth = String.valueOf(body.get("truth"));
    if (!truth.equals("good") && !truth.equals("bad")) {
      throw new Refusal(Refusal.BAD_REQUEST, "truth is good or bad, not " + truth);
    }
    History.Entry entry = line.history().find(String.valueOf(body.get("id")));
    if (!entry.listed().answer().model().equals(request.path("name"))) {
      throw new Refusal(Refusal.CONFLICT, "another model answered this image");
    }
    return Reply.json(line.history().judge(entry, truth));
  }

  private Reply events(Request request) {
    Supplier<List<History.Listed>> missed =
        () -> request.header("Last-Event-ID").map(line.history()::after).orElse(List.of());
    return Reply.stream("text/event-stream", line.events().listen(missed));
  }
}
