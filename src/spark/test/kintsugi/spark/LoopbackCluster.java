package kintsugi.spark;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Spark's own cluster on this machine: a Master and two Workers of one core each, every one a
 * process, on ports that are free. Closing it ends them and their executors; so does the end of
 * this process, whatever it is.
 */
final class LoopbackCluster implements AutoCloseable {
  private static final String HOST = "127.0.0.1";
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Path folder;
  private final Path home;
  private final String address;
  private final List<Process> processes = new ArrayList<>();
  private final Thread atExit = new Thread(this::end);

  LoopbackCluster(Path folder) {
    this.folder = folder;
    this.home = folder.resolve("spark-home");
    Runtime.getRuntime().addShutdownHook(atExit);
    int port = freePort();
    address = "spark://" + HOST + ":" + port;
    try {
      Files.createDirectories(home.resolve("jars"));
      start(
          "master",
          "org.apache.spark.deploy.master.Master",
          List.of("--host", HOST, "--port", "" + port, "--webui-port", "0"));
      await(port);
      for (String name : List.of("worker1", "worker2")) {
        start(
            name,
            "org.apache.spark.deploy.worker.Worker",
            List.of(
                "--host",
                HOST,
                "--port",
                "0",
                "--webui-port",
                "0",
                "--cores",
                "1",
                "--memory",
                "1g",
                "--work-dir",
                "" + folder.resolve(name + "-work"),
                address));
      }
    } catch (IOException | RuntimeException e) {
      close();
      throw new IllegalStateException("no cluster on " + HOST, e);
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void start(String name, String program, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + Path.of("src", "spark", "java.args").toAbsolutePath());
    command.addAll(
        List.of(
            "-Xmx256m",
            "-Dspark.master.rest.enabled=false",
            // They may be stopped for minutes.
            "-Dspark.worker.timeout=900",
            "-cp",
            classPath(),
            ClusterProcess.class.getName(),
            "" + ProcessHandle.current().pid(),
            program));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder
        .environment()
        .putAll(
            Map.of("SPARK_HOME", "" + home, "SPARK_SCALA_VERSION", "2.13", "SPARK_LOCAL_IP", HOST));
    Path log = folder.resolve(name + ".log");
    processes.add(builder.redirectErrorStream(true).redirectOutput(log.toFile()).start());
  }

  /** Waits until the Master listens. */
  private void await(int port) {
    Patience.until(
        PATIENCE, () -> isListening(port) || !processes.stream().allMatch(Process::isAlive));
    if (!isListening(port)) {
      throw new IllegalStateException("the Master does not listen; " + logs());
    }
  }

  private static boolean isListening(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(HOST, port), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** This process's, by absolute paths: executors run in folders of their own. */
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> !entry.isEmpty())
        .map(entry -> Path.of(entry).toAbsolutePath() + (entry.endsWith(".jar") ? "" : "/"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** What an application on this cluster has to be told. */
  Map<String, String> configuration() {
    return Map.of(
        "spark.master",
        address,
        "spark.driver.host",
        HOST,
        "spark.driver.bindAddress",
        HOST,
        "spark.executor.memory",
        "900m",
        "spark.executor.extraClassPath",
        classPath(),
        // Of shuffled data of a lost executor.
        "spark.shuffle.io.maxRetries",
        "0",
        // Of a process that is stopped for a while; one that is killed is known at once.
        "spark.network.timeout",
        "900s",
        // Of tasks for the parts of a lost executor.
        "spark.locality.wait.process",
        "5s");
  }

  /** The executors' processes: what the Workers have started, and are alive. */
  List<ProcessHandle> executors() {
    return processes.stream().skip(1).flatMap(Process::descendants).toList();
  }

  @Override
  public void close() {
    end();
    Runtime.getRuntime().removeShutdownHook(atExit);
  }

  /** The Workers first, so that they start no more executors. */
  private void end() {
    List<ProcessHandle> all =
        processes.stream()
            .flatMap(process -> Stream.concat(Stream.of(process.toHandle()), process.descendants()))
            .toList();
    processes.reversed().forEach(Process::destroyForcibly);
    all.forEach(ProcessHandle::destroyForcibly);
    if (!Patience.until(PATIENCE, () -> all.stream().noneMatch(ProcessHandle::isAlive))) {
      throw new IllegalStateException("processes that do not end: " + all);
    }
  }

  /** The logs of all processes, for the message of a failed test. */
  String logs() {
    try (Stream<Path> files = Files.walk(folder)) {
      StringBuilder logs = new StringBuilder();
      for (Path file : files.filter(each -> each.toString().matches(".*(log|stderr)")).toList()) {
        List<String> lines = Files.readAllLines(file);
        logs.append(file).append('\n');
        lines
            .subList(Math.max(0, lines.size() - 20), lines.size())
            .forEach(line -> logs.append("  ").append(line).append('\n'));
      }
      return logs.toString();
    } catch (IOException e) {
      return e.getMessage();
    }
  }
}
