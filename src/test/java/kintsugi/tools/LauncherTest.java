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
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

  private static final String SERIAL = "-XX:+UseSerialGC";

  @TempDir Path place;
  private Path folder;
  private Path jdk;
  private Path jar;
  private Path quick;

  @BeforeEach
  void make() throws IOException {
    folder = place.resolve("tree");
    jdk = place.resolve("jdk");
    Path target = Files.createDirectories(folder.resolve("target/modules")).getParent();
    quick = target.resolve("quick");
    Files.copy(Path.of("kintsugi"), folder.resolve("kintsugi"));
    Files.createFile(folder.resolve("pom.xml"));
    jar = Files.createFile(target.resolve("kintsugi.jar"));
    Files.createDirectories(jdk.resolve("bin"));
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25\"\n");
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
          echo "options ${JDK_JAVA_OPTIONS:-}"
          echo "$*"
        fi
        """
            .formatted(preparing));
  }

  private void program(String name, String text) throws IOException {
    Path file = Files.writeString(jdk.resolve("bin").resolve(name), "#!/bin/bash\n" + text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** The launcher's output and status in an environment of these variables alone. */
  private String launched(String redirection, String... variables)
      throws IOException, InterruptedException {
    return ran("./kintsugi info " + redirection, variables);
  }

  private String ran(String command, String... variables) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder("bash", "-c", command + "; echo \"status $?\" >&2");
    builder.environment().clear();
    builder.environment().put("JAVA_HOME", jdk.toString());
    builder.environment().put("PATH", jdk.resolve("bin") + ":/usr/bin:/bin");
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
  void aShellHasTheLibraryAndTheLecture() throws IOException, InterruptedException {
    assertThat(ran("./kintsugi jshell")).contains("has no jshell", "status 1");
    program("jshell", "echo \"$*\"");
    assertThat(ran("./kintsugi jshell typed.jsh"))
        .contains("--class-path " + folder.resolve("target/kintsugi.jar") + ":")
        .contains("-R-Dkintsugi.home=" + folder)
        .contains(folder.resolve("src/examples/lecture.jsh") + " typed.jsh", "status 0");
  }

  @Test
  void aClosedOutputIsRefused() throws IOException, InterruptedException {
    assertThat(launched(">&-")).contains("the standard output is closed", "status 1");
  }

  @Test
  void quickStartsArePreparedOnceForABuildAndAJdk() throws IOException, InterruptedException {
    assertThat(launched("")).contains(PREPARING, QUICK, "status 0").doesNotContain(PLAIN);
    assertThat(launched("")).contains(QUICK).doesNotContain(PREPARING);
    age(jar, -1);
    assertThat(launched("")).as("another build").contains(PREPARING, QUICK);
    assertThat(launched("")).doesNotContain(PREPARING);
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25.0.1\"\n");
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
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"26\"\n");
    program("mkdir", "exit 1");
    assertThat(launched("")).contains(PLAIN, "status 0").doesNotContain(PREPARING);
  }

  @Test
  void ofTwoLaunchersAtOnceOnePrepares() throws IOException, InterruptedException {
    java("sleep 0.5; touch \"${!#}/java.args\"");
    assertThat(launched("& ./kintsugi info; wait"))
        .containsOnlyOnce(PREPARING)
        .contains(PLAIN, QUICK);
    assertThat(launched("")).contains(QUICK).doesNotContain(PREPARING);
  }

  @Test
  void oneThatIsKilledWhilePreparingLetsOthersPrepare() throws IOException, InterruptedException {
    java("kill -TERM $PPID; exit 130");
    assertThat(launched("")).contains(PREPARING, "status 130").doesNotContain(PLAIN);
    java("kill -KILL $PPID");
    assertThat(launched("")).contains(PREPARING, "status 137");
    java("touch \"${!#}/java.args\"");
    assertThat(launched("")).contains(PLAIN).doesNotContain(PREPARING);
    age(prepared("lock").getFirst(), 660_000);
    assertThat(launched("")).as("a lock of eleven minutes").contains(PREPARING, QUICK);
    assertThat(prepared("lock")).isEmpty();
    assertThat(folders()).as("that of the killed one is gone").isEqualTo(1);
  }

  @Test
  void oneThatIsEndedWhilePreparingWaitsForJavaAndLeavesNothing()
      throws IOException, InterruptedException {
    java(
        """
        end() {
          sleep 0.5
          mkdir -p "$1"
          touch "$1/late"
          exit 143
        }
        trap 'end "${!#}"' TERM
        kill -TERM $PPID
        sleep 5 &
        wait
        """);
    assertThat(launched("")).contains(PREPARING, "status 130").doesNotContain(PLAIN);
    Thread.sleep(1_000);
    assertThat(folders()).isZero();
  }

  @Test
  void oneThatIsEndedAfterPreparingLeavesWhatItPrepared() throws IOException, InterruptedException {
    for (String last : List.of("mv", "find")) {
      age(jar, -1);
      program(
          last,
          """
          "/usr/bin/%s" "$@"
          if [[ $* == */current || $* == *' ! -newer '* ]]; then kill -TERM $PPID; fi
          """
              .formatted(last));
      assertThat(launched("")).as(last).contains(PREPARING, "status 130").doesNotContain(QUICK);
      Files.delete(jdk.resolve("bin").resolve(last));
      assertThat(launched("")).as(last).contains(QUICK).doesNotContain(PREPARING);
    }
  }

  /** The number of preparations that have a folder, whole or not. */
  private long folders() throws IOException {
    try (Stream<Path> files = Files.walk(quick, 2)) {
      return files
          .filter(file -> quick.relativize(file).getNameCount() == 2)
          .filter(Files::isDirectory)
          .count();
    }
  }

  @Test
  void aTreeThatMovesOrIsCopiedIsPreparedAgain() throws IOException, InterruptedException {
    assertThat(launched("")).contains(QUICK);
    Path before = folder;
    folder = Files.move(before, place.resolve("moved"));
    assertThat(launched("")).as("moved").contains(PREPARING, folder + "/target/quick/");
    assertThat(ran("cp -a . ../copy; cd ../copy; ./kintsugi info"))
        .as("copied")
        .contains(PREPARING, place + "/copy/target/quick/");
    folder = Files.move(folder, before);
    assertThat(launched("")).as("moved back").contains(QUICK).doesNotContain(PREPARING);
  }

  @Test
  void jdksAlternateAndFoldersStayUntilTheNextBuild() throws IOException, InterruptedException {
    age(jar, 7_200_000);
    age(folder.resolve("pom.xml"), 7_200_000);
    assertThat(launched("")).contains(QUICK);
    for (Path file : prepared("")) {
      age(file, 3_600_000);
    }
    Path first = prepared("java.args").getFirst();
    String other = place + "/other";
    ran("cp -a ../jdk ../other");
    assertThat(launched("", "JAVA_HOME", other)).contains(PREPARING, QUICK);
    assertThat(launched("")).contains("" + first).doesNotContain(PREPARING);
    assertThat(launched("", "JAVA_HOME", other)).contains(QUICK).doesNotContain(PREPARING);
    age(jar, 0);
    assertThat(launched("")).as("another build").contains(PREPARING, QUICK);
    assertThat(prepared("java.args")).hasSize(1).doesNotContain(first);
  }

  @Test
  void preparingSaysHowLongAndHasNoOptionsOfTheUsers() throws IOException, InterruptedException {
    java(
        """
        echo "<${JDK_JAVA_OPTIONS:-}${JAVA_TOOL_OPTIONS:-}${_JAVA_OPTIONS:-}>" > "${!#}/java.args"
        """);
    String text =
        launched("", "JDK_JAVA_OPTIONS", "-Xa", "JAVA_TOOL_OPTIONS", "-Xb", "_JAVA_OPTIONS", "-Xc");
    assertThat(text).contains("once, some fifteen seconds", "options -Xa");
    assertThat(prepared("java.args").getFirst()).hasContent("<>");
  }

  @Test
  void quickStartsCanBeSwitchedOff() throws IOException, InterruptedException {
    assertThat(launched("", "KINTSUGI_QUICK", "off")).contains(PLAIN).doesNotContain(PREPARING);
    assertThat(quick).doesNotExist();
    assertThat(launched("")).contains(QUICK);
    assertThat(launched("", "KINTSUGI_QUICK", "off")).contains(PLAIN);
  }

  @Test
  void aBuildThatFailsEndsItAndTheOlderJarDoesNotRun() throws IOException, InterruptedException {
    program("mvn", "echo 'a compile error'; exit 1");
    Files.createDirectories(folder.resolve("src/main"));
    age(jar, 3_600_000);
    assertThat(launched(""))
        .contains("a compile error", "the build failed; Maven's messages stand above", "status 1")
        .doesNotContain(PREPARING, PLAIN, QUICK);
    program("mvn", "touch target/kintsugi.jar");
    assertThat(launched("")).contains(QUICK, "status 0");
  }

  @Test
  void aDownloadStartsItsOwnJavaAndBuildsNothing() throws IOException, InterruptedException {
    program("mvn", "echo built; exit 1");
    Files.delete(jdk.resolve("bin/javac"));
    Files.move(jdk, folder.resolve("runtime"));
    Files.move(folder.resolve("target"), folder.resolve("lib"));
    Files.writeString(folder.resolve("lib/build"), "1\n");
    jdk = folder.resolve("runtime");
    quick = folder.resolve("quick");
    String other = place.resolve("other").toString();
    assertThat(launched("", "JAVA_HOME", other))
        .contains(PREPARING, quick + "/", QUICK, "status 0")
        .doesNotContain("built");
    assertThat(launched("")).contains(QUICK).doesNotContain(PREPARING);
    assertThat(ran("./kintsugi --print-java")).startsWith(jdk + "/bin/java\n");
    assertThat(launched("", "KINTSUGI_QUICK", "off"))
        .contains("-p " + folder + "/lib/kintsugi.jar:" + folder + "/lib/modules " + PLAIN);
    Files.writeString(folder.resolve("lib/build"), "2\n");
    assertThat(launched("")).as("unpacked over an older one").contains(PREPARING, QUICK);
    assertThat(prepared("java.args")).as("the older one's are removed").hasSize(1);
    assertThat(ran("./kintsugi jshell"))
        .contains("jshell is not part of this download", "status 1");
  }

  @Test
  void shortCommandsHaveTheSimpleCollectorUnlessAnotherIsChosen()
      throws IOException, InterruptedException {
    Files.createDirectory(folder.resolve("images"));
    Files.createDirectory(folder.resolve("out"));
    assertThat(ran("./kintsugi --version")).contains(SERIAL);
    assertThat(ran("./kintsugi predict a.png --out out")).contains(SERIAL);
    assertThat(ran("./kintsugi predict images --out out")).doesNotContain(SERIAL);
    assertThat(launched("")).doesNotContain(SERIAL);
    for (String name : List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS")) {
      assertThat(ran("./kintsugi --help", name, "-XX:+UseZGC")).as(name).doesNotContain(SERIAL);
      assertThat(ran("./kintsugi --help", name, "@options")).as(name).doesNotContain(SERIAL);
      assertThat(ran("./kintsugi --help", name, "-Xmx1g")).as(name).contains(SERIAL);
    }
  }

  @Test
  void tornadoVmKeepsTheCollectorOfItsArguments() throws IOException, InterruptedException {
    Path tornado = Files.createDirectories(place.resolve("tornado/share/java/tornado"));
    Files.createFile(tornado.resolve("tornado-api-1.jar"));
    Files.createFile(place.resolve("tornado/tornado-argfile"));
    Files.createFile(jar.resolveSibling("kintsugi-tornado.jar"));
    assertThat(ran("./kintsugi --version", "TORNADOVM_HOME", place + "/tornado"))
        .contains("@" + place + "/tornado/tornado-argfile")
        .doesNotContain(SERIAL);
  }

  /** A comparison that needs no Windows; WindowsLauncherTest runs the one for it. */
  @Test
  void theLauncherForWindowsNamesTheSameModulesAndWords() throws IOException {
    String windows = Files.readString(Path.of("src/dist/windows/kintsugi.cmd"));
    String other = Files.readString(Path.of("kintsugi"));
    assertThat(modules(windows, "libraries=([^%\"]+)\""))
        .isEqualTo(modules(other, "(?m)^libraries=(\\S+)"));
    assertThat(windows).contains("\"jshell\"", "\"mark\"", "\"--spark\"", "\"--print-java\"");
    assertThat(windows.lines().count()).isEqualTo(windows.split("\r\n", -1).length - 1);
  }

  private static TreeSet<String> modules(String text, String pattern) {
    Matcher found = Pattern.compile(pattern).matcher(text);
    assertThat(found.find()).isTrue();
    return new TreeSet<>(List.of(found.group(1).split(",")));
  }

  /** The files and folders of a name in what was prepared; of every name if it is empty. */
  private List<Path> prepared(String name) throws IOException {
    try (Stream<Path> files = Files.walk(quick)) {
      return files.filter(file -> file.toString().endsWith(name)).toList();
    }
  }

  private static void age(Path file, long milliseconds) throws IOException {
    Files.setLastModifiedTime(file, FileTime.fromMillis(System.currentTimeMillis() - milliseconds));
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    }
  }
}
