package kintsugi.bench.suite;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import kintsugi.InputException;
import kintsugi.report.Json;

/**
 * The content of a results file.
 *
 * @param format of the file
 * @param session runs with the same one were made in turn, round by round, so that their forks are
 *     pairs
 * @param when it began, in UTC
 * @param seconds that it took
 * @param commit of the sources, with {@code -dirty} where files differed from it
 * @param command the words of the command line
 * @param machine the machine
 * @param load of the machine meanwhile
 * @param jvm the JVM of the forks
 * @param jmh JMH's version
 * @param blackholes how JMH keeps results from being optimised away
 * @param libraries the peers' versions
 * @param weights the fingerprint of the backbone's weights
 * @param measured all benchmarks
 */
public record Results(
    int format,
    String session,
    String when,
    double seconds,
    String commit,
    List<String> command,
    MachineCard machine,
    Load load,
    JvmCard jvm,
    String jmh,
    String blackholes,
    Map<String, String> libraries,
    String weights,
    List<Measured> measured) {
  static final int FORMAT = 2;

  /**
   * Reads a file.
   *
   * @throws InputException if it cannot be read or is not such a file
   */
  static Results read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new InputException(file + ": there is no such file; name a results file");
    }
    try {
      Results results = Json.read(Files.readString(file), Results.class);
      if (results.format == FORMAT && results.measured != null && results.jvm != null) {
        return results;
      }
    } catch (IllegalArgumentException | java.io.IOException e) {
      throw new InputException(file + ": is not the JSON of benchmarks/run; name such a file", e);
    }
    throw new InputException(
        file + ": is not of benchmarks/run's format " + FORMAT + "; measure again");
  }

  /** Writes the file. */
  void write(Path file) {
    Json.write(file, this);
  }
}
