package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kintsugi.Processes;
import kintsugi.Sha256;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.TestWeights;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A watch in processes of its own that are killed at random times, {@code -Dkintsugi.kills=50} for
 * fifty times.
 */
class WatchKillTest {
  private static final int KILLS = Integer.getInteger("kintsugi.kills", 5);
  private static final int IMAGES = 12;

  @TempDir Path folder;
  private final Set<String> received = ConcurrentHashMap.newKeySet();
  private final List<Path> drawn = new ArrayList<>();
  private final List<String> sent = new ArrayList<>();
  private HttpServer server;
  private Process watch;
  private Path in;
  private Path out;
  private Path model;
  private Path weights;

  @BeforeEach
  void fit() throws IOException {
    SyntheticConcrete.write(folder, 8, 8, 1);
    Path good = folder.resolve(SyntheticConcrete.NORMAL);
    Path bad = folder.resolve(SyntheticConcrete.ANOMALOUS);
    weights = TestWeights.write(folder.resolve("resnet18.safetensors"), 1);
    model = folder.resolve("model.safetensors");
    run("fit", "padim", "--resize", "72x72", "--crop", "64x64", "--train", "" + good);
    run("calibrate", "--normal", "" + good, "--anomalous", "" + bad);
    in = Files.createDirectory(folder.resolve("in"));
    out = folder.resolve("out");
    for (Path place : List.of(good, bad)) {
      try (Stream<Path> files = Files.list(place)) {
        files.sorted().filter(file -> file.toString().endsWith(".png")).forEach(drawn::add);
      }
    }
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          received.add(exchange.getRequestHeaders().getFirst("Idempotency-Key"));
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
  }

  private void run(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--model", "" + model, "--weights", "" + weights));
    CommandFixture.Result result = CommandFixture.runBare(all.toArray(String[]::new));
    assertThat(result.status()).as(result.err()).isZero();
  }

  @AfterEach
  void end() throws InterruptedException {
    server.stop(0);
    if (watch != null) {
      watch.destroyForcibly().waitFor();
    }
  }

  private BufferedReader start(String... more) throws IOException {
    List<String> command =
        Processes.kintsugi(
            "watch",
            "" + in,
            "--model",
            "" + model,
            "--weights",
            "" + weights,
            "--out",
            "" + out,
            "--move",
            "--settle",
            "0.02",
            "--patience",
            "0.1",
            "--threads",
            "1",
            "--webhook",
            "http://localhost:" + server.getAddress().getPort() + "/");
    command.addAll(List.of(more));
    watch = new ProcessBuilder(command).redirectErrorStream(true).start();
    return watch.inputReader();
  }

  /** Reads what the process says until it watches. */
  private void awaitWatching(BufferedReader said) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line = said.readLine(); ; line = said.readLine()) {
      lines.add(line);
      assertThat(line).as(lines.toString()).isNotNull();
      if (line.startsWith("kintsugi: watching ")) {
        return;
      }
    }
  }

  private void arrive(int round, int number) throws IOException {
    String name = String.format(java.util.Locale.ROOT, "%02d-%02d.png", round, number);
    Path part = in.resolve(name + ".part");
    if (number == IMAGES / 2) {
      Files.writeString(part, "broken");
    } else {
      Files.copy(drawn.get(number % drawn.size()), part);
    }
    Files.move(part, in.resolve(name));
    sent.add(name);
  }

  @Test
  void nothingIsLostAndNothingIsThereTwice() throws Exception {
    Random random = new Random(1);
    int within = 0;
    for (int round = 0; round < KILLS; round++) {
      for (int i = 0; i < IMAGES / 2; i++) {
        arrive(round, i);
      }
      BufferedReader said = start();
      awaitWatching(said);
      for (int i = IMAGES / 2; i < IMAGES; i++) {
        arrive(round, i);
      }
      // After some images, at any time within the next.
      for (int i = random.nextInt(IMAGES); i > 0; i--) {
        assertThat(said.readLine()).isNotNull();
      }
      assertThat(watch.waitFor(random.nextInt(60), TimeUnit.MILLISECONDS)).isFalse();
      watch.destroyForcibly().waitFor();
      try (Stream<Path> left = Files.list(in)) {
        within += left.findAny().isPresent() ? 1 : 0;
      }
    }
    BufferedReader last = start("--once");
    List<String> said = last.lines().toList();
    assertThat(watch.waitFor()).as(said.toString()).isZero();
    System.out.println(KILLS + " kills, " + within + " of them with images left to score");
    verify();
  }

  private void verify() throws IOException {
    List<JsonNode> results;
    try (Stream<String> lines = Files.lines(out.resolve("results.jsonl"))) {
      results = lines.map(line -> JsonMapper.shared().readTree(line)).toList();
    }
    assertThat(results.stream().map(line -> line.path("name").asString()))
        .containsExactlyInAnyOrderElementsOf(sent);
    List<String> ids = results.stream().map(line -> line.path("id").asString()).toList();
    String journal = ids.getFirst().substring(0, 9);
    assertThat(ids)
        .isEqualTo(IntStream.rangeClosed(1, sent.size()).mapToObj(n -> journal + n).toList());
    assertThat(received).containsExactlyInAnyOrderElementsOf(ids);
    assertThat(in).isEmptyDirectory();
    for (JsonNode line : results) {
      Path target = out.resolve(line.path("target").asString());
      assertThat(Sha256.of(target)).isEqualTo(line.path("sha256").asString());
    }
    List<String> rows = Files.readAllLines(out.resolve("results.csv"));
    assertThat(rows.stream().skip(1).map(row -> row.substring(0, row.indexOf(',')))).isEqualTo(ids);
    try (Stream<Path> maps = Files.list(out.resolve("maps"))) {
      assertThat(maps.map(map -> "maps/" + map.getFileName()))
          .containsExactlyInAnyOrderElementsOf(
              results.stream()
                  .filter(line -> line.has("map"))
                  .map(line -> line.path("map").asString())
                  .toList());
    }
    assertThat(Files.exists(out.resolve("undelivered-webhook.jsonl"))).isFalse();
  }

  @Test
  void aSignalToEndIsAnsweredAfterTheImageWithStatusZero() throws Exception {
    for (int i = 0; i < IMAGES; i++) {
      arrive(0, i);
    }
    BufferedReader said = start();
    awaitWatching(said);
    // The first image has its answer.
    assertThat(said.readLine()).contains(".png");
    // Unlike Process.destroy it leaves what is still said readable.
    watch.toHandle().destroy();
    List<String> rest = said.lines().toList();
    assertThat(watch.waitFor()).as(rest.toString()).isZero();
    assertThat(rest).noneMatch(line -> line.contains("Exception"));
    assertThat(received).isNotEmpty();
    start("--once").lines().toList();
    assertThat(watch.waitFor()).isZero();
    verify();
  }
}
