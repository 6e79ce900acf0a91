package kintsugi.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import kintsugi.InputException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Downloads from a server on loopback whose answers each test sets. */
class FetchTest {
  @TempDir Path folder;

  private final List<Long> arrived = new ArrayList<>();
  private final List<String> said = new ArrayList<>();
  private LoopbackServer server;
  private List<String> ranges;
  private LoopbackServer.Answer answer;
  private byte[] file;
  private String name;

  @BeforeEach
  void serve() throws IOException {
    Path weights = folder.resolve("w.safetensors");
    new Safetensors(Map.of(), Map.of("a", StoredTensor.of(new float[50_000], 50_000)))
        .write(weights);
    file = Files.readAllBytes(weights);
    name = "resnet18-" + Weights.sha256(weights).substring(0, 8) + ".safetensors";
    server = new LoopbackServer((from, out) -> answer.to(from, out));
    ranges = server.ranges();
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private void send(int from, int to, OutputStream out) throws IOException {
    LoopbackServer.send(file, from, to, out);
  }

  private String address(String file) {
    return server.address(file);
  }

  private Path fetch(String from, String sha256) {
    return fetch(from, sha256, true);
  }

  private Path fetch(String from, String sha256, boolean allowHttp) {
    Fetch.Watcher watcher =
        new Fetch.Watcher() {
          @Override
          public void arrived(long bytes, long total) {
            arrived.add(bytes);
          }

          @Override
          public void begins(String line) {
            said.add(line);
          }
        };
    return new Fetch(watcher, 500)
        .fetch(new Fetch.Source(from, sha256, allowHttp), folder.resolve("cache"));
  }

  @Test
  void aSlowServerIsWaitedForAndAFileThatIsThereIsNotFetchedAgain() throws IOException {
    answer =
        (from, out) -> {
          LoopbackServer.head(out, "200 OK", file.length);
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
          LoopbackServer.head(out, "200 OK", file.length);
          out.flush();
          Thread.sleep(700);
        };
    assertThatThrownBy(() -> fetch(address(name), null))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("cannot be reached (Read timed out)");
    assertThat(ranges).hasSize(1);
    assertThat(folder.resolve("cache")).isEmptyDirectory();
  }

  @Test
  void aHostThatIsNotThereIsSaidAtOnce() throws IOException {
    server.close();
    assertThatThrownBy(() -> fetch(address(name), null))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("cannot be reached (Connection refused)");
    assertThat(folder.resolve("cache")).isEmptyDirectory();
  }

  @Test
  void aWrongLengthIsDetected() {
    answer =
        (from, out) -> {
          LoopbackServer.head(out, "200 OK", 1000);
          out.write(file);
        };
    assertThatThrownBy(() -> fetch(address(name), null))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("nothing was kept");
    assertThat(folder.resolve("cache")).isEmptyDirectory();
  }

  @Test
  void aMissingFileAndAWrongOneAreRefused() {
    answer = (from, out) -> LoopbackServer.head(out, "404 Not Found", 0);
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

  @Test
  void httpIsRefusedUnlessAllowedAndNeverFollowedFromHttps() {
    answer = (from, out) -> send(from, file.length, out);
    assertThatThrownBy(() -> fetch(address(name), null, false))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("use https, or allow it (allow-http)");
    assertThat(ranges).isEmpty();
    assertThat(said).isEmpty();
    assertThatThrownBy(() -> fetch("https://a b/" + name, null))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("is not an address");
    assertThatThrownBy(() -> fetch("ftp://example.org/" + name, null))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("is not an address of https");
    URI https = URI.create("https://example.org/models/x.pth");
    assertThat(Download.redirected(https, "/other/x.pth", false))
        .isEqualTo(URI.create("https://example.org/other/x.pth"));
    for (boolean allowed : new boolean[] {true, false}) {
      assertThatThrownBy(() -> Download.redirected(https, "http://example.org/x.pth", allowed))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("redirects to http://example.org/x.pth");
    }
    assertThatThrownBy(() -> Download.redirected(https, "file:///etc/passwd", true))
        .hasMessageContaining("redirects to file:///etc/passwd");
    assertThat(folder.resolve("cache")).doesNotExist();
  }

  @Test
  void redirectionsAreFollowedSomeTimes() {
    answer =
        (from, out) -> {
          if (ranges.size() < 3) {
            LoopbackServer.head(out, "302 Found\r\nLocation: /other/" + ranges.size(), 0);
          } else {
            send(from, file.length, out);
          }
        };
    assertThat(fetch(address(name), null)).hasFileName(name).hasBinaryContent(file);
    answer = (from, out) -> LoopbackServer.head(out, "302 Found\r\nLocation: /again", 0);
    assertThatThrownBy(() -> fetch(address("x-12345678.pth"), null))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("redirects more than 5 times");
  }

  @Test
  void theWholeHashAndTheSizeOfTorchvisionsFileAreKnown() {
    answer = (from, out) -> send(from, file.length, out);
    assertThatThrownBy(() -> fetch(address("resnet18-f37072fd.pth"), null))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("where " + Fetch.TORCHVISION_SHA256 + " is expected");
    assertThat(said.getLast()).contains("46,830,571 bytes", Fetch.TORCHVISION_SHA256);
    answer =
        (from, out) -> {
          LoopbackServer.head(out, "200 OK", 46_830_572);
          out.write(file);
        };
    assertThatThrownBy(() -> fetch(address("resnet18-f37072fd.pth"), null))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("sends 46830572 bytes or more where at most 46830571 are expected");
    answer =
        (from, out) -> {
          out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
          byte[] block = new byte[1 << 20];
          for (int i = 0; i < 100; i++) {
            out.write(block);
          }
        };
    assertThatThrownBy(() -> fetch(address("resnet18-f37072fd.pth"), null))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("are expected; nothing was kept");
    assertThat(arrived.getLast()).isLessThanOrEqualTo(Fetch.TORCHVISION_BYTES);
    assertThat(folder.resolve("cache")).isEmptyDirectory();
  }

  @Test
  void fewDigitsAreSaidToBeFewAndAllSixtyFourAreChecked() throws IOException {
    answer = (from, out) -> send(from, file.length, out);
    fetch(address(name), null);
    assertThat(said.getLast()).contains("not a forgery; name all 64 (sha256)");
    String whole = sha256(file);
    fetch(address("x.safetensors"), whole.toUpperCase(java.util.Locale.ROOT));
    assertThat(said.getLast()).contains(whole).doesNotContain("forgery");
    String last = whole.substring(0, 63) + (whole.endsWith("0") ? "1" : "0");
    assertThatThrownBy(() -> fetch(address("y.safetensors"), last))
        .hasMessageContaining("where " + last + " is expected");
  }

  @Test
  void twoTransfersOfOneFileDoNotDisturbEachOther() throws Exception {
    CountDownLatch first = new CountDownLatch(1);
    CountDownLatch second = new CountDownLatch(1);
    answer =
        (from, out) -> {
          if (ranges.size() == 1) {
            first.countDown();
            LoopbackServer.head(out, "200 OK", file.length);
            out.write(file, 0, 1000);
            out.flush();
            second.await();
            out.write(file, 1000, file.length - 1000);
          } else {
            send(from, file.length, out);
          }
        };
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      var slow =
          threads.submit(
              () ->
                  new Fetch((b, t) -> {}, 5000)
                      .fetch(new Fetch.Source(address(name), null, true), folder.resolve("cache")));
      first.await();
      assertThat(fetch(address(name), null)).hasBinaryContent(file);
      second.countDown();
      assertThat(slow.get()).hasBinaryContent(file);
    }
    assertThat(ranges).containsExactly("0", "0");
    assertThat(folder.resolve("cache")).isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void partsThatWereLeftAreContinuedOrRemoved() throws IOException {
    Path cache = Files.createDirectories(folder.resolve("cache"));
    Files.write(cache.resolve(name + ".part"), Arrays.copyOf(file, 7000));
    Path second = cache.resolve(name + ".0bd3bd5c-8b3c-4fd3-a7ac-6cbd5a0ff1aa.part");
    Files.write(second, Arrays.copyOf(file, 9000));
    Path foreign = Files.write(cache.resolve(name + ".mine.part"), new byte[3]);
    answer = (from, out) -> send(from, file.length, out);
    assertThat(fetch(address(name), null)).hasBinaryContent(file);
    assertThat(ranges).hasSize(1).doesNotContain("0");
    assertThat(cache).isDirectoryContaining(foreign::equals);
    assertThat(cache.toFile().list()).hasSize(2);
    // A whole part, left by a run that was killed before it moved it, needs no server.
    Files.move(cache.resolve(name), cache.resolve(name + ".part"));
    assertThat(fetch(address(name), null)).hasBinaryContent(file);
    assertThat(ranges).hasSize(1);
  }

  @Test
  void aServerThatContinuesElsewhereIsAskedFromTheBeginning() throws IOException {
    Path cache = Files.createDirectories(folder.resolve("cache"));
    Files.write(cache.resolve(name + ".part"), Arrays.copyOf(file, 7000));
    answer =
        (from, out) -> {
          if (from > 0) {
            LoopbackServer.head(out, "206 Partial Content\r\nContent-Range: bytes 9-99/100", 91);
            out.write(new byte[91]);
          } else {
            send(0, file.length, out);
          }
        };
    assertThat(fetch(address(name), null)).hasBinaryContent(file);
    assertThat(ranges).containsExactly("7000", "0");
  }

  @Test
  void theCacheIsThatOfTheEnvironmentBeforeThatOfTheSystem() {
    assertThat(WeightsLocator.cache(Map.of("XDG_CACHE_HOME", "/x", "HOME", "/h"), "/u"))
        .contains(Path.of("/x/kintsugi"));
    assertThat(WeightsLocator.cache(Map.of("XDG_CACHE_HOME", "x", "HOME", "/h"), "/u"))
        .contains(Path.of("/h/.cache/kintsugi"));
    assertThat(WeightsLocator.cache(Map.of("HOME", ""), "/u"))
        .contains(Path.of("/u/.cache/kintsugi"));
    assertThat(WeightsLocator.cache(Map.of(), "?")).isEmpty();
  }

  @Test
  void namesThatAreNoFileNamesAreRefused() {
    for (String from : List.of("https://example.org/models/..", "a\0b-12345678.pth")) {
      assertThatThrownBy(() -> fetch(from, "12345678"))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("does not end with the name of a file");
    }
  }
}
