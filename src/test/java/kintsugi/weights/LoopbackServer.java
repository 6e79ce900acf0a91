package kintsugi.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A web server on loopback that remembers what it was asked for. */
public final class LoopbackServer implements AutoCloseable {
  private final ServerSocket server;
  private final Answer answer;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<String> ranges = new CopyOnWriteArrayList<>();

  /** The answer to one request, from a byte of the file on. */
  public interface Answer {
    void to(int from, OutputStream out) throws IOException, InterruptedException;
  }

  public LoopbackServer(Answer answer) throws IOException {
    this.answer = answer;
    this.server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    Thread.ofPlatform().daemon().start(this::accept);
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        Thread.ofPlatform().daemon().start(() -> serve(socket));
      } catch (IOException e) {
        // Closed, at the end of the test.
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      answer.to(rangeOf(socket.getInputStream()), socket.getOutputStream());
    } catch (IOException | InterruptedException e) {
      // The client went away, which is what some tests are about.
    }
  }

  private int rangeOf(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
      head.write(in.read());
    }
    String text = head.toString(StandardCharsets.US_ASCII);
    requests.add(text);
    int at = text.indexOf("Range: bytes=");
    String range = at < 0 ? "0" : text.substring(at + 13, text.indexOf('-', at + 13));
    ranges.add(range);
    return Integer.parseInt(range);
  }

  /** The heads of the requests so far. */
  public List<String> requests() {
    return requests;
  }

  /** The first byte that each request asked for. */
  List<String> ranges() {
    return ranges;
  }

  public int port() {
    return server.getLocalPort();
  }

  public String address(String file) {
    return "http://127.0.0.1:" + port() + "/models/" + file;
  }

  static void head(OutputStream out, String status, int length) throws IOException {
    String head = "HTTP/1.1 " + status + "\r\nContent-Length: " + length + "\r\n\r\n";
    out.write(head.getBytes(StandardCharsets.US_ASCII));
  }

  /** Sends a file's bytes between two places. */
  public static void send(byte[] file, int from, int to, OutputStream out) throws IOException {
    head(out, from == 0 ? "200 OK" : "206 Partial Content", file.length - from);
    out.write(file, from, to - from);
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
