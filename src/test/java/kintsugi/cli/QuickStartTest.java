package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.tools.ToolProvider;
import kintsugi.Processes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuickStartTest {
  /** In place of the work that is recorded: it never ends, as does the process that it starts. */
  private static final String WORK =
      """
      package kintsugi.cli;

      class QuickStart {
        public static void main(String[] arguments) throws Exception {
          String program = ProcessHandle.current().info().command().orElseThrow();
          if (arguments.length == 0) {
            String classes = System.getProperty("java.class.path");
            new ProcessBuilder(program, "-cp", classes, "kintsugi.cli.QuickStart", "started").start();
            java.nio.file.Files.createTempFile("recorded", "");
          }
          Thread.sleep(600_000);
        }
      }
      """;

  @TempDir Path folder;

  @Test
  void oneThatIsEndedLeavesNoProcessAndNoFileElsewhere() throws IOException, InterruptedException {
    Path made = folder.resolve("made");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--module-path=" + jar(),
                "--class-path=" + Processes.everything(),
                QuickStart.class.getName(),
                "" + made)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    try {
      long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
      while (process.isAlive() && !hasRecorded(made) && System.nanoTime() < end) {
        Thread.sleep(20);
      }
      List<ProcessHandle> started = process.descendants().toList();
      assertThat(hasRecorded(made)).as(this::log).isTrue();
      assertThat(started).hasSize(2).allMatch(QuickStartTest::isRunning);
      process.destroy();
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).as(this::log).isTrue();
      assertThat(started).noneMatch(QuickStartTest::isRunning);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  /** One that has ended counts as alive until its status is asked for, but has no program. */
  private static boolean isRunning(ProcessHandle process) {
    return process.isAlive() && process.info().command().isPresent();
  }

  private String log() {
    try {
      return Files.readString(folder.resolve("log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static boolean hasRecorded(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return false;
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.anyMatch(file -> file.getFileName().toString().startsWith("recorded"));
    }
  }

  private Path jar() throws IOException {
    Path source = Files.writeString(folder.resolve("QuickStart.java"), WORK);
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-proc:none", "-d", "" + folder, "" + source);
    assertThat(status).isZero();
    String name = "kintsugi/cli/QuickStart.class";
    Path jar = folder.resolve("work.jar");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new ZipEntry(name));
      Files.copy(folder.resolve(name), out);
    }
    return jar;
  }
}
