package kintsugi.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The sources of the profile {@code tornado} compile against TornadoVM's API alone. Skipped where
 * the API is neither in TORNADOVM_HOME nor where {@code mvn -Ptornado dependency:copy@tornado-api}
 * puts it.
 */
class TornadoSourcesTest {
  private static final Path SOURCES = Path.of("src/tornado");

  @Test
  void theEngineAndItsTestsCompile(@TempDir Path folder) throws IOException {
    String api = api().toString();
    String project = System.getProperty("jdk.module.path") + File.pathSeparator + api;
    Path engine = folder.resolve("engine");
    compile(
        SOURCES.resolve("java"),
        "-d",
        engine.toString(),
        "-Xdoclint:all/protected",
        "--module-path",
        project);
    String rest = engine + File.pathSeparator + System.getProperty("java.class.path");
    compile(
        SOURCES.resolve("test"),
        "-d",
        folder.resolve("tests").toString(),
        "-classpath",
        String.join(File.pathSeparator, project, "target/test-classes", rest));
  }

  private static Path api() throws IOException {
    List<Path> folders = new ArrayList<>();
    folders.add(Path.of("target/tornado-api"));
    Optional.ofNullable(System.getenv("TORNADOVM_HOME"))
        .ifPresent(home -> folders.add(Path.of(home, "share/java/tornado")));
    for (Path folder : folders) {
      if (Files.isDirectory(folder)) {
        try (Stream<Path> files = Files.list(folder)) {
          Optional<Path> api =
              files.filter(f -> f.getFileName().toString().startsWith("tornado-api-")).findFirst();
          if (api.isPresent()) {
            return api.get();
          }
        }
      }
    }
    return Assumptions.abort("no tornado-api in " + folders);
  }

  private static void compile(Path sources, String... options) throws IOException {
    List<String> arguments = new ArrayList<>(List.of(options));
    arguments.addAll(List.of("-Xlint:all,-incubating,-requires-automatic,-classfile", "-Werror"));
    try (Stream<Path> files = Files.walk(sources)) {
      files.map(Path::toString).filter(file -> file.endsWith(".java")).forEach(arguments::add);
    }
    StringWriter said = new StringWriter();
    PrintWriter out = new PrintWriter(said);
    ToolProvider javac = ToolProvider.findFirst("javac").orElseThrow();
    assertThat(javac.run(out, out, arguments.toArray(String[]::new))).as(said.toString()).isZero();
  }
}
