package kintsugi.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher with a Java that prints its locale, and a Maven that builds nothing. */
class LauncherTest {
  @TempDir Path folder;

  @BeforeEach
  void make() throws IOException {
    Files.createDirectories(folder.resolve("bin"));
    Files.writeString(folder.resolve("release"), "JAVA_VERSION=\"25\"\n");
    program("java", "echo \"locale ${LC_ALL:-none} ${!#}\"");
    program("javac", "exit 0");
    program("mvn", "exit 0");
  }

  private void program(String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve("bin").resolve(name), "#!/bin/bash\n" + text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** What the launcher prints, and its status, in an environment of these variables alone. */
  private String launched(String redirection, String... variables)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(
            "bash", "-c", "./kintsugi info " + redirection + "; echo \"status $?\" >&2");
    builder.environment().clear();
    builder.environment().put("JAVA_HOME", folder.toString());
    builder.environment().put("PATH", folder.resolve("bin") + ":/usr/bin:/bin");
    for (int i = 0; i < variables.length; i += 2) {
      builder.environment().put(variables[i], variables[i + 1]);
    }
    Process process = builder.redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return text;
  }

  @Test
  void javaReadsNamesBeyondAsciiInEveryLocale() throws IOException, InterruptedException {
    assertThat(launched("", "LC_ALL", "C")).contains("locale C.UTF-8 info", "status 0");
    assertThat(launched("", "LC_ALL", "nowhere")).contains("locale C.UTF-8 info");
    assertThat(launched("")).as("without HOME").contains("locale C.UTF-8 info", "status 0");
    assertThat(launched("", "LC_CTYPE", "C.UTF-8")).contains("locale none info");
  }

  @Test
  void aClosedOutputIsRefused() throws IOException, InterruptedException {
    assertThat(launched(">&-")).contains("the standard output is closed", "status 1");
  }
}
