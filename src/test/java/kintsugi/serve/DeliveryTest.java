package kintsugi.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A web address that takes events, refuses them, fails, and is away. */
class DeliveryTest extends WatchFixture {
  private final List<String> received = Collections.synchronizedList(new ArrayList<>());
  private final List<String> keys = Collections.synchronizedList(new ArrayList<>());
  private final List<String> tokens = Collections.synchronizedList(new ArrayList<>());
  private final Deque<Integer> statuses = new ArrayDeque<>();
  private final Semaphore answered = new Semaphore(0);
  private HttpServer server;

  @BeforeEach
  void listen() throws IOException {
    received.clear();
    keys.clear();
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/line", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private synchronized void answer(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    Integer status = statuses.poll();
    if (status == null) {
      received.add(new String(body, StandardCharsets.UTF_8) + "\n");
      keys.add(exchange.getRequestHeaders().getFirst("Idempotency-Key"));
      tokens.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
    }
    exchange.sendResponseHeaders(status == null ? 204 : status, -1);
    exchange.close();
    answered.release();
  }

  private Webhook webhook() {
    return Webhook.of(
        "http://localhost:" + server.getAddress().getPort() + "/line", Optional.empty());
  }

  private String lines() throws IOException {
    return Files.readString(out.resolve("results.jsonl"));
  }

  @Test
  void eventsComeInOrderAndAfterFailuresAgain() throws Exception {
    statuses.addAll(List.of(503, 429));
    arrive("ä.png", 1, false, 0);
    arrive("b.png", 2, true, 0);
    once(options());
    // Nothing was wanted then: a receiver begins with what comes.
    arrive("c.png", 3, false, 1);
    arrive("d.png", 4, true, 1);
    Told told = new Told();
    deliver(told, 4);
    assertThat(String.join("", received))
        .isEqualTo(lines().lines().skip(2).reduce("", (a, b) -> a + b + "\n"));
    assertThat(keys).isEqualTo(results("id").subList(2, 4));
    assertThat(told.lines)
        .anyMatch(line -> line.contains("localhost answered 503"))
        .anyMatch(line -> line.contains("received again"));
    deliver(told, 0);
    assertThat(keys).hasSize(2);
  }

  /**
   * Scores what is there, and delivers it with short pauses until as many requests were answered.
   */
  private void deliver(Told told, int requests) throws Exception {
    Files.createDirectories(out);
    try (WatchResults results = WatchResults.open(out);
        Delivery delivery = Delivery.begin(webhook(), results, Duration.ofMillis(1), told::notice);
        Arrivals arrivals = Arrivals.open(options(), results.journal(), told::notice)) {
      WatchScoring scoring = new WatchScoring(kintsugi, scorer, options(), told, results, arrivals);
      do {
        arrivals.next().ifPresent(scoring::score);
        delivery.wake();
      } while (!arrivals.isEmpty());
      answered.acquire(requests);
    }
  }

  @Test
  void whatIsRefusedOrFailsTooOftenIsPutAsideAndTheNextFollows() throws Exception {
    statuses.add(400);
    arrive("a.png", 1, false, 0);
    deliver(new Told(), 1);
    statuses.addAll(Collections.nCopies(10, 500));
    arrive("b.png", 2, true, 0);
    arrive("c.png", 3, false, 1);
    Told told = new Told();
    deliver(told, 11);
    assertThat(keys).containsExactly(results("id").getLast());
    assertThat(Files.readString(out.resolve("undelivered-webhook.jsonl")).lines())
        .hasSize(2)
        .first()
        .asString()
        .contains("answered 400", "a.png");
    assertThat(told.lines).anyMatch(line -> line.contains("undelivered-webhook.jsonl"));
  }

  @Test
  void whatCannotBeDeliveredBeforeTheEndIsDeliveredAfterTheNextStart() throws Exception {
    Webhook away = webhook();
    server.stop(0);
    arrive("a.png", 1, false, 0);
    Told told = once(options(), away);
    assertThat(results()).hasSize(1);
    assertThat(told.lines)
        .anyMatch(line -> line.contains("webhook: an event was not received"))
        .anyMatch(
            line -> line.contains("webhook: 1 event waits in " + out.resolve("results.jsonl")))
        .noneMatch(line -> line.contains("Exception"));
    int port = server.getAddress().getPort();
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext("/line", this::answer);
    server.start();
    deliver(told, 1);
    assertThat(keys).isEqualTo(results("id"));
  }

  @Test
  @Timeout(60)
  void aReplyThatNeverEndsIsAFailure() throws IOException {
    CountDownLatch given = new CountDownLatch(1);
    server.createContext(
        "/endless",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().flush();
          try {
            given.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    String address = "http://localhost:" + server.getAddress().getPort() + "/endless";
    try (Webhook endless = Webhook.of(address, Optional.empty()).within(Duration.ofMillis(100))) {
      assertThatThrownBy(() -> endless.send("1", "{}"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("localhost did not answer within 100 ms");
    } finally {
      given.countDown();
    }
  }

  @Test
  void anAddressIsOneOfTheWebWithAHostAndHasNoPasswordInIt() throws IOException {
    assertThat(Webhook.of("HTTPS://host/line", Optional.empty()).address())
        .hasToString("HTTPS://host/line");
    for (String wrong :
        List.of(
            "", "notaurl", "host:80/x", "ftp://host/x", "https://", "https:///x", "http://a b/")) {
      assertThatThrownBy(() -> Webhook.of(wrong, Optional.empty()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("(webhook)");
    }
    assertThatThrownBy(() -> Webhook.of("https://me:secret@host/x", Optional.empty()))
        .hasMessageContaining("(webhook-token)")
        .message()
        .doesNotContain("secret");
    Path token = Files.writeString(folder.resolve("token"), "sesame\n");
    try (Webhook with =
        Webhook.of(
            "http://localhost:" + server.getAddress().getPort() + "/line", Optional.of(token))) {
      with.send("1", "{}");
    }
    assertThat(tokens).endsWith("Bearer sesame");
    Files.writeString(token, "\n");
    assertThatThrownBy(() -> Webhook.of("https://host", Optional.of(token)))
        .hasMessageContaining("its first line is empty");
  }
}
