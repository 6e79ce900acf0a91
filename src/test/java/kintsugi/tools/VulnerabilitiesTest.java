package kintsugi.tools;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a server on loopback that answers as the database's documentation says. */
class VulnerabilitiesTest {
  @TempDir Path folder;

  private Path list;
  private HttpServer server;
  private URI database;
  private int status = 200;
  private String answer = "";
  private String asked = "";
  private URI wanted;

  private record Result(int status, String out) {}

  @BeforeEach
  void serve() throws IOException {
    list =
        Files.writeString(
            folder.resolve("list"),
            """

            The following files have been resolved:
               org.joml:joml:jar:1.10.9:compile -- module org.joml
               org.example:native:jar:linux-x86_64:2.0:runtime (optional)
            """);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          wanted = exchange.getRequestURI();
          asked = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    database = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v1/querybatch");
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private Result run() throws IOException {
    return run(Map.of());
  }

  private Result run(Map<String, String> environment) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream old = System.out;
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      int status = Vulnerabilities.run(list, database, environment);
      return new Result(status, out.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(old);
    }
  }

  @Test
  void aKnownVulnerabilityIsNamedAndFails() throws IOException {
    answer = "{\"results\":[{\"vulns\":[{\"id\":\"GHSA-1\",\"modified\":\"2026\"}]},{}]}";
    assertThat(run())
        .isEqualTo(
            new Result(
                1,
                """
                pkg:maven/org.example/native@2.0: https://osv.dev/GHSA-1
                2 dependencies, 1 known vulnerabilities
                """));
    assertThat(asked)
        .isEqualTo(
            "{\"queries\":[{\"package\":{\"purl\":\"pkg:maven/org.example/native@2.0\"}},"
                + "{\"package\":{\"purl\":\"pkg:maven/org.joml/joml@1.10.9\"}}]}");
  }

  @Test
  void noneIsWell() throws IOException {
    answer = "{\"results\":[{},{}]}";
    assertThat(run()).isEqualTo(new Result(0, "2 dependencies, 0 known vulnerabilities\n"));
  }

  @Test
  void aLineSaysThatNobodyWasAsked() throws IOException {
    answer = "{\"results\":[{}]}";
    assertNotChecked("has 1 answers to 2");
    answer = "<html>";
    assertNotChecked("does not answer with JSON");
    status = 503;
    assertNotChecked("answers 503");
    server.stop(0);
    assertNotChecked("cannot be reached (ConnectException)");
  }

  @Test
  void aWrongQuestionFails() throws IOException {
    status = 400;
    assertThat(run())
        .isEqualTo(new Result(1, database.getAuthority() + " refuses the question: 400\n"));
    Files.writeString(list, "The following files have been resolved:\n");
    assertThat(run().status()).isEqualTo(1);
  }

  /** A proxy is asked for the whole address, of a host that nobody else knows. */
  @Test
  void itIsAskedThroughTheProxyOfTheEnvironment() throws IOException {
    answer = "{\"results\":[{},{}]}";
    String proxy = database.getAuthority();
    database = URI.create("http://database.invalid/v1/querybatch");
    assertThat(run(Map.of("http_proxy", proxy)).status()).isZero();
    assertThat(wanted).isEqualTo(database);
    assertThat(asked).contains("pkg:maven/org.joml/joml@1.10.9");
    assertThat(run(Map.of("http_proxy", "ftp://proxy")))
        .isEqualTo(
            new Result(
                1,
                "the environment variable http_proxy does not name a proxy of http or socks; write"
                    + " http://HOST:PORT, or unset it\n"));
  }

  private void assertNotChecked(String why) throws IOException {
    Result result = run();
    assertThat(result.status()).isZero();
    assertThat(result.out().lines())
        .containsExactly(
            "not checked for known vulnerabilities: "
                + database.getAuthority()
                + " "
                + why
                + "; try again where it can be reached");
  }
}
