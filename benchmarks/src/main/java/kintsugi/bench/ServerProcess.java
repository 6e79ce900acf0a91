package kintsugi.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server as its users start it, and what it takes of the machine. */
final class ServerProcess implements AutoCloseable {
  private static final Pattern ADDRESS = Pattern.compile("serving .* at (http://\\S+/)");
  private static final int END_SECONDS = 60;

  private final Process process;
  final URI address;

  /**
   * Starts one and waits until it serves.
   *
   * @param known whose folder has its log too, and whose weights it has
   * @param model that it serves as {@code part}
   * @param javaOptions of its JVM, unless the environment's {@code JDK_JAVA_OPTIONS} name some
   * @param more options of the command
   */
  ServerProcess(ServedModels known, Path model, String javaOptions, String... more)
      throws IOException {
    Path log = known.folder.resolve("log");
    List<String> words = new ArrayList<>(kintsugi());
    words.addAll(
        List.of(
            "serve", "--model", "part=" + model, "--port", "0", "--weights", "" + known.weights));
    words.addAll(List.of(more));
    ProcessBuilder builder =
        new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.to(log.toFile()));
    builder.environment().merge("JDK_JAVA_OPTIONS", javaOptions, (a, b) -> a);
    process = builder.start();
    BufferedReader out = process.inputReader();
    for (String line = out.readLine(); ; line = out.readLine()) {
      if (line == null) {
        throw new IOException("the server did not start: " + Files.readString(log));
      }
      Matcher matcher = ADDRESS.matcher(line);
      if (matcher.matches()) {
        address = URI.create(matcher.group(1));
        return;
      }
    }
  }

  /** The beginning of a command line; the environment can name another one than this tree's. */
  static List<String> kintsugi() {
    return List.of(System.getenv().getOrDefault("KINTSUGI_COMMAND", "./kintsugi").split(" "));
  }

  /**
   * What the process takes.
   *
   * @param heap bytes after a collection
   * @param files that are open, sockets included
   * @param threads of the system
   */
  record Taken(long heap, int files, int threads) {
    @Override
    public String toString() {
      return String.format("heap %.1f MB, %d files, %d threads", heap / 1e6, files, threads);
    }
  }

  Taken taken(HttpClient client) throws IOException, InterruptedException {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    new ProcessBuilder(jcmd.toString(), "" + process.pid(), "GC.run")
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
    HttpRequest request = HttpRequest.newBuilder(address.resolve("/metrics")).build();
    String metrics = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    Matcher heap = Pattern.compile("(?m)^kintsugi_heap_bytes (\\d+)").matcher(metrics);
    Path proc = Path.of("/proc", "" + process.pid());
    String[] files = proc.resolve("fd").toFile().list();
    Matcher threads =
        Pattern.compile("(?m)^Threads:\\s+(\\d+)")
            .matcher(Files.exists(proc) ? Files.readString(proc.resolve("status")) : "");
    return new Taken(
        heap.find() ? Long.parseLong(heap.group(1)) : 0,
        files == null ? 0 : files.length,
        threads.find() ? Integer.parseInt(threads.group(1)) : 0);
  }

  /** Asks it to end, as a service manager does. */
  void terminate() {
    process.destroy();
  }

  /** {@return its exit status; it is killed where it does not end} */
  int status() throws InterruptedException {
    if (process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
      return process.exitValue();
    }
    process.destroyForcibly().waitFor();
    return -1;
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
