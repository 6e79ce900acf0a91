package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import kintsugi.Processes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The server as a command: its choices, and its end. */
class ServeCommandTest extends CommandFixture {
  private Process process;

  @AfterEach
  void kill() throws InterruptedException {
    if (process != null) {
      process.destroyForcibly().waitFor();
    }
  }

  /** Starts one in a process of its own and returns the address of its page. */
  private URI start(String... more) throws IOException {
    List<String> command = Processes.kintsugi("serve", "--weights", "" + weights, "--port", "0");
    command.addAll(List.of(more));
    process =
        new ProcessBuilder(command).redirectError(folder.resolve("serve.log").toFile()).start();
    BufferedReader out = process.inputReader();
    String line = out.readLine();
    assertThat(line).as(Files.readString(folder.resolve("serve.log"))).startsWith("serving ");
    return URI.create(line.substring(line.indexOf("http")));
  }

  private static Path first(Path images) throws IOException {
    try (Stream<Path> files = Files.list(images)) {
      return files.filter(file -> file.toString().endsWith(".png")).sorted().findFirst().get();
    }
  }

  @Test
  void whatWasAcceptedIsAnsweredAndTheStatusIsZeroWhenItIsAskedToEnd() throws Exception {
    Path own = Files.copy(model, folder.resolve("own.safetensors"));
    URI address = start("--model", "part=" + own, "--model", "" + model);
    try (HttpClient client = HttpClient.newHttpClient();
        Socket socket = new Socket(address.getHost(), address.getPort())) {
      byte[] image = Files.readAllBytes(first(anomalous));
      String head =
          "POST /api/models/part/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
              + image.length
              + "\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().write(image, 0, image.length - 1);
      HttpRequest models = HttpRequest.newBuilder(address.resolve("/api/models")).build();
      JsonNode listed =
          JsonMapper.shared().readTree(client.send(models, BodyHandlers.ofString()).body());
      assertThat(listed.get("models").valueStream().map(m -> m.get("name").asString()))
          .containsExactly("part", "model");
      HttpRequest threshold =
          HttpRequest.newBuilder(address.resolve("/api/models/part/threshold"))
              .PUT(BodyPublishers.ofString("{\"value\":0.7}"))
              .build();
      assertThat(client.send(threshold, BodyHandlers.discarding()).statusCode()).isEqualTo(200);
      // The summary next to the model follows it.
      assertThat(Files.readString(folder.resolve("own.json"))).contains("\"threshold\" : 0.7");
      process.destroy();
      HttpRequest ready = HttpRequest.newBuilder(address.resolve("/readyz")).build();
      while (client.send(ready, BodyHandlers.discarding()).statusCode() == 200) {
        Thread.onSpinWait();
      }
      socket.getOutputStream().write(image, image.length - 1, 1);
      byte[] reply = socket.getInputStream().readNBytes(12);
      assertThat(new String(reply, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200");
    }
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
  }

  @Test
  void aFolderIsWatchedByTheSameModel() throws Exception {
    Path in = Files.createDirectory(folder.resolve("arriving"));
    Path out = folder.resolve("watched");
    URI address = start("--model", "part=" + model, "--watch", "" + in, "--out", "" + out);
    try (Socket socket = new Socket(address.getHost(), address.getPort())) {
      socket
          .getOutputStream()
          .write(
              "GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      Scanner lines =
          new Scanner(socket.getInputStream(), StandardCharsets.UTF_8).useDelimiter("\n");
      while (!lines.next().startsWith("retry: ")) {
        // The head of the reply.
      }
      Files.copy(first(anomalous), in.resolve("new.png"));
      String line = lines.next();
      while (!line.startsWith("data: ")) {
        line = lines.next();
      }
      assertThat(line).contains("\"name\":\"new.png\"", "\"model\":\"part\"");
      assertThat(figures(address)).contains("\nkintsugi_watch_running 1\n");
      // The server does not die with its folder, and says that it does not do all it is to do.
      Files.move(in, folder.resolve("away"));
      while (figures(address).contains("\nkintsugi_watch_running 1\n")) {
        Thread.onSpinWait();
      }
    }
    process.destroy();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
    try (Stream<Path> results = Files.list(out)) {
      assertThat(results).isNotEmpty();
    }
  }

  private static String figures(URI address) throws IOException {
    try (InputStream figures = address.resolve("/metrics").toURL().openStream()) {
      return new String(figures.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void whatCannotBeServedIsOneLine() throws IOException {
    Path none = folder.resolve("none");
    Path broken = Files.writeString(folder.resolve("broken.safetensors"), "nothing");
    assertFails(
        run("serve", "--model", "" + broken, "--port", "0"),
        none,
        "broken.safetensors: is a plain text");
    assertFails(run("serve", "--model", "a=" + none), none, "none: there is no such file");
    try (ServerSocket taken = new ServerSocket(0)) {
      assertFails(
          run("serve", "--model", "" + model, "--port", "" + taken.getLocalPort()),
          none,
          "cannot listen there",
          "(--port)");
    }
    for (String[] wrong :
        List.of(
            new String[] {"--model", "" + folder.resolve("a b.safetensors")},
            new String[] {"--model", "a=" + model, "--model", "a=" + model},
            new String[] {"--model", "" + model, "--queue", "0"},
            new String[] {"--model", "" + model, "--port", "65536"},
            new String[] {"--model", "" + model, "--host", "0.0.0.0", "--port", "0"},
            new String[] {"--model", "" + model, "--tls-cert", "" + none},
            new String[] {"--model", "" + model, "--tls-key", "" + none},
            new String[] {"--model", "" + model, "--watch", "" + folder, "--out", "" + folder},
            new String[] {"--model", "" + model, "--watch", "" + folder})) {
      String[] all = Stream.concat(Stream.of("serve"), Stream.of(wrong)).toArray(String[]::new);
      Result result = run(all);
      assertThat(result.status()).as(String.join(" ", all)).isEqualTo(2);
      assertThat(result.err().lines()).hasSize(1);
    }
  }
}
