package kintsugi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A program that is killed within its writing: it prints a line where it has half written. */
public final class HeldOutput {
  private HeldOutput() {}

  /** Starts the program, and returns when it has half written. */
  public static Process start(String what, Path place) throws IOException, URISyntaxException {
    String path = code(OutputLock.class) + File.pathSeparator + code(HeldOutput.class);
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process process =
        new ProcessBuilder(java, "-cp", path, HeldOutput.class.getName(), what, place.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertThat(process.inputReader().readLine()).isEqualTo("begun");
    return process;
  }

  private static Path code(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  /** Takes {@code file}, {@code folder} or {@code lock}, and the place. */
  public static void main(String[] arguments) throws Exception {
    Path place = Path.of(arguments[1]);
    switch (arguments[0]) {
      case "file" -> AtomicOutput.file(place, HeldOutput::half);
      case "folder" -> {
        try (OutputFolder out = OutputFolder.of(place, "draw", List.of("one"))) {
          out.write("one", HeldOutput::half);
        }
      }
      default -> {
        OutputLock lock = OutputLock.of(place);
        try (lock) {
          half(place.resolveSibling("begun"));
        }
      }
    }
  }

  private static void half(Path file) throws IOException {
    Files.writeString(file, "half");
    System.out.println("begun");
    System.out.flush();
    System.in.read();
  }
}
