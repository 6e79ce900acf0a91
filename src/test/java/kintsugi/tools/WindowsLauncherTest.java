package kintsugi.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher of a download for Windows, started by Wine's {@code cmd}, with a Java that prints
 * what it is started with. Not tested are a percent sign in a name, since Wine looks for variables
 * again in what arguments were replaced by, and {@code &&} and {@code ||}, which do not ask how a
 * file of commands ended. Windows differs in both.
 */
class WindowsLauncherTest {
  private static final Path LAUNCHER = Path.of("src/dist/windows/kintsugi.cmd");
  private static final String COMPILER = "x86_64-w64-mingw32-gcc";

  /** Of Wine's {@code cmd} in the C locale, which the files of commands are read in. */
  private static final Charset CODE_PAGE = Charset.forName("IBM437");

  /** Prints its arguments, folder and variables as UTF-8, and ends with the status asked for. */
  private static final String JAVA =
      """
      #include <stdio.h>
      #include <stdlib.h>
      #include <windows.h>

      static void print(const char *name, const wchar_t *value) {
        char bytes[32768];
        if (value != NULL) {
          WideCharToMultiByte(CP_UTF8, 0, value, -1, bytes, sizeof bytes, NULL, NULL);
          printf("%s<%s>\\n", name, bytes);
        }
      }

      int wmain(int count, wchar_t **words) {
        wchar_t folder[4096];
        for (int i = 1; i < count; i++) {
          print("", words[i]);
        }
        GetCurrentDirectoryW(4096, folder);
        print("folder ", folder);
        print("HOME ", _wgetenv(L"HOME"));
        print("JDK_JAVA_OPTIONS ", _wgetenv(L"JDK_JAVA_OPTIONS"));
        return _wgetenv(L"STATUS") == NULL ? 0 : _wtoi(_wgetenv(L"STATUS"));
      }
      """;

  /** The end of Java's own arguments. */
  private static final String MAIN = "<-m>\n<kintsugi/kintsugi.cli.Main>\n";

  @TempDir static Path tools;
  @TempDir Path place;

  private Path download;
  private Path work;

  @BeforeAll
  static void compile() throws IOException, InterruptedException {
    assumeTrue(isInstalled("wine"), "Wine is not installed");
    assumeTrue(isInstalled(COMPILER), COMPILER + " is not installed");
    Path source = Files.writeString(tools.resolve("java.c"), JAVA);
    assertThat(ran(tools, Map.of(), COMPILER, "-municode", "-o", "java.exe", "" + source))
        .isEqualTo("status 0");
    // Once for all tests of a build, since it takes a while.
    Path made = prefix().resolve("made");
    if (!Files.exists(made)) {
      Files.createDirectories(prefix());
      assertThat(ran(tools, Map.of(), "wine", "wineboot", "--init")).endsWith("status 0");
      Files.createFile(made);
    }
    assertThat(ran(tools, Map.of(), "wine", "cmd", "/c", "echo there")).startsWith("there");
  }

  private static boolean isInstalled(String program) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  private static Path prefix() {
    return Path.of("target/wine").toAbsolutePath();
  }

  @BeforeEach
  void unpack() throws IOException {
    download = unpacked("plain");
    work = Files.createDirectory(place.resolve("work"));
  }

  /** A download's folder, as far as the launcher looks at it. */
  private Path unpacked(String name) throws IOException {
    Path folder = place.resolve(name);
    Path java = folder.resolve("runtime/bin/java.exe");
    Files.createDirectories(java.getParent());
    Files.copy(tools.resolve("java.exe"), java);
    Files.copy(LAUNCHER, folder.resolve("kintsugi.cmd"));
    return folder;
  }

  /** The output and the status of Windows' command lines. */
  private String commands(Map<String, String> variables, String... lines)
      throws IOException, InterruptedException {
    String text = "@echo off\r\n" + String.join("\r\n", lines) + "\r\n";
    Files.write(work.resolve("commands.cmd"), text.getBytes(CODE_PAGE));
    return ran(work, variables, "wine", "cmd", "/c", "commands.cmd");
  }

  private String commands(String... lines) throws IOException, InterruptedException {
    return commands(Map.of(), lines);
  }

  /** To a file, since what Wine leaves running keeps a pipe open. */
  private static String ran(Path folder, Map<String, String> variables, String... command)
      throws IOException, InterruptedException {
    File output = tools.resolve("output").toFile();
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output);
    builder.environment().clear();
    builder.environment().put("PATH", System.getenv("PATH"));
    builder.environment().put("LC_ALL", "C.UTF-8");
    // Its links to a user's folders and its menus stay out of the user's own.
    builder.environment().put("HOME", prefix().getParent().toString());
    builder.environment().put("WINEPREFIX", prefix().toString());
    builder.environment().put("WINEDEBUG", "-all");
    builder.environment().put("WINEDLLOVERRIDES", "mscoree=;mshtml=;winemenubuilder.exe=d");
    builder.environment().putAll(variables);
    Process process = builder.start();
    if (!process.waitFor(2, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new AssertionError("no end of " + List.of(command));
    }
    String text = Files.readString(output.toPath());
    return text.replace("\r\n", "\n") + "status " + process.exitValue();
  }

  private static String windows(Path file) {
    return "Z:" + file.toString().replace('/', '\\');
  }

  @Test
  void javaIsStartedAsOnOtherSystems() throws IOException, InterruptedException {
    String folder = windows(download);
    assertThat(commands("set HOME=C:\\me", "..\\plain\\kintsugi.cmd info --verbose"))
        .isEqualTo(
            """
            <-Dkintsugi.home=%s\\.>
            <--add-modules>
            <%s>
            <-p>
            <%s\\lib\\kintsugi.jar;%s\\lib\\modules>
            <-m>
            <kintsugi/kintsugi.cli.Main>
            <info>
            <--verbose>
            folder <%s>
            HOME <C:\\me>
            status 0"""
                .formatted(folder, libraries(), folder, folder, windows(work)));
    assertThat(commands(Map.of("JDK_JAVA_OPTIONS", "-Xmx1g"), "..\\plain\\kintsugi info"))
        .contains("JDK_JAVA_OPTIONS <-Xmx1g>");
  }

  private static String libraries() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("kintsugi"))) {
      return lines
          .filter(line -> line.startsWith("libraries="))
          .findFirst()
          .orElseThrow()
          .substring("libraries=".length());
    }
  }

  @Test
  void argumentsReachJavaAsTheyWereTyped() throws IOException, InterruptedException {
    String typed = "predict \"a b\" c!d! \"e&f\" \"g^h\" \"i|j>k\" (l) m=n,o;p \"q\\\"r\" \"\" ü*";
    assertThat(commands("..\\plain\\kintsugi " + typed))
        .contains(
            MAIN
                + "<predict>\n<a b>\n<c!d!>\n<e&f>\n<g^h>\n<i|j>k>\n<(l)>\n<m=n,o;p>\n<q\"r>\n<>\n<ü*>\n"
                + "folder");
    assertThat(ran(work, Map.of(), "wine", "cmd", "/c", "..\\plain\\kintsugi.cmd", "見本 1.png"))
        .as("beyond the code page")
        .contains(MAIN + "<見本 1.png>\n");
    assertThat(commands("..\\plain\\kintsugi")).as("none").contains(MAIN + "folder");
  }

  @Test
  void theStatusIsJavas() throws IOException, InterruptedException {
    Map<String, String> two = Map.of("STATUS", "2");
    assertThat(ran(work, two, "wine", "cmd", "/c", "..\\plain\\kintsugi.cmd")).endsWith("status 2");
    assertThat(ran(work, Map.of(), "wine", "cmd", "/c", "..\\plain\\kintsugi.cmd"))
        .endsWith("status 0");
  }

  @Test
  void theFolderMayHaveAnyName() throws IOException, InterruptedException {
    for (String name : List.of("Program Files (x86)", "R&D", "ready!", "a^b", "für")) {
      String folder = windows(unpacked(name));
      String launcher = "\"..\\work\\..\\" + name + "\\kintsugi.cmd\" ";
      assertThat(commands(launcher + "info"))
          .contains("<-Dkintsugi.home=" + folder + "\\.>", MAIN + "<info>", "status 0");
      // What cmd itself prints is in the code page.
      if (!name.equals("für")) {
        assertThat(commands(launcher + "--print-java"))
            .isEqualTo(folder + "\\runtime\\bin\\java.exe\nstatus 0");
      }
    }
  }

  @Test
  void itIsFoundOnThePath() throws IOException, InterruptedException {
    String path = "set PATH=" + windows(download) + ";%PATH%";
    for (String name : List.of("kintsugi", "\"kintsugi\"", "KINTSUGI.CMD")) {
      assertThat(commands(path, name + " info"))
          .contains("<-Dkintsugi.home=" + windows(download) + "\\.>", MAIN + "<info>");
    }
  }

  @Test
  void whatIsMissingIsSaidInALine() throws IOException, InterruptedException {
    String further =
        " is not part of this download; it needs the source and a JDK 25 (docs/install.md)";
    for (String word : List.of("jshell", "mark", "--spark")) {
      assertThat(commands("..\\plain\\kintsugi " + word + " more 2> nul")).isEqualTo("status 1");
      assertThat(commands("..\\plain\\kintsugi " + word + " more"))
          .isEqualTo("kintsugi: " + word + further + "\nstatus 1");
    }
    assertThat(commands(Map.of("TORNADOVM_HOME", "/tornado"), "..\\plain\\kintsugi info"))
        .isEqualTo(
            "kintsugi: the engine on a GPU, which TORNADOVM_HOME asks for,"
                + further
                + "\nstatus 1");
    Path java = download.resolve("runtime/bin/java.exe");
    Files.delete(java);
    assertThat(commands("..\\plain\\kintsugi info"))
        .isEqualTo(
            "kintsugi: there is no \"" + windows(java) + "\"; unpack the whole download\nstatus 1");
  }

  @Test
  void jarsThatWereCopiedIntoItAreUsed() throws IOException, InterruptedException {
    Path folder = unpacked("more (2)");
    Files.createDirectories(folder.resolve("lib/mqtt"));
    Files.createFile(folder.resolve("lib/mqtt/kintsugi-mqtt.jar"));
    String launcher = "\"..\\more (2)\\kintsugi.cmd\" watch in --mqtt tcp://host";
    String modules = windows(folder) + "\\lib\\modules;" + windows(folder) + "\\lib\\mqtt";
    assertThat(commands(launcher))
        .contains("<--sun-misc-unsafe-memory-access=allow>", modules + ">")
        .doesNotContain("onnxruntime");
    Files.createDirectories(folder.resolve("lib/interop"));
    Files.createFile(folder.resolve("lib/interop/kintsugi-interop.jar"));
    Files.createFile(folder.resolve("lib/interop/onnxruntime-1.0.jar"));
    assertThat(commands(launcher))
        .contains("<--enable-native-access=com.microsoft.onnxruntime>")
        .contains("dataformat.csv,com.microsoft.onnxruntime>")
        .contains(modules + ";" + windows(folder) + "\\lib\\interop>")
        .contains("<--mqtt>\n<tcp://host>");
  }
}
