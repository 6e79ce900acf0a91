package kintsugi.dist;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;

/**
 * Java's runtime for one platform: the modules of the JDK that the command line needs, and no
 * compiler. The project's own jars are not linked into it: eleven of the libraries are automatic
 * modules, which {@code jlink} refuses.
 *
 * @param jmods the modules' folder of another platform's JDK, or empty for the JDK that runs
 * @param platform such as {@code linux-x64}
 */
record JavaRuntime(String jmods, String platform) {
  /** Not compressed, since the download is, and both together are larger and start slower. */
  private static final String COMPRESSION = "zip-0";

  /**
   * What the module {@code kintsugi} requires; {@code java.sql} and {@code jdk.unsupported} are for
   * TwelveMonkeys and JOML.
   */
  private static final String MODULES =
      "java.compiler,java.desktop,java.logging,java.net.http,java.sql,jdk.httpserver,"
          + "jdk.incubator.vector,jdk.unsupported";

  /** Such as {@code mac os x-aarch64} of properties and {@code windows-amd64} of a module. */
  private static final Pattern PLATFORM =
      Pattern.compile("(win|mac|linux).*-(amd64|x86_64|aarch64)");

  /** Of this JDK, or of another one of the same version, whose folder is named. */
  static JavaRuntime of(String jmods) {
    if (jmods.isBlank()) {
      String system = System.getProperty("os.name").toLowerCase();
      return new JavaRuntime("", platform(system + "-" + System.getProperty("os.arch")));
    }
    Path base = Path.of(jmods, "java.base.jmod");
    if (!Files.exists(base)) {
      throw new IllegalArgumentException(
          "kintsugi.dist.jmods: there is no java.base.jmod in " + jmods + "; name a JDK's jmods");
    }
    String described = run("jmod", "describe", base.toString());
    return new JavaRuntime(
        jmods, platform(described.replaceAll("(?s).*\\nplatform (\\S+).*", "$1")));
  }

  /** The usual name of what Java calls, for example, {@code Mac OS X-aarch64}. */
  private static String platform(String java) {
    Matcher parts = PLATFORM.matcher(java);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          java
              + " is not a platform of the download; take a JDK of Linux, macOS or Windows on x64 or arm64");
    }
    String system = parts.group(1);
    String processor = parts.group(2).equals("aarch64") ? "arm64" : "x64";
    return (system.equals("mac") ? "macos" : system.equals("win") ? "windows" : system)
        + "-"
        + processor;
  }

  boolean isWindows() {
    return platform.startsWith("windows");
  }

  boolean isLinux() {
    return platform.startsWith("linux");
  }

  String debianArchitecture() {
    return platform.endsWith("arm64") ? "arm64" : "amd64";
  }

  void link(Path folder) throws IOException {
    Path trusted = Path.of(System.getProperty("java.home"), "lib/security/cacerts");
    if (jmods.isBlank() && Files.isSymbolicLink(trusted)) {
      System.out.println(
          "the certificates that the download trusts are this system's, "
              + trusted.toRealPath()
              + "; for a release take a JDK unpacked from its vendor's archive");
    }
    List<String> arguments = new ArrayList<>();
    if (!jmods.isBlank()) {
      arguments.addAll(List.of("--module-path", jmods));
    }
    arguments.addAll(
        List.of("--add-modules", MODULES, "--compress", COMPRESSION, "--output", "" + folder));
    arguments.addAll(List.of("--no-header-files", "--no-man-pages"));
    run("jlink", arguments.toArray(String[]::new));
  }

  /** Runs a tool of the JDK; what it prints is returned, or is the message of its failure. */
  private static String run(String name, String... arguments) {
    ToolProvider tool =
        ToolProvider.findFirst(name)
            .orElseThrow(() -> new IllegalStateException("this Java has no " + name));
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    if (tool.run(out, out, arguments) != 0) {
      throw new IllegalStateException(name + ": " + text);
    }
    return text.toString();
  }
}
