package kintsugi.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import kintsugi.InputException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Downloads from a server on loopback whose answers each test sets. */
class FetchTest {
  @TempDir Path folder;

  private final List<String> ranges = new CopyOnWriteArrayList<>();
  private final List<Long> arrived = new ArrayList<>();
  private ServerSocket server;
  private Answer answer;
  private byte[] file;
  private String name;

  /** The server's answer to one request. */
  private interface Answer {
    void to(int from, OutputStream out) throws IOException, InterruptedException;
  }

  @BeforeEach
  void serve() throws IOException {
    Path weights = folder.resolve("w.safetensors");
    new Safetensors(Map.of(), Map.of("a", StoredTensor.of(new float[50_000], 50_000)))
        .write(weights);
    file = Files.readAllBytes(weights);
    name = "resnet18-" + Weights.sha256(weights).substring(0, 8) + ".safetensors";
    server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    Thread.ofPlatform().daemon().start(this::accept);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private void accept() {
    while (!server.isClosed()) {
      try (Socket socket = server.accept()) {
        answer.to(rangeOf(socket.getInputStream()), socket.getOutputStream());
      } catch (IOException | InterruptedException e) {
        // The client went away, which is what some tests are about.
      }
    }
  }

  private int rangeOf(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
      head.write(in.read());
    }
    String text = head.toString(StandardCharsets.US_ASCII);
    int at = text.indexOf("Range: bytes=");
    String range = at < 0 ? "0" : text.substring(at + 13, text.indexOf('-', at + 13));
    ranges.add(range);
    return Integer.parseInt(range);
  }

  private static void head(OutputStream out, String status, int length) throws IOException {
    String head = "HTTP/1.1 " + status + "\r\nContent-Length: " + length + "\r\n\r\n";
    out.write(head.getBytes(StandardCharsets.US_ASCII));
  }

  private void send(int from, int to, OutputStream out) throws IOException {
    head(out, from == 0 ? "200 OK" : "206 Partial Content", file.length - from);
    out.write(file, from, to - from);
  }

  private String address(String file) {
    return "http://127.0.0.1:" + server.getLocalPort() + "/models/" + file;
  }

  private Path fetch(String from, String sha256) {
    return new Fetch((bytes, total) -> arrived.add(bytes), 500)
        .fetch(from, sha256, folder.resolve("cache"));
  }

  @Test
  void aSlowServerIsWaitedForAndAFileThatIsThereIsNotFetchedAgain() throws IOException {
    answer =
        (from, out) -> {
          head(out, "200 OK", file.length);
          for (int at = 0; at < file.length; at += 50_000) {
            out.write(file, at, Math.min(50_000, file.length - at));
            out.flush();
            Thread.sleep(100);
          }
        };
    Path fetched = fetch(address(name), null);
    assertThat(fetched).hasFileName(name).hasBinaryContent(file);
    assertThat(arrived.getLast()).isEqualTo(file.length);
    assertThat(arrived).hasSizeGreaterThan(2).isSorted();
    fetch(address(name), null);
    assertThat(ranges).containsExactly("0");
  }

  @Test
  void aTransferThatBreaksOffContinues() {
    answer = (from, out) -> send(from, Math.min(file.length, from + 80_000), out);
    assertThat(fetch(address(name), null)).hasBinaryContent(file);
    assertThat(ranges).containsExactly("0", "80000", "160000");
  }

  @Test
  void aTransferThatKeepsBreakingOffLeavesItsPartialFile() {
    answer = (from, out) -> send(from, Math.min(file.length, from + 20_000), out);
    assertThatThrownBy(() -> fetch(address(name), null))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("broke off after 60000 bytes")
        .hasMessageContaining("run it again");
    assertThat(folder.resolve("cache").resolve(name)).doesNotExist();
    answer = (from, out) -> send(from, file.length, out);
    assertThat(fetch(address(name), null)).hasBinaryContent(file);
    assertThat(ranges.getLast()).isEqualTo("60000");
  }

  @Test
  void aServerThatFallsSilentTimesOut() {
    answer =
        (from, out) -> {
          head(out, "200 OK", file.length);
          out.flush();
          Thread.sleep(700);
        };
    assertThatThrownBy(() -> fetch(address(name), null))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("broke off after 0 bytes");
  }

  @Test
  void aWrongLengthIsDetected() {
    answer =
        (from, out) -> {
          head(out, "200 OK", 1000);
          out.write(file);
        };
    assertThatThrownBy(() -> fetch(address(name), null))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("nothing was kept");
    assertThat(folder.resolve("cache")).isEmptyDirectory();
  }

  @Test
  void aMissingFileAndAWrongOneAreRefused() {
    answer = (from, out) -> head(out, "404 Not Found", 0);
    assertThatThrownBy(() -> fetch(address(name), null))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("the server answered 404");
    assertThat(ranges).hasSize(1);
    answer = (from, out) -> send(0, file.length, out);
    assertThatThrownBy(() -> fetch(address("resnet18-00000000.pth"), null))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("where 00000000 is expected; nothing was kept");
    assertThatThrownBy(() -> fetch(address("resnet18.pth"), null))
        .hasMessageContaining("carries no hash");
    assertThatThrownBy(() -> fetch(address("resnet18.pth"), ""))
        .hasMessageContaining("8 to 64 digits");
    assertThat(folder.resolve("cache")).isEmptyDirectory();
    byte[] page = "<html>not found</html>".getBytes(StandardCharsets.US_ASCII);
    file = page;
    assertThatThrownBy(() -> fetch(address("page.pth"), sha256(page)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("page.pth");
    assertThat(folder.resolve("cache")).isEmptyDirectory();
  }

  private String sha256(byte[] bytes) {
    try {
      return Weights.sha256(Files.write(folder.resolve("bytes"), bytes));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aFileIsAMirrorToo() throws IOException {
    Path mirror = Files.write(folder.resolve(name), file);
    assertThat(fetch(mirror.toString(), null)).hasBinaryContent(file);
    assertThatThrownBy(() -> fetch(folder.resolve("none-12345678.pth").toString(), null))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("there is no such file");
  }
}
