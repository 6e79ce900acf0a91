package kintsugi.dist;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The build of a download: a folder with Java's runtime, packed reproducibly, its SHA-256, and on
 * Debian a package of it. {@code base=FOLDER build=FOLDER version=VERSION time=INSTANT url=URL
 * libraries=PATH jmods=[FOLDER]}: the project, its folder {@code target}, the version, the time of
 * every entry, the project's address, the jars of the libraries, and the {@code jmods} of another
 * platform's JDK or nothing for this one.
 */
final class Dist {
  private Dist() {}

  static void main(String[] arguments) throws IOException, InterruptedException {
    Map<String, String> settings = new HashMap<>();
    for (String argument : arguments) {
      String[] parts = argument.split("=", 2);
      settings.put(parts[0], parts[1]);
    }
    try {
      build(settings);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  private static void build(Map<String, String> settings) throws IOException, InterruptedException {
    Path base = Path.of(settings.get("base"));
    Path build = Path.of(settings.get("build"));
    String version = settings.get("version");
    Archive archive = new Archive(Instant.parse(settings.get("time")));
    JavaRuntime runtime = JavaRuntime.of(settings.get("jmods"));
    Path place = Folders.empty(build.resolve("dist"));

    String name = "kintsugi-" + version + "-" + runtime.platform();
    Path image = place.resolve(name);
    runtime.link(image.resolve("runtime"));
    List<Path> jars = new ArrayList<>(List.of(build.resolve("kintsugi.jar")));
    for (String jar : settings.get("libraries").split(File.pathSeparator)) {
      jars.add(Path.of(jar));
    }
    new Image(base, image, settings.get("url")).fill(jars, version, runtime);
    Path packed = build.resolve(name + ".tar.gz");
    archive.write(image, name, packed);
    said(packed);
    if (runtime.isLinux() && DebianPackage.canBuild()) {
      Path deb = build.resolve("kintsugi_" + version + "_" + runtime.debianArchitecture() + ".deb");
      new DebianPackage(base, image, version, runtime.debianArchitecture())
          .write(place.resolve("debian"), deb, archive);
      said(deb);
    }
  }

  /** Writes the file's hash next to it, as {@code sha256sum -c} reads it. */
  private static void said(Path file) throws IOException {
    String line = Folders.hash("SHA-256", List.of(file)) + "  " + file.getFileName() + "\n";
    Files.writeString(file.resolveSibling(file.getFileName() + ".sha256"), line);
    System.out.printf("%s: %.1f MB%n", file, Files.size(file) / 1e6);
  }
}
