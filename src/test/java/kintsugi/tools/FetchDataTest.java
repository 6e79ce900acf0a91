package kintsugi.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tools/fetch-data} against a server on loopback that breaks off in the middle. */
class FetchDataTest {
  private static final byte[] PICTURE = new byte[40_000];

  @TempDir Path folder;

  private final List<String> requests = new CopyOnWriteArrayList<>();
  private ServerSocket server;
  private byte[] archive;
  private boolean breaksOff = true;

  private record Result(int status, String output) {}

  @BeforeEach
  void serve() throws IOException {
    assumeTrue(isInstalled("bash") && isInstalled("curl"), "bash and curl are not installed");
    server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    Thread.ofPlatform().daemon().start(this::accept);
  }

  @AfterEach
  void stop() throws IOException {
    if (server != null) {
      server.close();
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try (Socket socket = server.accept()) {
        answer(socket.getInputStream(), socket.getOutputStream());
      } catch (IOException e) {
        // The client went away, or the test is over.
      }
    }
  }

  private void answer(InputStream in, OutputStream out) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
      head.write(in.read());
    }
    String request = head.toString(StandardCharsets.US_ASCII);
    int at = request.indexOf("Range: bytes=");
    int from =
        at < 0 ? 0 : Integer.parseInt(request.substring(at + 13, request.indexOf('-', at + 13)));
    boolean isHead = request.startsWith("HEAD");
    requests.add(isHead ? "HEAD" : "from " + from);
    String status = from == 0 ? "200 OK" : "206 Partial Content";
    int rest = archive.length - from;
    String range = "Content-Range: bytes %d-%d/%d\r\n";
    out.write(
        ("HTTP/1.1 "
                + status
                + "\r\nConnection: close\r\nContent-Length: "
                + rest
                + "\r\n"
                + (from == 0 ? "" : range.formatted(from, archive.length - 1, archive.length))
                + "\r\n")
            .getBytes(StandardCharsets.US_ASCII));
    if (!isHead) {
      int sent = breaksOff && from == 0 ? rest / 2 : rest;
      out.write(archive, from, sent);
    }
  }

  private static boolean isInstalled(String program) {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(place -> Files.isExecutable(Path.of(place, program)));
  }

  private Result fetch(String set, String file, int images) throws Exception {
    Path output = folder.resolve("output.txt");
    Process process =
        new ProcessBuilder(
                "bash",
                "tools/fetch-data",
                set,
                "--to",
                folder.resolve("data").toString(),
                "--from",
                "http://127.0.0.1:" + server.getLocalPort() + "/" + file,
                "--images",
                "" + images)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Result(process.exitValue(), Files.readString(output));
  }

  @Test
  void aZipWithARarThatBreaksOffGoesOnAndIsUnpacked() throws Exception {
    assumeTrue(
        Stream.of("bsdtar", "unrar", "7z", "unar").anyMatch(FetchDataTest::isInstalled),
        "nothing that unpacks a RAR is installed");
    archive = zip("inner.rar", rar("Negative/1.jpg", "Positive/1.jpg"));
    Result result = fetch("metu", "set.zip", 2);
    assertThat(result.status).as(result.output).isZero();
    assertThat(requests).containsExactly("HEAD", "from 0", "from " + archive.length / 2);
    Path place = folder.resolve("data/metu-concrete");
    assertThat(place.resolve("Negative/1.jpg")).hasBinaryContent(PICTURE);
    assertThat(place.resolve("Positive/1.jpg")).hasBinaryContent(PICTURE);
    assertThat(folder.resolve("data").toFile().list()).containsExactly("metu-concrete");
    result = fetch("metu", "set.zip", 2);
    assertThat(result.status).isZero();
    assertThat(result.output).contains("is there, 2 images");
    assertThat(requests).hasSize(3);
  }

  @Test
  void aTarIsUnpackedAndAnotherCountIsRefused() throws Exception {
    assumeTrue(isInstalled("tar"), "tar is not installed");
    breaksOff = false;
    Path images = Files.createDirectories(folder.resolve("tree/part/Data/Images"));
    Path masks = Files.createDirectories(folder.resolve("tree/part/Data/Masks"));
    Files.write(images.resolve("0.JPG"), PICTURE);
    Files.write(masks.resolve("0.png"), PICTURE);
    Path tar = folder.resolve("set.tar");
    new ProcessBuilder("tar", "-cf", "" + tar, "-C", "" + folder.resolve("tree"), "part")
        .start()
        .waitFor();
    archive = Files.readAllBytes(tar);
    Result refused = fetch("visa", "set.tar", 7);
    assertThat(refused.status).isEqualTo(1);
    assertThat(refused.output).contains("set.tar: holds 1 images instead of 7");
    assertThat(folder.resolve("data/visa")).doesNotExist();
    Result result = fetch("visa", "set.tar", 1);
    assertThat(result.status).as(result.output).isZero();
    assertThat(requests).containsExactly("HEAD", "from 0", "HEAD");
    assertThat(folder.resolve("data/visa/part/Data/Masks/0.png")).exists();
  }

  @Test
  void aBrokenArchiveIsNamedAndLeavesNoFolder() throws Exception {
    breaksOff = false;
    archive = "no archive".getBytes(StandardCharsets.US_ASCII);
    Result result = fetch("visa", "set.tar", 1);
    assertThat(result.status).isEqualTo(1);
    assertThat(result.output).contains("set.tar: cannot be unpacked; delete it");
    assertThat(folder.resolve("data").toFile().list()).containsExactly("set.tar");
  }

  private static byte[] zip(String name, byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry(name));
      zip.write(content);
    }
    return bytes.toByteArray();
  }

  /** A RAR of version 4 whose files are stored as they are. */
  private static byte[] rar(String... names) throws IOException {
    ByteArrayOutputStream rar = new ByteArrayOutputStream();
    rar.write(new byte[] {'R', 'a', 'r', '!', 0x1a, 7, 0});
    rar.write(block(0x73, 0, new byte[6]));
    CRC32 crc = new CRC32();
    crc.update(PICTURE);
    for (String name : names) {
      byte[] text = name.replace('/', '\\').getBytes(StandardCharsets.US_ASCII);
      ByteBuffer header = ByteBuffer.allocate(25 + text.length).order(ByteOrder.LITTLE_ENDIAN);
      int msDos = 0;
      int time = 0x5a000000;
      int version = 20;
      int stored = 0x30;
      header.putInt(PICTURE.length).putInt(PICTURE.length).put((byte) msDos);
      header.putInt((int) crc.getValue()).putInt(time).put((byte) version).put((byte) stored);
      header.putShort((short) text.length).putInt(0x20).put(text);
      rar.write(block(0x74, 0x8000, header.array()));
      rar.write(PICTURE);
    }
    rar.write(block(0x7b, 0x4000, new byte[0]));
    return rar.toByteArray();
  }

  private static byte[] block(int type, int flags, byte[] rest) {
    ByteBuffer block = ByteBuffer.allocate(7 + rest.length).order(ByteOrder.LITTLE_ENDIAN);
    block.putShort((short) 0).put((byte) type).putShort((short) flags);
    block.putShort((short) (7 + rest.length)).put(rest);
    CRC32 crc = new CRC32();
    crc.update(block.array(), 2, block.capacity() - 2);
    return block.putShort(0, (short) crc.getValue()).array();
  }
}
