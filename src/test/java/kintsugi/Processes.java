package kintsugi;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Programs in processes of their own, started from the class path as other people's are. */
public final class Processes {
  /** The jars that a program with a dependency on the library gets, by their names' beginnings. */
  private static final List<String> REQUIRED =
      List.of("joml", "commons-math3", "imageio-", "common-");

  private Processes() {}

  /**
   * A finished process.
   *
   * @param status its exit status
   * @param output everything that it printed
   */
  public record Result(int status, String output) {}

  /** The library and the jars that it requires, as a class path. */
  public static String library() {
    return Stream.concat(
            Stream.of(Path.of("target/classes").toAbsolutePath().toString()),
            jars(name -> REQUIRED.stream().anyMatch(name::startsWith)))
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** The library with all its jars, the optional ones too, the tests and the examples. */
  public static String everything() {
    return Stream.concat(
            Stream.of(
                Path.of("target/classes").toAbsolutePath().toString(),
                Path.of("target/test-classes").toAbsolutePath().toString(),
                Path.of("src/examples/resources").toAbsolutePath().toString()),
            jars(name -> true))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static Stream<String> jars(Predicate<String> wanted) {
    String paths =
        System.getProperty("jdk.module.path", "")
            + File.pathSeparator
            + System.getProperty("java.class.path", "");
    return Arrays.stream(paths.split(File.pathSeparator))
        .filter(path -> path.endsWith(".jar"))
        .distinct()
        .filter(path -> wanted.test(Path.of(path).getFileName().toString()));
  }

  /** The command line that starts Kintsugi's own, with half a gigabyte of heap. */
  public static List<String> kintsugi(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx512m", "--add-modules", "jdk.incubator.vector"));
    command.addAll(List.of("-cp", everything(), "kintsugi.cli.Main"));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Runs a tool of this JDK, such as {@code java}. */
  public static Result run(Map<String, String> environment, String tool, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", tool).toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output);
  }
}
