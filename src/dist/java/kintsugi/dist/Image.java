package kintsugi.dist;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The folder of a download, around Java's runtime: the launcher, the jars, documents, licences,
 * manual pages and completions.
 *
 * @param base the project
 * @param folder the download's
 * @param url the project's address
 */
record Image(Path base, Path folder, String url) {
  private static final List<String> DOCUMENTS =
      List.of(
          "README.md", "CHANGELOG.md", "SECURITY.md", "THIRD-PARTY.md", "CITATION.cff", "LICENSE");

  private static final Pattern LICENCE = Pattern.compile("META-INF/[^/]*(LICENSE|NOTICE)[^/]*");
  private static final Pattern LINK = Pattern.compile("(]\\()([^)#:\\s]+)(#[^)]*)?\\)");

  void fill(List<Path> jars, String version, JavaRuntime runtime)
      throws IOException, InterruptedException {
    String launcher = runtime.isWindows() ? "kintsugi.cmd" : "kintsugi";
    Path launchers = runtime.isWindows() ? base.resolve("src/dist/windows") : base;
    Folders.copy(launchers.resolve(launcher), folder.resolve(launcher));
    Folders.copy(jars.getFirst(), folder.resolve("lib/kintsugi.jar"));
    for (Path jar : jars.subList(1, jars.size())) {
      Folders.copy(jar, folder.resolve("lib/modules").resolve(jar.getFileName()));
    }
    licences();
    documents();
    manual();
    help(folder.resolve("share/bash-completion/completions/kintsugi"), "completion", "bash");
    help(folder.resolve("share/fish/vendor_completions.d/kintsugi.fish"), "completion", "fish");
    identity(version, runtime);
  }

  /** A line by which the launcher knows one build from another. */
  private void identity(String version, JavaRuntime runtime) throws IOException {
    List<Path> jars =
        Folders.below(folder.resolve("lib")).stream().filter(Files::isRegularFile).toList();
    String words = String.join(" ", version, runtime.platform(), Folders.hash("SHA-256", jars));
    Files.writeString(folder.resolve("lib/build"), words + "\n");
  }

  /** Of each jar its own, or a place in the notice for those that have none. */
  private void licences() throws IOException {
    Path licences = folder.resolve("licences");
    Path notice = licences.resolve("NOTICE.txt");
    Folders.copy(base.resolve("src/dist/licences/NOTICE.txt"), notice);
    for (Path jar : Folders.below(folder.resolve("lib/modules"))) {
      String library = jar.getFileName().toString().replaceAll("-[0-9.]+\\.jar$", "");
      try (ZipFile zip = new ZipFile(jar.toFile())) {
        List<? extends ZipEntry> texts =
            zip.stream().filter(entry -> LICENCE.matcher(entry.getName()).matches()).toList();
        if (texts.isEmpty() && !Files.readString(notice).contains(library)) {
          throw new IllegalStateException(
              jar.getFileName() + " holds no licence; add it to src/dist/licences/NOTICE.txt");
        }
        for (ZipEntry text : texts) {
          Path file = licences.resolve(library).resolve(text.getName().substring(9));
          Files.createDirectories(file.getParent());
          Files.write(file, zip.getInputStream(text).readAllBytes());
        }
      }
    }
  }

  /** The documents; a link to a file of the source that is not among them leads to its page. */
  private void documents() throws IOException {
    for (String name : DOCUMENTS) {
      Folders.copy(base.resolve(name), folder.resolve(name));
    }
    Folders.copy(base.resolve("docs"), folder.resolve("docs"));
    Folders.copy(base.resolve("weights/README.md"), folder.resolve("weights/README.md"));
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(file -> file.toString().endsWith(".md")).toList()) {
        Files.writeString(file, linked(file, Files.readString(file)));
      }
    }
  }

  private String linked(Path file, String text) {
    return LINK.matcher(text)
        .replaceAll(
            link -> {
              Path target = file.resolveSibling(link.group(2)).normalize();
              if (Files.exists(target) || !target.startsWith(folder)) {
                return Matcher.quoteReplacement(link.group());
              }
              String page = url + "/blob/main/" + Folders.name(folder, target);
              return Matcher.quoteReplacement("](" + page + linkEnd(link.group(3)));
            });
  }

  private static String linkEnd(String part) {
    return (part == null ? "" : part) + ")";
  }

  private void manual() throws IOException, InterruptedException {
    Path pages = folder.resolve("share/man/man1");
    Path said = folder.resolveSibling("man.txt");
    help(said, "man", "--out", "" + pages);
    Files.delete(said);
    // The list of what the command wrote.
    Files.delete(pages.resolve(".kintsugi-man.sha256"));
  }

  /** Writes what a command of this build prints, in a process of its own. */
  private void help(Path to, String... command) throws IOException, InterruptedException {
    Files.createDirectories(to.getParent());
    List<String> java = new ArrayList<>();
    java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    java.addAll(List.of("--add-modules", "info.picocli,tools.jackson.databind", "-p"));
    Path lib = folder.resolve("lib");
    java.add(lib.resolve("kintsugi.jar") + File.pathSeparator + lib.resolve("modules"));
    java.addAll(List.of("-m", "kintsugi/kintsugi.cli.Main"));
    java.addAll(List.of(command));
    ProcessBuilder builder = new ProcessBuilder(java);
    Process process = builder.redirectOutput(to.toFile()).redirectError(Redirect.DISCARD).start();
    if (process.waitFor() != 0) {
      throw new IllegalStateException("failed: " + String.join(" ", java));
    }
  }
}
