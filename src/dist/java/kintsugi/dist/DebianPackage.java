package kintsugi.dist;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A package for Debian and its kin: the download in {@code /opt/kintsugi}, and the command, manual
 * pages and completions where the system looks for them. By {@code dpkg-deb}: {@code jpackage}
 * starts Java by a launcher of its own, which neither prepares quick starts nor is the one that
 * other systems have.
 *
 * @param base the project
 * @param image the download's folder
 * @param version of the project
 * @param architecture as Debian calls it
 */
record DebianPackage(Path base, Path image, String version, String architecture) {
  static boolean canBuild() {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "dpkg-deb")));
  }

  void write(Path tree, Path file, Archive archive) throws IOException, InterruptedException {
    Path home = tree.resolve("opt/kintsugi");
    Path share = tree.resolve("usr/share");
    Folders.copy(image, home);
    for (Path page : Folders.below(home.resolve("share/man/man1"))) {
      packed(page, share.resolve("man/man1/" + page.getFileName() + ".gz"));
      Files.delete(page);
    }
    for (String shell : List.of("bash-completion", "fish")) {
      Files.move(home.resolve("share").resolve(shell), share.resolve(shell));
    }
    Folders.empty(home.resolve("share"));
    Files.delete(home.resolve("share"));
    Path command = tree.resolve("usr/bin/kintsugi");
    Files.createDirectories(command.getParent());
    Files.createSymbolicLink(command, Path.of("/opt/kintsugi/kintsugi"));
    Path documents = share.resolve("doc/kintsugi");
    packed(home.resolve("CHANGELOG.md"), documents.resolve("changelog.gz"));
    Files.copy(base.resolve("src/dist/debian/copyright"), documents.resolve("copyright"));
    control(tree);
    normalize(tree, archive);
    build(tree, file, archive);
  }

  /** The package's own files: what it is, the hashes of its files, and its two scripts. */
  private void control(Path tree) throws IOException {
    long bytes = 0;
    StringBuilder hashes = new StringBuilder();
    for (Path file : Folders.below(tree)) {
      if (Files.isRegularFile(file) && !Files.isSymbolicLink(file)) {
        bytes += Files.size(file);
        String hash = Folders.hash("MD5", List.of(file));
        hashes.append(hash + "  " + Folders.name(tree, file) + "\n");
      }
    }
    Path control = Files.createDirectory(tree.resolve("DEBIAN"));
    String text = Files.readString(base.resolve("src/dist/debian/control"));
    Map<String, String> values =
        Map.of(
            // A snapshot comes before its release.
            "@version@",
            version.replace("-", "~"),
            "@architecture@",
            architecture,
            "@size@",
            "" + (bytes + 1023) / 1024);
    for (Map.Entry<String, String> value : values.entrySet()) {
      text = text.replace(value.getKey(), value.getValue());
    }
    Files.writeString(control.resolve("control"), text);
    Files.writeString(control.resolve("md5sums"), hashes);
    for (String script : List.of("postinst", "prerm")) {
      Files.copy(base.resolve("src/dist/debian").resolve(script), control.resolve(script));
      Files.setPosixFilePermissions(
          control.resolve(script), PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  /**
   * One time and two permissions, so that the package does not depend on the user who builds it.
   */
  private static void normalize(Path tree, Archive archive) throws IOException {
    List<Path> files = new ArrayList<>(Folders.below(tree));
    files.add(tree);
    for (Path file : files) {
      if (!Files.isSymbolicLink(file)) {
        boolean executable = Files.isExecutable(file);
        Files.setPosixFilePermissions(
            file, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
        Files.setLastModifiedTime(file, FileTime.from(archive.time()));
      }
    }
  }

  private static void build(Path tree, Path file, Archive archive)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(
                "dpkg-deb", "--root-owner-group", "-Zgzip", "--build", "" + tree, "" + file)
            .redirectErrorStream(true);
    builder.environment().put("SOURCE_DATE_EPOCH", "" + archive.time().getEpochSecond());
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes());
    if (process.waitFor() != 0) {
      throw new IllegalStateException("dpkg-deb: " + said);
    }
  }

  private static void packed(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    try (OutputStream out = Archive.gzip(Files.newOutputStream(to))) {
      Files.copy(from, out);
    }
  }
}
