package kintsugi.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The run of the fuzzer over the targets, one process per target and processor: {@code
 * seconds=NUMBER targets=all|NAME,… input=[FILE] corpus=FOLDER out=FOLDER}. Ends with status 1
 * where an input is found that ends in anything but the project's exception, or goes over the
 * limits of time and memory.
 */
final class FuzzRun {
  /** Of the heap: what one input may take, and the fuzzer's own needs, which are small. */
  private static final String HEAP = "-Xmx256m";

  private static final int SECONDS_PER_INPUT = 10;

  /** Of an input. Larger ones are slow to mutate and show nothing new. */
  private static final int MAX_BYTES = 16_384;

  private static final String JAZZER = "com.code_intelligence.jazzer.";
  private static final String COVERED = "kintsugi.**:com.sun.imageio.**:com.twelvemonkeys.**";
  private static final Pattern PROGRESS = Pattern.compile("#(\\d+)\\s.* cov: (\\d+) .*");
  private static final Pattern FINDING =
      Pattern.compile("(?:== Java Exception: |.*ERROR: libFuzzer: )(.*)");

  private final int seconds;
  private final int seed;
  private final Path corpus;
  private final Path out;

  private FuzzRun(Map<String, String> settings) {
    seconds = Integer.parseInt(settings.get("seconds"));
    seed = Integer.parseInt(settings.get("seed"));
    corpus = Path.of(settings.get("corpus"));
    out = Path.of(settings.get("out"));
  }

  static void main(String[] arguments) throws Exception {
    Map<String, String> settings = new HashMap<>();
    for (String argument : arguments) {
      String[] parts = argument.split("=", 2);
      settings.put(parts[0], parts[1]);
    }
    List<Target> targets = targets(settings.get("targets"));
    boolean clean =
        settings.get("input").isBlank()
            ? new FuzzRun(settings).all(targets)
            : again(targets, settings.get("input"));
    System.exit(clean ? 0 : 1);
  }

  private static List<Target> targets(String names) {
    return names.equals("all")
        ? List.of(Target.values())
        : Arrays.stream(names.split(",")).map(Target::named).toList();
  }

  /** Runs one input without the fuzzer, with the same heap. */
  private static boolean again(List<Target> targets, String input) throws Exception {
    List<String> command = java();
    command.addAll(List.of(Fuzz.class.getName(), targets.getFirst().id(), input));
    return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
  }

  private boolean all(List<Target> targets) throws Exception {
    boolean clean = true;
    try (ExecutorService pool =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
      List<Future<Boolean>> results = new ArrayList<>();
      for (Target target : targets) {
        writeSeeds(target);
        results.add(pool.submit(() -> fuzz(target)));
      }
      for (Future<Boolean> result : results) {
        clean &= result.get();
      }
    }
    return clean;
  }

  private Path folder(Target target, String name) throws IOException {
    return Files.createDirectories(out.resolve(target.id()).resolve(name));
  }

  private void writeSeeds(Target target) throws IOException {
    List<byte[]> seeds = target.seeds();
    for (int i = 0; i < seeds.size(); i++) {
      Files.write(folder(target, "seeds").resolve("seed-" + i), seeds.get(i));
    }
  }

  private boolean fuzz(Target target) throws IOException, InterruptedException {
    Path findings = folder(target, "findings");
    Path log = findings.resolveSibling("log.txt");
    Process process =
        new ProcessBuilder(command(target, findings))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    boolean clean = process.waitFor() == 0;
    report(target, clean, log, findings);
    return clean;
  }

  private static List<String> java() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(HEAP, "-XX:+UseSerialGC", "-Djava.awt.headless=true"));
    command.addAll(List.of("-XX:+EnableDynamicAgentLoading", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    return command;
  }

  private List<String> command(Target target, Path findings) throws IOException {
    Path found = folder(target, "found");
    Path seeds = folder(target, "seeds");
    Path saved = corpus.resolve(target.id());
    List<String> command = java();
    command.add("-Dfuzz.warm=" + seeds + File.pathSeparator + saved);
    command.add(JAZZER + "Jazzer");
    command.add("--target_class=" + Fuzz.class.getName());
    command.add("--target_args=" + target.id());
    command.add("--instrumentation_includes=" + COVERED);
    command.add("--instrumentation_excludes=kintsugi.fuzz.**:kintsugi.engine.**");
    command.add("--custom_hook_includes=" + COVERED);
    // To open the files that a list names is what a list is for.
    command.add("--disabled_hooks=" + JAZZER + "sanitizers.FilePathTraversal");
    command.add("--reproducer_path=" + findings);
    command.add("-artifact_prefix=" + findings + "/");
    command.add("-max_total_time=" + seconds);
    command.add("-seed=" + seed);
    command.add("-timeout=" + SECONDS_PER_INPUT);
    command.add("-max_len=" + MAX_BYTES);
    Path dictionary = corpus.resolve(target.id() + ".dict");
    if (Files.exists(dictionary)) {
      command.add("-dict=" + dictionary);
    }
    // The fuzzer adds what it finds to the first folder, where the next run continues.
    command.add(found.toString());
    command.add(seeds.toString());
    if (Files.exists(saved)) {
      command.add(saved.toString());
    }
    return command;
  }

  private static void report(Target target, boolean clean, Path log, Path findings)
      throws IOException {
    String progress = "";
    String finding = "the fuzzer itself failed, see " + log;
    for (String line : Files.readAllLines(log, ISO_8859_1)) {
      Matcher reached = PROGRESS.matcher(line);
      if (reached.matches()) {
        progress = reached.group(1) + " runs, coverage " + reached.group(2);
      }
      Matcher found = FINDING.matcher(line);
      finding = found.matches() ? found.group(1) : finding;
    }
    System.out.printf("%-12s %s%n", target.id(), clean ? progress : finding);
    if (!clean) {
      try (Stream<Path> files = Files.list(findings)) {
        files
            .filter(file -> file.getFileName().toString().matches("(crash|timeout|oom)-.*"))
            .forEach(file -> System.out.println("  " + reproduction(target, file)));
      }
    }
  }

  private static String reproduction(Target target, Path file) {
    return "mvn -Pfuzz verify -Dfuzz.targets=" + target.id() + " -Dfuzz.input=" + file;
  }
}
