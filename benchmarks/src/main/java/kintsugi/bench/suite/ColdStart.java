package kintsugi.bench.suite;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import kintsugi.InputException;
import kintsugi.report.Json;

/**
 * The time of whole processes, one after another: {@code ./kintsugi --version}, {@code --help}, and
 * {@code predict} of one image where a model is named, or any command. The first run of each warms
 * the files of the system and does not count.
 */
final class ColdStart {
  private static final int RUNS = 11;
  private static final int MINUTES = 10;
  private static final double NANOS = 1e9;

  /** Bash adds up the processor's time of all that it waited for. */
  private static final String TIMED = "\"${@:2}\"; status=$?; times > \"$1\"; exit $status";

  private ColdStart() {}

  /**
   * A command's times.
   *
   * @param command its words
   * @param wallSeconds of each run, from start to end
   * @param cpuSeconds of each run and the processes that it started
   */
  record Timed(List<String> command, List<Double> wallSeconds, List<Double> cpuSeconds) {}

  /**
   * The content of the results file.
   *
   * @param commit of the sources
   * @param java of the launcher, as far as it is known here
   * @param machine the machine
   * @param measured the commands
   */
  record Content(String commit, String java, MachineCard machine, List<Timed> measured) {}

  /**
   * Measures.
   *
   * @param arguments a command; or two files, a model and an image
   */
  static void main(String[] arguments) throws Exception {
    Arguments.exit(
        () -> {
          measure(arguments);
          return 0;
        });
  }

  private static void measure(String[] arguments) throws IOException, InterruptedException {
    List<Timed> measured = new ArrayList<>();
    boolean predicts = arguments.length == 2 && arguments[0].endsWith(".safetensors");
    boolean own = arguments.length == 0 || predicts;
    List<List<String>> commands = own ? commands(arguments) : List.of(List.of(arguments));
    // A command that was named runs where it was named.
    Path folder = (own ? Path.of("") : Places.of("")).toAbsolutePath();
    for (List<String> command : commands) {
      Timed timed = timed(command, folder);
      measured.add(timed);
      System.out.printf(
          Locale.ROOT,
          "wall %s s, CPU %s s (minimum, median, maximum of %d)  %s%n",
          summary(timed.wallSeconds),
          summary(timed.cpuSeconds),
          RUNS,
          String.join(" ", command));
    }
    String commit = System.getenv().getOrDefault("KINTSUGI_COMMIT", "unknown");
    String when =
        LocalDateTime.now(ZoneOffset.UTC).format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss"));
    Path file = Path.of("benchmarks", "results", when + "-cold.json");
    Files.createDirectories(file.getParent());
    String java = System.getProperty("java.runtime.version");
    Json.write(file, new Content(commit, java, MachineCard.here(), measured));
    System.out.println("results: " + file);
  }

  /** The program's own, with a prediction where a model and an image are named. */
  private static List<List<String>> commands(String[] arguments) throws IOException {
    List<List<String>> commands = new ArrayList<>();
    commands.add(List.of("./kintsugi", "--version"));
    commands.add(List.of("./kintsugi", "--help"));
    if (arguments.length == 2) {
      String out = Files.createTempDirectory("kintsugi-cold").toString();
      String model = Places.of(arguments[0]).toString();
      String image = Places.of(arguments[1]).toString();
      commands.add(List.of("./kintsugi", "predict", "--model", model, image, "--out", out));
    }
    return commands;
  }

  /** Runs a command in a folder. */
  static Timed timed(List<String> command, Path folder) throws IOException, InterruptedException {
    List<Double> wall = new ArrayList<>();
    List<Double> cpu = new ArrayList<>();
    for (int run = 0; run <= RUNS; run++) {
      File times = File.createTempFile("kintsugi-cold", ".txt");
      List<String> words = new ArrayList<>(List.of("bash", "-c", TIMED, "bash", times.getPath()));
      words.addAll(command);
      long began = System.nanoTime();
      Process process =
          new ProcessBuilder(words)
              .directory(folder.toFile())
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      process.getOutputStream().close();
      boolean ended = process.waitFor(MINUTES, TimeUnit.MINUTES);
      if (!ended) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
      if (!ended || process.exitValue() != 0) {
        Files.delete(times.toPath());
        throw new InputException(
            String.join(" ", command)
                + (ended ? ": failed" : ": took more than " + MINUTES + " minutes")
                + "; run it alone to see why");
      }
      double seconds = (System.nanoTime() - began) / NANOS;
      if (run > 0) {
        wall.add(seconds);
        cpu.add(cpuSeconds(Files.readString(times.toPath())));
      }
      Files.delete(times.toPath());
    }
    return new Timed(command, wall, cpu);
  }

  /** The second line of bash's {@code times}, as {@code 0m1.234s 0m0.100s}: user and system. */
  private static double cpuSeconds(String times) {
    String children = times.lines().skip(1).findFirst().orElseThrow();
    return Arrays.stream(children.split(" "))
        .map(part -> part.split("[ms]"))
        .mapToDouble(part -> 60 * Double.parseDouble(part[0]) + Double.parseDouble(part[1]))
        .sum();
  }

  private static String summary(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    return String.format(
        Locale.ROOT,
        "%.2f %.2f %.2f",
        sorted.getFirst(),
        sorted.get(sorted.size() / 2),
        sorted.getLast());
  }
}
