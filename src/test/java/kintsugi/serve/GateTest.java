package kintsugi.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import kintsugi.InputException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who may use the server: names, origins, tokens, and what browsers are told. */
class GateTest extends LineFixture {
  private static final String SECRET = "0123456789abcdef0123456789abcdef";
  private static final String MODELS = "/api/models";

  private final List<String> notices = new ArrayList<>();

  @BeforeEach
  void forget() {
    notices.clear();
  }

  private Server.Options options(String host, Server.Access access) {
    return new Server.Options(host, 0, 1 << 20, access, notices::add);
  }

  private static Server.Access access(Path token, List<String> hosts, List<String> origins) {
    return new Server.Access(
        Optional.ofNullable(token), Optional.empty(), Optional.empty(), hosts, origins);
  }

  private Path token(String text, String permissions) throws IOException {
    Path file = Files.writeString(Files.createTempFile(folder, "token", ""), text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }

  /** The status of a request as bytes, since the JDK's client sets headers itself. */
  private String raw(String method, String path, String... headers) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", server.port())) {
      String head =
          method
              + " "
              + path
              + " HTTP/1.1\r\n"
              + String.join("\r\n", headers)
              + "\r\n"
              + "Connection: close\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
      String reply =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      return reply.isEmpty() ? "nothing" : reply.substring(9, 12);
    }
  }

  @Test
  void aNameThatLeadsHereIsRefusedUnlessItIsAllowed() throws Exception {
    serve(options("127.0.0.1", access(null, List.of("line.example"), List.of())), 4);
    assertThat(raw("GET", MODELS, "Host: evil.example:" + server.port())).isEqualTo("403");
    assertThat(raw("GET", "/", "Host: evil.example")).isEqualTo("403");
    assertThat(raw("GET", MODELS, "Host: 127.0.0.1.evil.example")).isEqualTo("403");
    assertThat(raw("GET", MODELS, "Host: localhost.", "Host: evil.example")).isEqualTo("400");
    for (String host :
        List.of("127.0.0.1:" + server.port(), "LocalHost", "[::1]:80", "line.example:8484")) {
      assertThat(raw("GET", MODELS, "Host: " + host)).as(host).isEqualTo("200");
    }
  }

  @Test
  void aPageOfAnotherSiteChangesNothing() throws Exception {
    serve(options("127.0.0.1", access(null, List.of(), List.of("https://mes.example"))), 4);
    String host = "Host: 127.0.0.1:" + server.port();
    String reload = MODELS + "/part/reload";
    assertThat(raw("POST", reload, host, "Origin: https://evil.example")).isEqualTo("403");
    assertThat(raw("POST", reload, host, "Origin: null")).isEqualTo("403");
    assertThat(raw("POST", reload, host, "Origin: http://127.0.0.1:1")).isEqualTo("403");
    assertThat(raw("POST", reload, host, "Sec-Fetch-Site: cross-site")).isEqualTo("403");
    assertThat(raw("DELETE", MODELS + "/part/region", host, "Sec-Fetch-Site: same-site"))
        .isEqualTo("403");
    String own = "Origin: http://127.0.0.1:" + server.port();
    assertThat(raw("POST", reload, host, own)).isEqualTo("200");
    assertThat(raw("POST", reload, host, "Origin: https://mes.example")).isEqualTo("200");
    assertThat(raw("POST", reload, host)).isEqualTo("200");
  }

  @Test
  void onlyANamedOriginMayReadReplies() throws Exception {
    serve(options("127.0.0.1", access(null, List.of(), List.of("https://mes.example"))), 4);
    String allowed = "Access-Control-Allow-Origin";
    assertThat(send(to(MODELS).header("Origin", "https://evil.example")).headers().map())
        .doesNotContainKey(allowed.toLowerCase(Locale.ROOT));
    HttpResponse<byte[]> named =
        send(
            to(MODELS + "/part/threshold")
                .header("Origin", "https://mes.example")
                .method("OPTIONS", BodyPublishers.noBody()));
    assertThat(named.statusCode()).isEqualTo(204);
    assertThat(named.headers().firstValue(allowed)).contains("https://mes.example");
    assertThat(named.headers().firstValue("Access-Control-Allow-Methods").orElse(""))
        .contains("GET", "PUT");
  }

  @Test
  void browsersAreToldToRunNothingButThePagesOwnFiles() throws Exception {
    serve(options("127.0.0.1", Server.Access.LOCAL), 4);
    for (String path : List.of("/", MODELS, "/nothing")) {
      HttpResponse<byte[]> response = get(path);
      assertThat(response.headers().firstValue("Content-Security-Policy").orElse(""))
          .startsWith("default-src 'none'; script-src 'self';")
          .doesNotContain("unsafe");
      assertThat(response.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
      assertThat(response.headers().firstValue("Referrer-Policy")).contains("no-referrer");
    }
    assertThat(get(MODELS).headers().firstValue("Cache-Control")).contains("no-store");
  }

  @Test
  void whereATokenIsWantedOnlyThePageAndHealthDoWithout() throws Exception {
    serve(options("127.0.0.1", access(token(SECRET + "\n", "rw-------"), List.of(), List.of())), 4);
    for (String path : List.of("/", "/healthz", "/readyz", "/openapi.json")) {
      assertThat(get(path).statusCode()).as(path).isEqualTo(200);
    }
    for (String path : List.of(MODELS, "/metrics", "/api/history", "/api/events")) {
      assertThat(error(get(path), 401)).contains("Bearer");
      assertThat(error(send(to(path).header("Authorization", "Bearer " + SECRET + "0")), 401))
          .contains("Bearer");
    }
    assertThat(error(send(to(MODELS).header("Authorization", SECRET)), 401)).contains("Bearer");
    HttpRequest.Builder right = to(MODELS).header("Authorization", "Bearer " + SECRET);
    assertThat(send(right).statusCode()).isEqualTo(200);
    assertThat(notices).isEmpty();
  }

  @Test
  void otherAddressesWantATokenAndSaySo() throws Exception {
    assertThatThrownBy(() -> serve(options("0.0.0.0", Server.Access.LOCAL), 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("0.0.0.0: others can reach this server there, so that it needs");
    Path file = token(SECRET, "rw-r--r--");
    serve(options("0.0.0.0", access(file, List.of(), List.of())), 4);
    assertThat(notices).hasSize(3);
    assertThat(notices.get(0)).contains("must show the token of " + file);
    assertThat(notices.get(1)).contains("unencrypted");
    assertThat(notices.get(2)).contains("can be read by others");
    assertThat(raw("GET", MODELS, "Host: 127.0.0.1")).isEqualTo("401");
    for (String bad : List.of("", "short", "two words that are long enough", "x".repeat(5000))) {
      Path wrong = token(bad, "rw-------");
      assertThatThrownBy(() -> serve(options("127.0.0.1", access(wrong, List.of(), List.of())), 4))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("write one with openssl rand -hex 32 (token-file)");
    }
  }

  @Test
  void noNameIsAPath() throws Exception {
    serve(options("127.0.0.1", Server.Access.LOCAL), 4);
    String host = "Host: 127.0.0.1";
    for (String path :
        List.of(
            "/static/../Server.class",
            "/static/..%2FServer.class",
            "/static/Server.class",
            "/static/%2Fetc%2Fpasswd",
            "/api/models/..%2F..%2Fetc/calibration",
            "/api/history/..%2Fx/image",
            "//etc/passwd")) {
      assertThat(raw("GET", path, host)).as(path).isEqualTo("404");
    }
  }
}
