package kintsugi.bench.suite;

import ai.onnxruntime.OrtEnvironment;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import kintsugi.InputException;
import kintsugi.bench.Inputs;
import kintsugi.engine.Engines;
import org.openjdk.jmh.runner.CompilerHints;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.util.Version;

/**
 * The runner of the benchmarks: runs their forks in turn, on one JVM or several, writes the results
 * in JMH's form and in ours, and prints them.
 */
public final class Suite {
  private Suite() {}

  /**
   * Runs.
   *
   * @param arguments see {@link CommandLine}
   */
  public static void main(String[] arguments) {
    int status = 0;
    try {
      run(CommandLine.parse(arguments));
    } catch (UsageException e) {
      System.err.println("benchmarks/run: " + e.getMessage());
      status = 2;
    } catch (InputException | RunnerException | IOException e) {
      System.err.println("benchmarks/run: " + e.getMessage());
      status = 1;
    }
    // A native runtime's threads would otherwise hold the program.
    System.exit(status);
  }

  private static void run(CommandLine command) throws RunnerException, IOException {
    CommandLineOptions jmh = command.jmh();
    if (listed(jmh)) {
      return;
    }
    ResultFiles.check(command);
    Console console = Console.of(jmh);
    measure(command, present(Cell.chosen(jmh, command.parameters(), console)), console);
  }

  /** Measures, writes and prints; after a failure what was measured until then. */
  static void measure(CommandLine command, List<Cell> cells, Console console) throws IOException {
    CommandLineOptions jmh = command.jmh();
    List<Variant> variants = Variant.of(command.jdks(), jmh);
    List<JvmCard> cards =
        variants.stream().map(each -> JvmCard.of(each.java(), each.arguments(jmh))).toList();
    List<Rounds> rounds =
        variants.stream().map(variant -> new Rounds(command, variant, console)).toList();
    Instant start = Instant.now();
    Load.Look before = Load.Look.now();
    int forks = Math.max(1, jmh.getForkCount().orElse(command.kind().forks));
    RunnerException failure = null;
    try {
      inTurn(forks, cells, rounds, console::println, Rounds::run);
    } catch (RunnerException e) {
      failure = e;
    }
    Load load = Load.between(before, Load.Look.now());
    Map<Path, Results> results = new LinkedHashMap<>();
    for (int i = 0; i < cards.size(); i++) {
      if (failure != null && rounds.get(i).measured().isEmpty()) {
        continue;
      }
      Results each =
          new Results(
              Results.FORMAT,
              start.toString(),
              start.truncatedTo(ChronoUnit.SECONDS).toString(),
              start.until(Instant.now(), ChronoUnit.MILLIS) / 1e3,
              System.getenv().getOrDefault("KINTSUGI_COMMIT", "unknown"),
              command.typed(),
              MachineCard.here(),
              load,
              cards.get(i),
              Version.getPlainVersion(),
              blackholes(),
              libraries(),
              Inputs.weights().fingerprint(),
              rounds.get(i).measured());
      Path file = ResultFiles.name(command, start, i, cards.size());
      ResultFiles.write(file, each, rounds.get(i).forJmh());
      results.put(file, each);
    }
    for (int i = 0; i < cards.size(); i++) {
      ResultFiles.writeNamed(command, i, rounds.get(i).forJmh());
    }
    show(command, results, failure);
  }

  /** Only after all results are in their files, since a page may fail. */
  private static void show(
      CommandLine command, Map<Path, Results> results, RunnerException failure) {
    results.forEach(
        (file, each) -> {
          System.out.println(Table.of(each));
          System.out.println(file);
        });
    if (failure != null) {
      throw new InputException(message(failure, results.keySet()), failure);
    }
    if (command.kind() == CommandLine.Kind.ROOFLINE) {
      results.forEach(
          (file, each) -> {
            Path page = file.resolveSibling(ResultFiles.stem(file) + "-roofline.html");
            Roofline.of(each).write(page);
            System.out.println(page);
          });
    }
    if (results.size() > 1) {
      System.out.println(Comparison.of(List.copyOf(results.values())).text());
    }
  }

  /** The first line of JMH's, which has printed the rest, and where the results are. */
  private static String message(RunnerException failure, Collection<Path> files) {
    String all = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    String first = all.lines().findFirst().orElse("").replaceFirst("\\.$", "");
    return files.isEmpty()
        ? first
        : first
            + "; what was measured before is in "
            + String.join(", ", files.stream().map(Path::toString).toList());
  }

  /** A fork of one benchmark on a JVM. */
  interface Fork<V> {
    void run(V variant, Cell cell) throws RunnerException;
  }

  /**
   * Runs a fork of each benchmark, the JVMs in turn; then all again, backwards: a benchmark that
   * always came before its peer would have all of the machine's drift in their ratio.
   *
   * @param log of what begins
   */
  static <V> void inTurn(
      int forks, List<Cell> cells, List<V> variants, Consumer<String> log, Fork<V> fork)
      throws RunnerException {
    for (int round = 0; round < forks; round++) {
      boolean turned = round % 2 == 1;
      int count = 0;
      for (Cell cell : turned ? cells.reversed() : cells) {
        log.accept(
            "%n# Fork %d of %d, benchmark %d of %d"
                .formatted(round + 1, forks, ++count, cells.size()));
        for (V variant : turned ? variants.reversed() : variants) {
          fork.run(variant, cell);
        }
      }
    }
  }

  /** JMH's options that print and do not measure. */
  private static boolean listed(CommandLineOptions jmh) throws RunnerException, IOException {
    if (jmh.shouldHelp()) {
      jmh.showHelp();
    } else if (jmh.shouldList()) {
      new Runner(jmh).list();
    } else if (jmh.shouldListWithParams()) {
      new Runner(jmh).listWithParams(jmh);
    } else if (jmh.shouldListProfilers()) {
      jmh.listProfilers();
    } else if (jmh.shouldListResultFormats()) {
      jmh.listResultFormats();
    } else {
      return false;
    }
    return true;
  }

  /** Without benchmarks of what is not installed. */
  private static List<Cell> present(List<Cell> cells) {
    if (Engines.providers().stream().anyMatch(provider -> provider.rank() == 0)) {
      return cells;
    }
    List<Cell> present =
        cells.stream().filter(cell -> !cell.benchmark().contains("DeviceBenchmark")).toList();
    if (present.isEmpty()) {
      throw new UsageException("DeviceBenchmark: set TORNADOVM_HOME to the folder of a TornadoVM");
    }
    if (present.size() < cells.size()) {
      System.out.println("left out: DeviceBenchmark, since TORNADOVM_HOME is not set");
    }
    return present;
  }

  /** JMH's own words for it, available only as printed text. */
  private static String blackholes() {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    CompilerHints.printHints(new PrintStream(printed, true, StandardCharsets.UTF_8));
    return printed
        .toString(StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.contains("Blackhole mode: "))
        .findFirst()
        .map(line -> line.replaceFirst(".*Blackhole mode: ", "").replaceFirst(", use .*\\)", ")"))
        .orElse("unknown");
  }

  /** Versions of what is compared, from the names of the jars; ONNX Runtime's from itself. */
  private static Map<String, String> libraries() throws IOException {
    Map<String, String> libraries = new TreeMap<>();
    libraries.put("onnxruntime", OrtEnvironment.getEnvironment().getVersion());
    for (String jar : JvmCard.classPath().split(java.io.File.pathSeparator)) {
      String name = Path.of(jar).getFileName().toString();
      if (name.matches(
          "(pytorch-engine|pytorch-native-cpu|commons-math3|openblas|dnnl|javacpp)-.*")) {
        int dash = name.replaceFirst("-\\d.*", "").length();
        libraries.put(
            name.substring(0, dash),
            name.substring(dash + 1).replaceFirst("(-linux.*)?\\.jar$", ""));
      }
    }
    return new LinkedHashMap<>(libraries);
  }
}
