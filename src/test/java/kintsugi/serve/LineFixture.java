package kintsugi.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import kintsugi.Kintsugi;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.Choices;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Recipe;
import kintsugi.detector.Scope;
import kintsugi.detector.TestWeights;
import kintsugi.metric.ThresholdRule;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A fitted and calibrated model on drawn images, served on a free port. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class LineFixture {
  @TempDir static Path folder;

  final HttpClient client = HttpClient.newHttpClient();
  final OwnRegions regions = new OwnRegions();
  Kintsugi kintsugi;
  Path model;
  List<Path> normal;
  List<Path> anomalous;
  Line line;
  Server server;

  /** The history on the disk of the next server. */
  Optional<Line.Keeping> keeping = Optional.empty();

  @BeforeAll
  void fit() throws IOException {
    Path weights = TestWeights.write(folder.resolve("resnet18.safetensors"), 1);
    kintsugi =
        Kintsugi.builder()
            .weights(Weights.read(weights))
            .maxPixels(4_000_000)
            .scope(new Scope(List.of(), false, Optional.empty(), regions::of))
            .open();
    SyntheticConcrete.write(folder, 8, 4, 1);
    Path good = folder.resolve(SyntheticConcrete.NORMAL);
    Path bad = folder.resolve(SyntheticConcrete.ANOMALOUS);
    normal = files(good);
    anomalous = files(bad);
    model = folder.resolve("part.safetensors");
    Recipe small =
        Choices.with(Methods.recipe("padim"), Map.of("resize", "64x64", "channels", "16"));
    Model fitted = kintsugi.fit(small, 1, kintsugi.images(good));
    kintsugi.save(kintsugi.calibrate(fitted, good, bad), model);
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  /** Serves a copy of the model, so that a test may change it. */
  Server serve(Server.Options options, int queue) throws IOException {
    Path own = Files.createTempDirectory(folder, "served").resolve("part.safetensors");
    Files.copy(model, own);
    return serve(options, queue, Map.of("part", own));
  }

  Server serve(Server.Options options, int queue, Map<String, Path> files) {
    line =
        new Line(kintsugi, regions, new Line.Settings(files, queue, keeping, (file, saved) -> {}));
    server = Server.open(line, options);
    return server;
  }

  @AfterEach
  void end() {
    if (server != null) {
      server.close();
    }
  }

  @AfterAll
  void close() {
    client.close();
    kintsugi.close();
  }

  HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(URI.create(server.url()).resolve(path));
  }

  HttpResponse<byte[]> send(HttpRequest.Builder request) throws IOException, InterruptedException {
    return client.send(request.build(), BodyHandlers.ofByteArray());
  }

  HttpResponse<byte[]> get(String path) throws IOException, InterruptedException {
    return send(to(path));
  }

  HttpResponse<byte[]> post(String path, byte[] body) throws IOException, InterruptedException {
    return send(to(path).POST(BodyPublishers.ofByteArray(body)));
  }

  HttpResponse<byte[]> put(String path, byte[] body) throws IOException, InterruptedException {
    return send(to(path).PUT(BodyPublishers.ofByteArray(body)));
  }

  HttpResponse<byte[]> put(String path, String body) throws IOException, InterruptedException {
    return put(path, body.getBytes(StandardCharsets.UTF_8));
  }

  HttpResponse<byte[]> delete(String path) throws IOException, InterruptedException {
    return send(to(path).DELETE());
  }

  /** Adds a file to a form. */
  static void append(ByteArrayOutputStream body, String name, byte[] content) {
    body.writeBytes(
        ("--cut\r\nContent-Disposition: form-data; name=\"f\"; filename=\"" + name + "\"\r\n\r\n")
            .getBytes(StandardCharsets.UTF_8));
    body.writeBytes(content);
    body.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
  }

  /** Scores the files of a form. */
  HttpResponse<byte[]> form(ByteArrayOutputStream body, String query)
      throws IOException, InterruptedException {
    body.writeBytes("--cut--\r\n".getBytes(StandardCharsets.US_ASCII));
    return send(
        to("/api/models/part/predict" + query)
            .header("Content-Type", "multipart/form-data; boundary=cut")
            .POST(BodyPublishers.ofByteArray(body.toByteArray())));
  }

  /** A refusal is one line of JSON. */
  static String error(HttpResponse<byte[]> response, int status) {
    assertThat(response.statusCode())
        .as(new String(response.body(), StandardCharsets.UTF_8))
        .isEqualTo(status);
    String error = json(response).get("error").asString();
    assertThat(error).doesNotContain("\n");
    return error;
  }

  /** The model with another threshold, in another file. */
  Path changed(String name) {
    Path file = folder.resolve(name);
    kintsugi.save(kintsugi.calibrate(kintsugi.load(model), ThresholdRule.parse("value:0.4")), file);
    return file;
  }

  static JsonNode json(HttpResponse<byte[]> response) {
    return JsonMapper.shared().readTree(response.body());
  }
}
