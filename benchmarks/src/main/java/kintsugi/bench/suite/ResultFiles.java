package kintsugi.bench.suite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Locale;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.options.CommandLineOptions;

/** The files of a run's results: ours, JMH's next to it, and the one that JMH's options name. */
final class ResultFiles {
  private static final Path FOLDER = Path.of("benchmarks", "results");

  private ResultFiles() {}

  /**
   * Looks whether the files that were named can be written; hours later it would be too late.
   *
   * @throws UsageException if not
   */
  static void check(CommandLine command) {
    if (command.out() != null) {
      check("--out", command.out());
    }
    if (command.jmh().getResult().hasValue()) {
      check("-rff", Places.of(command.jmh().getResult().get()));
    }
  }

  private static void check(String option, Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || Files.isDirectory(file) || !Files.isWritable(folder)) {
      throw new UsageException(
          option + ": " + file + ": cannot be written; name a file in a folder that exists");
    }
  }

  /** {@return our file for one of the JVMs} */
  static Path name(CommandLine command, Instant start, int variant, int variants)
      throws IOException {
    Path file = command.out();
    if (file == null) {
      Files.createDirectories(FOLDER);
      String name = start.truncatedTo(ChronoUnit.MILLIS).toString().replaceAll("[:.]", "-");
      file = FOLDER.resolve(name + ".json");
    }
    if (variants == 1) {
      return file;
    }
    return file.resolveSibling(stem(file) + "-" + (variant + 1) + ".json");
  }

  /** {@return a file's name without its ending} */
  static String stem(Path file) {
    return file.getFileName().toString().replaceFirst("\\.json$", "");
  }

  /** Writes ours and JMH's. */
  static void write(Path file, Results results, Collection<RunResult> jmh) {
    results.write(file);
    String next = file.resolveSibling(stem(file) + ".jmh.json").toString();
    ResultFormatFactory.getInstance(ResultFormatType.JSON, next).writeOut(jmh);
  }

  /** Writes the file that {@code -rf} and {@code -rff} ask for, if they do. */
  static void writeNamed(CommandLine command, int variant, Collection<RunResult> results) {
    CommandLineOptions jmh = command.jmh();
    if (jmh.getResult().hasValue() || jmh.getResultFormat().hasValue()) {
      ResultFormatType type = jmh.getResultFormat().orElse(ResultFormatType.CSV);
      String usual = "jmh-result." + type.toString().toLowerCase(Locale.ROOT);
      String to = jmh.getResult().orElse(usual);
      String place = Places.of(variant == 0 ? to : to + "." + (variant + 1)).toString();
      ResultFormatFactory.getInstance(type, place).writeOut(results);
    }
  }
}
