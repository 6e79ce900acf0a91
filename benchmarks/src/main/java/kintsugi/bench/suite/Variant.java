package kintsugi.bench.suite;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.openjdk.jmh.runner.options.CommandLineOptions;

/**
 * A JVM to measure on.
 *
 * @param java its executable
 * @param flags in addition to those of the command line
 */
record Variant(String java, List<String> flags) {
  /** Kintsugi's engine and the native peers need these. */
  private static final List<String> OWN =
      List.of("--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED");

  /** Where {@code benchmarks/run} puts Graal's compiler. */
  private static final Path GRAAL = Path.of("benchmarks/target/graal");

  /**
   * {@return the JVMs that were named}
   *
   * @throws UsageException if one is not a JDK
   */
  static List<Variant> of(List<String> jdks, CommandLineOptions options) {
    String here = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    if (jdks.isEmpty()) {
      return List.of(new Variant(options.getJvm().orElse(here), List.of()));
    }
    if (options.getJvm().hasValue()) {
      throw new UsageException("-jvm: --jdk names the JVMs already");
    }
    return jdks.stream().map(jdk -> of(jdk, here)).toList();
  }

  /** A folder and the flags behind it; the first flag begins after a space and a dash. */
  private static Variant of(String word, String here) {
    int end = word.indexOf(" -");
    String name = end < 0 ? word : word.substring(0, end).strip();
    List<String> flags = new ArrayList<>();
    if (end >= 0) {
      flags.addAll(Arrays.asList(word.substring(end + 1).strip().split("\\s+")));
    }
    if (name.equals("graal")) {
      flags.addAll(0, graal());
      return new Variant(here, flags);
    }
    Path java = Places.of(name).resolve("bin").resolve("java");
    if (!Files.isExecutable(java)) {
      throw new UsageException(name + ": is not a JDK, it has no bin/java");
    }
    return new Variant(java.toString(), flags);
  }

  /** The flags with which a stock JDK compiles by Graal's compiler. */
  private static List<String> graal() {
    try (Stream<Path> jars = Files.list(GRAAL)) {
      String path =
          String.join(":", jars.map(Path::toString).filter(jar -> jar.endsWith(".jar")).toList());
      return List.of(
          "-XX:+UnlockExperimentalVMOptions",
          "-XX:+EnableJVMCI",
          "-XX:+UseJVMCICompiler",
          "--upgrade-module-path=" + path);
    } catch (IOException e) {
      throw new UsageException(
          "graal: its compiler is not in " + GRAAL + "; benchmarks/run --jdk graal puts it there");
    }
  }

  /** {@return all options of a fork, as JMH joins them} */
  List<String> arguments(CommandLineOptions options) {
    List<String> all = new ArrayList<>(options.getJvmArgsPrepend().orElse(List.of()));
    all.addAll(usual(options));
    all.addAll(appended(options));
    return all;
  }

  /** {@return the options that {@code -jvmArgs} replaces: those of this JVM} */
  static List<String> usual(CommandLineOptions options) {
    if (options.getJvmArgs().hasValue()) {
      return List.copyOf(options.getJvmArgs().get());
    }
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(each -> !OWN.contains(each))
        .toList();
  }

  /** {@return the options that are appended to JMH's} */
  List<String> appended(CommandLineOptions options) {
    List<String> all = new ArrayList<>(OWN);
    all.addAll(flags);
    all.addAll(options.getJvmArgsAppend().orElse(List.of()));
    return all;
  }
}
