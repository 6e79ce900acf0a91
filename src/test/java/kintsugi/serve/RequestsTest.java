package kintsugi.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import kintsugi.Sha256;
import kintsugi.detector.Prediction;
import kintsugi.image.ColourScale;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Checkpoint;
import kintsugi.weights.StoredTensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Requests of all kinds, right and wrong, over real sockets. */
class RequestsTest extends LineFixture {
  private static final String PREDICT = "/api/models/part/predict";
  private static final int BODY = 300_000;
  private static final int QUEUE = 2;

  private byte[] image;

  @BeforeEach
  void serve() throws IOException {
    serve(new Server.Options("127.0.0.1", 0, BODY, Server.Access.LOCAL, line -> {}), QUEUE);
    image = Files.readAllBytes(anomalous.getFirst());
    assertThat(image.length).isLessThan(BODY);
  }

  @Test
  void theImagesOfAFormAreAnsweredInTheirOrderAndEachFailsAlone() throws Exception {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    append(body, "zweite Größe.png", image);
    append(body, "text", "no image".getBytes(StandardCharsets.UTF_8));
    JsonNode answers = json(form(body, "")).get("answers");
    assertThat(answers).hasSize(2);
    assertThat(answers.get(0).get("name").asString()).isEqualTo("zweite Größe.png");
    assertThat(answers.get(0).get("sha256").asString()).isEqualTo(Sha256.of(anomalous.getFirst()));
    assertThat(answers.get(1).get("error").asString()).startsWith("text: cannot be read");
    assertThat(answers.get(1).has("score")).isFalse();
  }

  @Test
  void aMapOfSeveralImagesIsRefused() throws Exception {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    append(body, "a", image);
    append(body, "b", image);
    assertThat(error(form(body, "?map=png"), 400)).contains("there are 2");
    assertThat(error(post(PREDICT + "?map=svg", new byte[BODY + 1]), 400)).contains("map is");
    assertThat(json(get("/api/history")).get("answers")).isEmpty();
  }

  @Test
  void aMapIsDrawnAsItIsAskedFor() throws Exception {
    HttpResponse<byte[]> overlay =
        send(to(PREDICT).header("Accept", "image/png").POST(BodyPublishers.ofByteArray(image)));
    assertThat(overlay.headers().firstValue("Content-Type")).contains("image/png");
    assertThat(ImageIO.read(new ByteArrayInputStream(overlay.body())).getWidth())
        .isEqualTo(ImageIO.read(anomalous.getFirst().toFile()).getWidth());
    assertThat(overlay.headers().firstValue("X-Kintsugi-Sha256"))
        .contains(Sha256.of(anomalous.getFirst()));
    Prediction prediction = kintsugi.predict(kintsugi.load(model), anomalous.getFirst());
    Tensor map = prediction.drawnMap();
    Path npy = folder.resolve("map.npy");
    Files.write(npy, post(PREDICT + "?map=npy", image).body());
    StoredTensor read = Checkpoint.read(npy).get("map");
    assertThat(read.shape()).containsExactly(64, 64);
    assertThat(read.floats()).containsExactly(map.data());
    ColourScale colours = prediction.colours();
    Raster grey =
        ImageIO.read(new ByteArrayInputStream(post(PREDICT + "?map=png", image).body())).getData();
    assertThat(grey.getWidth()).isEqualTo(64);
    assertThat(IntStream.range(0, map.size()).mapToObj(i -> grey.getSample(i % 64, i / 64, 0)))
        .containsExactlyElementsOf(
            IntStream.range(0, map.size())
                .mapToObj(i -> (int) Math.rint(65_535 * colours.fraction(map.data()[i])))
                .toList());
    JsonNode both =
        json(
            send(
                to(PREDICT + "?map=overlay")
                    .header("Accept", "application/json")
                    .POST(BodyPublishers.ofByteArray(image))));
    assertThat(both.get("overlay").asString()).startsWith("data:image/png;base64,");
    assertThat(error(post(PREDICT + "?map=svg", image), 400)).contains("overlay, png or npy");
  }

  @Test
  void whatIsNotAnImageIsRefusedByTheLibrarysLine() throws Exception {
    assertThat(error(post(PREDICT + "?name=a.txt", "text".getBytes(StandardCharsets.UTF_8)), 422))
        .startsWith("a.txt: cannot be read as an image");
    assertThat(error(post(PREDICT, new byte[0]), 422)).contains("image");
    assertThat(error(post(PREDICT, Arrays.copyOf(image, image.length / 2)), 422)).contains("image");
    assertThat(error(post("/api/models/other/predict", image), 404)).contains("[part]");
    assertThat(error(get(PREDICT), 405)).contains("POST");
  }

  @Test
  void aSmallFileThatHoldsAVeryLargeImageIsRefusedBeforeItIsDecoded() throws Exception {
    BufferedImage large = new BufferedImage(3000, 2000, BufferedImage.TYPE_BYTE_BINARY);
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(large, "png", png);
    assertThat(png.size()).isLessThan(BODY);
    assertThat(error(post(PREDICT, png.toByteArray()), 422))
        .contains("raise the limit)")
        .doesNotContain("max-pixels");
  }

  @Test
  void aBodyAboveTheLimitIsRefusedWhetherItsLengthIsAnnouncedOrNot() throws Exception {
    byte[] large = new byte[BODY + 1];
    assertThat(error(post(PREDICT, large), 413)).contains("300000 bytes");
    HttpResponse<byte[]> chunked =
        send(to(PREDICT).POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large))));
    assertThat(error(chunked, 413)).contains("300000 bytes");
    assertThat(chunked.headers().allValues("Connection")).containsExactly("close");
    HttpResponse<byte[]> fits =
        send(to(PREDICT).POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(image))));
    assertThat(fits.statusCode()).isEqualTo(200);
    assertThat(fits.headers().allValues("Connection")).isEmpty();
  }

  @Test
  void aFullQueueRefusesAtOnceAndLetsNobodyWait() throws Exception {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int i = 0; i <= QUEUE; i++) {
      append(body, "" + i, image);
    }
    assertThat(error(form(body, ""), 413)).contains("raise the limit");
    line.waiting()
        .entered(
            QUEUE,
            () -> {
              try {
                HttpResponse<byte[]> response = post(PREDICT, image);
                assertThat(error(response, 429)).startsWith("2 images wait already");
                assertThat(response.headers().allValues("Connection")).containsExactly("close");
                assertThat(response.headers().firstValue("Retry-After").orElse("")).matches("\\d+");
                return null;
              } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    assertThat(post(PREDICT, image).statusCode()).isEqualTo(200);
    assertThat(line.waiting().taken()).isZero();
  }

  /** A request whose second half is still to come. */
  private Socket begun() throws IOException {
    Socket socket = new Socket("127.0.0.1", server.port());
    String head = "POST " + PREDICT + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: ";
    socket
        .getOutputStream()
        .write((head + image.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().write(image, 0, image.length / 2);
    return socket;
  }

  @Test
  void aSlowOrBrokenSenderHoldsNoPlace() throws Exception {
    begun().close();
    try (Socket slow = begun()) {
      for (int i = 0; i < QUEUE; i++) {
        assertThat(post(PREDICT, image).statusCode()).isEqualTo(200);
      }
      slow.getOutputStream().write(image, image.length / 2, image.length - image.length / 2);
      byte[] reply = slow.getInputStream().readNBytes(12);
      assertThat(new String(reply, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200");
    }
  }

  @Test
  void aHeadHasTheLengthAndNoBody() throws Exception {
    HttpResponse<byte[]> head = send(to("/").method("HEAD", BodyPublishers.noBody()));
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
    assertThat(head.headers().firstValueAsLong("Content-Length")).hasValue(get("/").body().length);
  }

  @Test
  void figuresCountWhatHappened() throws Exception {
    post(PREDICT, image);
    post(PREDICT, new byte[0]);
    String text = new String(get("/metrics").body(), StandardCharsets.UTF_8);
    assertThat(text.lines())
        .contains(
            "kintsugi_http_requests_total{route=\"/api/models/{name}/predict\",method=\"POST\",status=\"200\"}"
                + " 1",
            "kintsugi_http_requests_total{route=\"/api/models/{name}/predict\",method=\"POST\",status=\"422\"}"
                + " 1",
            "kintsugi_image_seconds_count{model=\"part\"} 1",
            "kintsugi_queue_images 0");
    assertThat(text.lines().filter(line -> !line.startsWith("#")))
        .allMatch(line -> line.matches("[a-z_]+(\\{.*})? [-+\\w.]+"));
  }

  @Test
  void anEventTellsOfEveryAnswer() throws Exception {
    try (Socket socket = new Socket("127.0.0.1", server.port())) {
      socket
          .getOutputStream()
          .write(
              "GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      while (!"retry: 1000".equals(lines.readLine())) {
        // The head, and the length of the chunk.
      }
      JsonNode answer = json(post(PREDICT, image));
      String line = lines.readLine();
      while (!line.startsWith("data: ")) {
        line = lines.readLine();
      }
      assertThat(line).contains(answer.get("id").asString(), "\"thumbnail\":\"data:image/jpeg");
    }
  }

  @Test
  void whatWasAcceptedIsAnsweredWhenTheServerEnds() throws Exception {
    try (Socket socket = new Socket("127.0.0.1", server.port())) {
      String head = "POST " + PREDICT + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: ";
      socket
          .getOutputStream()
          .write((head + image.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().write(image, 0, 100);
      // Its route is found, and its body is being read: another request has been answered since.
      assertThat(get("/readyz").statusCode()).isEqualTo(200);
      Thread ending = Thread.startVirtualThread(server::close);
      while (get("/readyz").statusCode() == 200) {
        Thread.onSpinWait();
      }
      assertThat(error(post(PREDICT, image), 503)).contains("ends");
      socket.getOutputStream().write(image, 100, image.length - 100);
      byte[] reply = socket.getInputStream().readNBytes(12);
      assertThat(new String(reply, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200");
      ending.join();
    }
  }
}
