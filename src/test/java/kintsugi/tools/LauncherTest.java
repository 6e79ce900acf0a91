package kintsugi.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher in a project of its own, with a Java that prints its locale and arguments, and a
 * Maven that builds nothing.
 */
class LauncherTest {
  private static final String PREPARING = "preparing quick starts";
  private static final String PLAIN = "-m kintsugi/kintsugi.cli.Main info";
  private static final String QUICK = "java.args -Dkintsugi.home=";

  @TempDir Path folder;
  private Path quick;

  @BeforeEach
  void make() throws IOException {
    Path target = Files.createDirectories(folder.resolve("target/modules")).getParent();
    quick = target.resolve("quick");
    Files.copy(Path.of("kintsugi"), folder.resolve("kintsugi"));
    Files.createFile(folder.resolve("pom.xml"));
    Files.createFile(target.resolve("kintsugi.jar"));
    Files.createDirectories(folder.resolve("bin"));
    Files.writeString(folder.resolve("release"), "JAVA_VERSION=\"25\"\n");
    java("touch \"${!#}/java.args\"");
    program("javac", "exit 0");
    program("mvn", "exit 0");
  }

  /** Its command is run in place of preparing. */
  private void java(String preparing) throws IOException {
    program(
        "java",
        """
        if [[ $* == *QuickStart* ]]; then
          %s
        else
          echo "locale ${LC_ALL:-none} ${!#}"
          echo "$*"
        fi
        """
            .formatted(preparing));
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
    Process process = builder.directory(folder.toFile()).redirectErrorStream(true).start();
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

  @Test
  void quickStartsArePreparedOnceForABuildAndAJdk() throws IOException, InterruptedException {
    assertThat(launched("")).contains(PREPARING, QUICK, "status 0").doesNotContain(PLAIN);
    assertThat(launched("")).contains(QUICK).doesNotContain(PREPARING);
    Files.setLastModifiedTime(
        folder.resolve("target/kintsugi.jar"), FileTime.fromMillis(System.currentTimeMillis() + 1));
    assertThat(launched("")).as("another build").contains(PREPARING, QUICK);
    assertThat(launched("")).doesNotContain(PREPARING);
    Files.writeString(folder.resolve("release"), "JAVA_VERSION=\"25.0.1\"\n");
    assertThat(launched("")).as("another JDK").contains(PREPARING, QUICK);
  }

  @Test
  void whereNothingCanBePreparedJavaStartsAsEver() throws IOException, InterruptedException {
    java("touch \"${!#}/java.args\"; exit 1");
    assertThat(launched("")).contains(PREPARING, PLAIN, "status 0");
    assertThat(launched("")).as("not tried again").contains(PLAIN).doesNotContain(PREPARING);
    remove(quick);
    Files.createFile(quick);
    assertThat(launched("")).as("no folder").contains(PLAIN, "status 0").doesNotContain(PREPARING);
  }

  @Test
  void whatAnotherJdkPreparedIsLeftAloneWhereNothingCanBeWritten()
      throws IOException, InterruptedException {
    assertThat(launched("")).contains(QUICK);
    Files.writeString(folder.resolve("release"), "JAVA_VERSION=\"26\"\n");
    program("mkdir", "exit 1");
    assertThat(launched("")).contains(PLAIN, "status 0").doesNotContain(PREPARING);
  }

  @Test
  void twoLaunchersAtOncePrepareOneEach() throws IOException, InterruptedException {
    java("sleep 0.3; touch \"${!#}/java.args\"");
    assertThat(launched("& ./kintsugi info; wait"))
        .containsPattern("(?s)" + QUICK + ".*" + QUICK)
        .doesNotContain(PLAIN);
    assertThat(launched("")).contains(QUICK).doesNotContain(PREPARING);
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    }
  }
}
