package kintsugi.serve;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import kintsugi.InputException;
import kintsugi.Version;

/**
 * A web address that events are posted to, as JSON. The header {@code Idempotency-Key} has the
 * event's identity, by which the receiver knows one that comes twice. Redirects are not followed.
 */
public final class Webhook implements EventSender {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final int TOO_EARLY = 425;
  private static final int TOO_MANY = 429;
  private static final int TIMEOUT = 408;

  private final URI address;
  private final Optional<String> token;
  private final Duration answer;
  private final HttpClient client = HttpClient.newBuilder().connectTimeout(CONNECT).build();

  private Webhook(URI address, Optional<String> token, Duration answer) {
    this.address = address;
    this.token = token;
    this.answer = answer;
  }

  /**
   * {@return a web address}
   *
   * @param address of the receiver, with {@code https://} or {@code http://}
   * @param token a file whose first line is sent as a bearer token
   * @throws IllegalArgumentException if the address is not one of the web, or holds a password
   * @throws InputException if the file cannot be read
   */
  public static Webhook of(String address, Optional<Path> token) {
    URI uri;
    try {
      uri = URI.create(address);
      // Accepts http and https with a host.
      HttpRequest.newBuilder(uri);
      if (uri.getPort() > Server.LARGEST_PORT) {
        throw new IllegalArgumentException("there is no port " + uri.getPort());
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          InputException.quoted(address)
              + ": is not a web address; write https://HOST/PATH (webhook)",
          e);
    }
    if (uri.getUserInfo() != null) {
      throw new IllegalArgumentException(
          uri.getHost()
              + ": the address holds a password, which others can see; put a token into a file"
              + " (webhook-token)");
    }
    Optional<String> secret =
        token.map(file -> Secret.firstLine(file, "write the token there (webhook-token)"));
    return new Webhook(uri, secret, ANSWER);
  }

  /** {@return the same receiver with another time to answer} */
  Webhook within(Duration time) {
    return new Webhook(address, token, time);
  }

  /** {@return where events are posted to} */
  URI address() {
    return address;
  }

  @Override
  public String channel() {
    return "webhook";
  }

  @Override
  public void send(String id, String json) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address)
            .header("Content-Type", "application/json")
            .header("User-Agent", "kintsugi/" + Version.number())
            .header("Idempotency-Key", id)
            .POST(HttpRequest.BodyPublishers.ofString(json, StandardCharsets.UTF_8));
    token.ifPresent(secret -> request.header("Authorization", "Bearer " + secret));
    require(status(request.build()));
  }

  /** The request's own time would end with the head of the reply; this one covers its body too. */
  private int status(HttpRequest request) throws IOException {
    CompletableFuture<HttpResponse<Void>> reply =
        client.sendAsync(request, HttpResponse.BodyHandlers.discarding());
    try {
      return reply.get(answer.toMillis(), TimeUnit.MILLISECONDS).statusCode();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    } catch (TimeoutException e) {
      throw new IOException(
          address.getHost() + " did not answer within " + answer.toMillis() + " ms", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      reply.cancel(true);
    }
  }

  private void require(int status) throws IOException {
    String answer = address.getHost() + " answered " + status;
    if (status >= 500 || status == TIMEOUT || status == TOO_EARLY || status == TOO_MANY) {
      throw new IOException(answer);
    }
    if (status >= 300) {
      throw new Refused(answer);
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
