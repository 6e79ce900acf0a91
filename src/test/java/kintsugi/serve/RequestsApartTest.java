package kintsugi.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import kintsugi.Kintsugi;
import kintsugi.Sha256;
import kintsugi.detector.Scope;
import kintsugi.image.Region;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What one request must not do to others: take their processors, memory, answers or end. */
class RequestsApartTest extends LineFixture {
  private static final String PREDICT = "/api/models/part/predict";
  private static final int BODY = 300_000;

  private final List<String> notices = new CopyOnWriteArrayList<>();
  private byte[] image;

  @BeforeEach
  void serve() throws IOException {
    notices.clear();
    image = Files.readAllBytes(anomalous.getFirst());
    serve(options(), 8);
  }

  private Server.Options options() {
    return new Server.Options("127.0.0.1", 0, BODY, Server.Access.LOCAL, notices::add);
  }

  @Test
  void aPartThatFailsByADefectOrForMemoryFailsAloneAndTheDefectIsLogged() throws Exception {
    server.close();
    Scope failing = new Scope(List.of(), false, Optional.empty(), source -> failed(source.name()));
    Path weights = folder.resolve("resnet18.safetensors");
    try (Kintsugi other = Kintsugi.builder().weights(Weights.read(weights)).scope(failing).open()) {
      line =
          new Line(
              other,
              regions,
              new Line.Settings(Map.of("part", model), 8, Optional.empty(), (file, saved) -> {}));
      server = Server.open(line, options());
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      append(body, "defect", image);
      append(body, "memory", image);
      append(body, "whole", image);
      JsonNode answers = json(form(body, "")).get("answers");
      assertThat(answers.get(0).get("error").asString()).contains("its log has more");
      assertThat(answers.get(0).get("sha256").asString())
          .isEqualTo(Sha256.of(anomalous.getFirst()));
      assertThat(answers.get(1).get("error").asString()).startsWith("out of memory");
      assertThat(answers.get(2).get("score").asDouble()).isPositive();
      assertThat(notices)
          .anyMatch(notice -> notice.contains("IllegalStateException: drawn"))
          .anyMatch(
              notice -> notice.contains("at ") && notice.contains("RequestsApartTest.failed("));
      server.close();
    }
  }

  private static List<Region> failed(String name) {
    switch (name) {
      case "defect" -> throw new IllegalStateException("drawn");
      case "memory" -> throw new OutOfMemoryError("drawn");
      default -> {
        return List.of();
      }
    }
  }

  @Test
  void whatIsSmallIsAnsweredWhileAllProcessorsWork() throws Exception {
    AtomicBoolean free = new AtomicBoolean();
    CountDownLatch working = new CountDownLatch(Runtime.getRuntime().availableProcessors());
    for (long i = working.getCount(); i > 0; i--) {
      Thread.startVirtualThread(() -> line.waiting().decoded(8, 8, () -> spun(working, free)));
    }
    try {
      working.await();
      HttpRequest.Builder health = to("/healthz").timeout(Duration.ofSeconds(20));
      assertThat(send(health).statusCode()).isEqualTo(200);
    } finally {
      free.set(true);
    }
  }

  private static boolean spun(CountDownLatch working, AtomicBoolean free) {
    working.countDown();
    while (!free.get()) {
      Thread.onSpinWait();
    }
    return true;
  }

  @Test
  void anImageHasItsMemoryAndItsThreadUntilItIsDrawn() throws Exception {
    List<String> order = new CopyOnWriteArrayList<>();
    Thread large =
        line.score(
            line.model("part"),
            "a",
            image,
            System.nanoTime(),
            result -> {
              Thread other = Thread.startVirtualThread(() -> wantsAllMemory(order));
              while (other.getState() != Thread.State.WAITING && other.isAlive()) {
                Thread.onSpinWait();
              }
              order.add(Thread.currentThread().getName().replaceAll("\\d", ""));
              return other;
            });
    large.join();
    assertThat(order).containsExactly("kintsugi-line-", "large");
  }

  private void wantsAllMemory(List<String> order) {
    line.waiting().holding(1 << 15, 1 << 15, () -> order.add("large"));
  }

  @Test
  void anAnswerThatCameWhileTheMissedAreFoundIsSentOnce() throws Exception {
    json(post(PREDICT, image));
    List<History.Listed> missed = line.history().newest(1);
    Events events = new Events();
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    Reply.Stream stream =
        events.listen(
            () -> {
              events.send("answer", missed.getFirst().id(), missed.getFirst());
              events.send("answer", "later", Map.of());
              return missed;
            });
    Thread listening = Thread.startVirtualThread(() -> written(stream, sent));
    while (!sent.toString(StandardCharsets.UTF_8).contains("id: later\n")) {
      Thread.onSpinWait();
    }
    events.close();
    listening.join();
    assertThat(sent.toString(StandardCharsets.UTF_8).lines().filter(l -> l.startsWith("id: ")))
        .containsExactly("id: " + missed.getFirst().id(), "id: later");
  }

  private static void written(Reply.Stream stream, ByteArrayOutputStream sent) {
    try {
      stream.writeTo(sent);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aRefusedSenderThatStallsDoesNotHoldUpTheEnd() throws Exception {
    try (Socket socket = new Socket("127.0.0.1", server.port())) {
      String head = "POST " + PREDICT + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000";
      socket.getOutputStream().write((head + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      byte[] reply = socket.getInputStream().readNBytes(12);
      assertThat(new String(reply, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 413");
      server.close();
      assertThat(notices).isEmpty();
    }
  }
}
