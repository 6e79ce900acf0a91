package kintsugi.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.concurrent.atomic.AtomicBoolean;
import kintsugi.Sha256;
import kintsugi.detector.Prediction;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The server over real sockets: an image in, an answer out, and the history of both. */
class ServerTest extends LineFixture {
  @BeforeEach
  void serve() throws IOException {
    serve(Server.Options.LOCAL, 64);
  }

  @Test
  void anImageIsAnsweredAsTheLibraryPredictsIt() throws Exception {
    byte[] image = Files.readAllBytes(anomalous.getFirst());
    HttpResponse<byte[]> response = post("/api/models/part/predict?name=a%20b.png", image);
    assertThat(response.statusCode()).isEqualTo(200);
    JsonNode answer = json(response);
    Prediction expected = kintsugi.predict(line.model("part").model(), anomalous.getFirst());
    assertThat(answer.get("score").asDouble()).isEqualTo(expected.finding().score());
    assertThat(answer.get("verdict").asString()).isEqualTo(expected.verdict().toString());
    assertThat(answer.get("regions")).hasSize(expected.regions().size());
    assertThat(answer.get("name").asString()).isEqualTo("a b.png");
    assertThat(answer.get("model").asString()).isEqualTo("part");
    assertThat(answer.get("sha256").asString()).isEqualTo(Sha256.of(anomalous.getFirst()));
    assertThat(answer.get("model_sha256").asString()).isEqualTo(Sha256.of(model));
    JsonNode listed = json(get("/api/history")).get("answers");
    assertThat(listed).hasSize(1);
    assertThat(listed.get(0).get("id")).isEqualTo(answer.get("id"));
    assertThat(listed.get(0).get("thumbnail").asString()).startsWith("data:image/jpeg;base64,");
    String kept = "/api/history/" + answer.get("id").asString();
    assertThat(get(kept + "/image").body()).isEqualTo(image);
    assertThat(get(kept + "/overlay").headers().firstValue("Content-Type")).contains("image/png");
  }

  @Test
  void itIsReadyWhileTheFolderIsWatchedThatIsToBeWatched() throws Exception {
    assertThat(get("/readyz").statusCode()).isEqualTo(200);
    assertThat(metrics()).doesNotContain("\nkintsugi_watch_running ");
    AtomicBoolean running = new AtomicBoolean();
    line.watched(running::get);
    assertThat(error(get("/readyz"), 503)).contains("the folder is not watched");
    assertThat(metrics()).contains("\nkintsugi_watch_running 0\n");
    assertThat(get("/healthz").statusCode()).isEqualTo(200);
    running.set(true);
    assertThat(get("/readyz").statusCode()).isEqualTo(200);
    assertThat(metrics()).contains("\nkintsugi_watch_running 1\n");
  }

  private String metrics() throws Exception {
    return new String(get("/metrics").body(), StandardCharsets.UTF_8);
  }
}
