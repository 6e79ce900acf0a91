package kintsugi.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kintsugi.Sha256;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The requests of a soak, each of which knows its right answer. */
final class SoakRequests {
  private static final String PREDICT = "/api/models/part/predict";
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final AtomicLong NAMES = new AtomicLong();
  private static final int OVERSIZE = 3 << 20;
  private static final int SLOW_PARTS = 8;
  private static final int SLOW_MILLIS = 200;
  private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.1 (\\d{3}) ");

  private final ServedModels known;
  private final URI server;
  private final HttpClient client;

  SoakRequests(ServedModels known, URI server, HttpClient client) {
    this.known = known;
    this.server = server;
    this.client = client;
  }

  /** A wrong answer. */
  static final class Wrong extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The status of the server's answer, 0 if another thing is wrong. */
    final int status;

    Wrong(String what) {
      this(what, 0);
    }

    Wrong(String what, int status) {
      super(what);
      this.status = status;
    }
  }

  /** A kind of request. */
  enum Kind {
    GOOD(30),
    BAD(30),
    FORM(8),
    OVERLAY(8),
    BROKEN(8),
    CUT(5),
    OVERSIZE(3),
    SLOW(4),
    GIVEN_UP(2),
    LOOKED_UP(2);

    private final int weight;

    Kind(int weight) {
      this.weight = weight;
    }

    static Kind draw(Random random) {
      int at = random.nextInt(Arrays.stream(values()).mapToInt(kind -> kind.weight).sum());
      for (Kind kind : values()) {
        at -= kind.weight;
        if (at < 0) {
          return kind;
        }
      }
      throw new IllegalStateException("the weights sum up");
    }
  }

  /**
   * Sends one and checks its answer.
   *
   * @return whether it was accepted; false if the queue was full
   * @throws Wrong if the answer is not the right one
   * @throws IOException if there is no answer
   */
  boolean send(Kind kind, Random random) throws IOException, InterruptedException {
    byte[] good = known.good.get(random.nextInt(known.good.size()));
    byte[] bad = known.bad.get(random.nextInt(known.bad.size()));
    return switch (kind) {
      case GOOD -> answered(good);
      case BAD -> answered(bad);
      case FORM -> form(good, bad);
      case OVERLAY -> overlay(bad);
      case BROKEN -> refused("this is not an image".getBytes(StandardCharsets.UTF_8), 422);
      case CUT -> refused(Arrays.copyOf(good, good.length / 3), 422);
      case OVERSIZE -> refused(new byte[OVERSIZE], 413);
      case SLOW -> slow(bad);
      case GIVEN_UP -> givenUp(bad);
      case LOOKED_UP -> lookedUp();
    };
  }

  private HttpResponse<byte[]> post(String query, String type, byte[] body)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(server.resolve(PREDICT + query))
            .timeout(PATIENCE)
            .header("Content-Type", type)
            .POST(BodyPublishers.ofByteArray(body))
            .build();
    return client.send(request, BodyHandlers.ofByteArray());
  }

  private static String name() {
    return "image-" + NAMES.incrementAndGet();
  }

  private boolean answered(byte[] image) throws IOException, InterruptedException {
    String name = name();
    HttpResponse<byte[]> response = post("?name=" + name, "image/png", image);
    if (full(response)) {
      return false;
    }
    require(response, 200);
    check(json(response.body()), name, image);
    return true;
  }

  private void check(JsonNode answer, String name, byte[] image) {
    String hash = Sha256.of(image);
    if (!answer.path("name").asString().equals(name)
        || !answer.path("sha256").asString().equals(hash)) {
      throw new Wrong("the answer of another image: " + answer);
    }
    score(answer.path("model_sha256").asString(), hash, answer.path("score").asDouble());
  }

  private void score(String model, String image, double score) {
    if (!known.scores.containsKey(model)) {
      throw new Wrong("the answer of an unknown model: " + model);
    }
    double expected = known.scores.get(model).get(image);
    if (score != expected) {
      throw new Wrong("a score of " + score + ", not " + expected + ", by " + model);
    }
  }

  private boolean form(byte[] good, byte[] bad) throws IOException, InterruptedException {
    String boundary = "soak" + NAMES.incrementAndGet();
    List<byte[]> images = List.of(good, "no image".getBytes(StandardCharsets.UTF_8), bad);
    List<String> names = List.of(name(), name(), name());
    var body = new java.io.ByteArrayOutputStream();
    for (int i = 0; i < images.size(); i++) {
      body.writeBytes(
          ("--"
                  + boundary
                  + "\r\nContent-Disposition: form-data; name=\"f\"; filename=\""
                  + names.get(i)
                  + "\"\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      body.writeBytes(images.get(i));
      body.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
    }
    body.writeBytes(("--" + boundary + "--\r\n").getBytes(StandardCharsets.US_ASCII));
    HttpResponse<byte[]> response =
        post("", "multipart/form-data; boundary=" + boundary, body.toByteArray());
    if (full(response)) {
      return false;
    }
    require(response, 200);
    JsonNode answers = json(response.body()).path("answers");
    check(answers.path(0), names.get(0), good);
    check(answers.path(2), names.get(2), bad);
    if (!answers.path(1).path("sha256").asString().equals(Sha256.of(images.get(1)))
        || answers.path(1).path("error").isMissingNode()) {
      throw new Wrong("no error for a file that is not an image: " + answers);
    }
    return true;
  }

  private boolean overlay(byte[] image) throws IOException, InterruptedException {
    HttpResponse<byte[]> response = post("?map=overlay", "image/png", image);
    if (full(response)) {
      return false;
    }
    require(response, 200);
    byte[] body = response.body();
    if (body.length < 8 || body[1] != 'P' || body[2] != 'N') {
      throw new Wrong("the overlay is not a PNG");
    }
    score(
        header(response, "X-Kintsugi-Model-Sha256"),
        Sha256.of(image),
        Double.parseDouble(header(response, "X-Kintsugi-Score")));
    return true;
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElseThrow(() -> new Wrong("no " + name));
  }

  private boolean refused(byte[] body, int status) throws IOException, InterruptedException {
    HttpResponse<byte[]> response = post("", "image/png", body);
    if (full(response)) {
      return false;
    }
    require(response, status);
    if (json(response.body()).path("error").asString().isEmpty()) {
      throw new Wrong("a refusal without a line");
    }
    return true;
  }

  private boolean lookedUp() throws IOException, InterruptedException {
    for (String path : List.of("/api/history?limit=20", "/api/models", "/metrics", "/")) {
      HttpRequest request = HttpRequest.newBuilder(server.resolve(path)).timeout(PATIENCE).build();
      require(client.send(request, BodyHandlers.ofByteArray()), 200);
    }
    return true;
  }

  private Socket begun(byte[] image, String name) throws IOException {
    Socket socket = new Socket(server.getHost(), server.getPort());
    socket.setSoTimeout((int) PATIENCE.toMillis());
    String head =
        "POST "
            + PREDICT
            + "?name="
            + name
            + " HTTP/1.1\r\nHost: "
            + server.getAuthority()
            + "\r\nConnection: close\r\nContent-Length: "
            + image.length
            + "\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  /** Sends an image in parts with pauses between them. */
  private boolean slow(byte[] image) throws IOException, InterruptedException {
    String name = name();
    try (Socket socket = begun(image, name)) {
      OutputStream out = socket.getOutputStream();
      int part = Math.ceilDiv(image.length, SLOW_PARTS);
      for (int at = 0; at < image.length; at += part) {
        out.write(image, at, Math.min(part, image.length - at));
        Thread.sleep(SLOW_MILLIS);
      }
      InputStream in = socket.getInputStream();
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      int status = status(text);
      if (status == 429) {
        return false;
      }
      if (status != 200) {
        throw new Wrong("a slow request was answered by " + text, status);
      }
      check(
          json(text.substring(text.indexOf("\r\n\r\n") + 4).getBytes(StandardCharsets.UTF_8)),
          name,
          image);
      return true;
    }
  }

  /** The status of an answer as it came over the wire. */
  static int status(String answer) throws IOException {
    if (answer.isEmpty()) {
      throw new IOException("the connection was ended without an answer");
    }
    Matcher line = STATUS_LINE.matcher(answer);
    if (!line.lookingAt()) {
      throw new Wrong("not HTTP: " + answer);
    }
    return Integer.parseInt(line.group(1));
  }

  /** Ends a connection in the middle of an image; nobody waits for an answer. */
  private boolean givenUp(byte[] image) throws IOException {
    try (Socket socket = begun(image, name())) {
      socket.getOutputStream().write(image, 0, image.length / 2);
    }
    return true;
  }

  private static boolean full(HttpResponse<byte[]> response) {
    if (response.statusCode() != 429) {
      return false;
    }
    header(response, "Retry-After");
    return true;
  }

  private static void require(HttpResponse<byte[]> response, int status) {
    if (response.statusCode() != status) {
      throw new Wrong(
          response.request().uri()
              + " was answered by "
              + response.statusCode()
              + ", not "
              + status
              + ": "
              + new String(response.body(), StandardCharsets.UTF_8),
          response.statusCode());
    }
  }

  private static JsonNode json(byte[] body) {
    try {
      return JsonMapper.shared().readTree(body);
    } catch (JacksonException e) {
      throw new Wrong("not JSON: " + new String(body, StandardCharsets.UTF_8));
    }
  }
}
