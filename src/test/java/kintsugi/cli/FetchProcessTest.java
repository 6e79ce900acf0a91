package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import kintsugi.Processes;
import kintsugi.detector.TestWeights;
import kintsugi.weights.Fetch;
import kintsugi.weights.LoopbackServer;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fetches in processes of their own, with a server or a proxy on loopback. */
class FetchProcessTest {
  private static final String NAME = "resnet18.safetensors";

  @TempDir Path folder;

  private byte[] file;
  private String sha256;
  private LoopbackServer.Answer answer;
  private LoopbackServer server;

  @BeforeEach
  void serve() throws IOException {
    Path weights = TestWeights.write(folder.resolve("w.safetensors"), 1);
    file = Files.readAllBytes(weights);
    sha256 = Weights.sha256(weights);
    server = new LoopbackServer((from, out) -> answer.to(from, out));
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private String[] fetch(String... arguments) {
    List<String> java =
        new ArrayList<>(
            List.of(
                "-Dkintsugi.home=" + folder.resolve("project"),
                "--add-modules",
                "jdk.incubator.vector",
                "-cp",
                Processes.everything(),
                Main.class.getName(),
                "weights",
                "fetch"));
    java.addAll(List.of(arguments));
    return java.toArray(String[]::new);
  }

  private String[] fromServer() {
    return fetch("--from", server.address(NAME), "--sha256", sha256, "--allow-http");
  }

  private Map<String, String> environment(String name, String value) {
    return Map.of("XDG_CACHE_HOME", folder.toString(), name, value);
  }

  private Path cache() {
    return folder.resolve("kintsugi");
  }

  @Test
  void twoProcessesFetchOneFile() throws Exception {
    CountDownLatch both = new CountDownLatch(2);
    answer =
        (from, out) -> {
          LoopbackServer.send(file, from, from + 1000, out);
          out.flush();
          both.countDown();
          both.await();
          out.write(file, from + 1000, file.length - from - 1000);
        };
    CompletableFuture<Processes.Result> other = CompletableFuture.supplyAsync(this::run);
    Processes.Result one = run();
    assertThat(one.status()).as(one.output()).isZero();
    assertThat(other.get().status()).as(other.get().output()).isZero();
    assertThat(server.requests()).hasSize(2);
    assertThat(cache().resolve(NAME)).hasBinaryContent(file);
    assertThat(cache().toFile().list()).containsExactly(NAME);
  }

  private Processes.Result run() {
    try {
      return Processes.run(environment("no_proxy", "*"), "java", fromServer());
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aTransferThatCtrlCEndsLeavesNoFileAndContinues() throws Exception {
    int half = file.length / 2;
    CountDownLatch sent = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    answer =
        (from, out) -> {
          LoopbackServer.send(file, from, half, out);
          out.flush();
          sent.countDown();
          ended.await();
        };
    List<String> command = new ArrayList<>(List.of(fromServer()));
    command.addFirst(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment("no_proxy", "*"));
    Process process = builder.start();
    sent.await();
    awaitBytes(half);
    new ProcessBuilder("kill", "-INT", "" + process.pid()).start().waitFor();
    process.getInputStream().transferTo(OutputStream.nullOutputStream());
    assertThat(process.waitFor()).isNotZero();
    ended.countDown();
    assertThat(cache().resolve(NAME)).doesNotExist();
    answer = (from, out) -> LoopbackServer.send(file, from, file.length, out);
    Processes.Result next = run();
    assertThat(next.status()).as(next.output()).isZero();
    assertThat(server.requests().getLast()).contains("Range: bytes=" + half + "-");
    assertThat(cache().resolve(NAME)).hasBinaryContent(file);
    assertThat(cache().toFile().list()).containsExactly(NAME);
  }

  private void awaitBytes(int count) throws InterruptedException {
    for (long size = 0; size < count; Thread.sleep(10)) {
      Path[] parts = cache().toFile().listFiles() == null ? new Path[0] : parts();
      size = parts.length == 0 ? 0 : parts[0].toFile().length();
    }
  }

  private Path[] parts() {
    return java.util.Arrays.stream(cache().toFile().listFiles())
        .map(java.io.File::toPath)
        .toArray(Path[]::new);
  }

  @Test
  void theProxyOfTheEnvironmentIsAskedWithItsPassword() throws Exception {
    answer =
        (from, out) -> {
          boolean known =
              server.requests().getLast().contains("Proxy-authorization: Basic bWU6YQ==");
          String challenge =
              "\r\nProxy-Authenticate: Basic realm=\"a\"\r\nContent-Length: 0\r\n\r\n";
          out.write(
              (known ? "HTTP/1.1 403 No\r\n\r\n" : "HTTP/1.1 407 Who" + challenge)
                  .getBytes(StandardCharsets.US_ASCII));
        };
    String proxy = "http://me:a@127.0.0.1:" + server.port();
    Processes.Result result = Processes.run(environment("https_proxy", proxy), "java", fetch());
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.output()).contains(Fetch.TORCHVISION + ": cannot be reached", "403 No");
    assertThat(server.requests().getFirst()).startsWith("CONNECT download.pytorch.org:443 ");
    assertThat(cache()).isEmptyDirectory();
  }

  @Test
  void theEnvironmentForbidsTheNetwork() throws Exception {
    Processes.Result result =
        Processes.run(environment("KINTSUGI_OFFLINE", "1"), "java", fromServer());
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.output()).contains("KINTSUGI_OFFLINE forbids to use the network");
    assertThat(server.requests()).isEmpty();
    answer = (from, out) -> LoopbackServer.send(file, from, file.length, out);
    result = Processes.run(environment("KINTSUGI_OFFLINE", "0"), "java", fromServer());
    assertThat(result.status()).as(result.output()).isZero();
  }
}
