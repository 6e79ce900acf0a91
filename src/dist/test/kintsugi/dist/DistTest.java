package kintsugi.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import kintsugi.backbone.ResNet;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.weights.Safetensors;
import kintsugi.weights.StoredTensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The download of this platform, unpacked and run in an environment without anything. */
class DistTest {
  private static final String PREPARING = "preparing quick starts";
  private static final String VERSION = System.getProperty("dist.version");
  private static final String NAME = "kintsugi-" + VERSION + "-" + JavaRuntime.of("").platform();
  private static final Path PACKED = Path.of("target", NAME + ".tar.gz");

  @TempDir static Path place;
  private static Path download;

  @BeforeAll
  static void unpack() throws IOException, InterruptedException {
    assumeTrue(JavaRuntime.of("").isLinux() && System.getProperty("dist.jmods").isBlank());
    ran(place, "tar xzf " + PACKED.toAbsolutePath());
    download = place.resolve(NAME);
  }

  /** What a command prints, and its status, with a path of the system's programs alone. */
  private static String ran(Path folder, String command, String... variables)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder("bash", "-c", command + "; echo \"status $?\"");
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/bin:/bin");
    for (int i = 0; i < variables.length; i += 2) {
      builder.environment().put(variables[i], variables[i + 1]);
    }
    Process process = builder.directory(folder.toFile()).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return text;
  }

  @Test
  void theWholePathRunsOnItsOwnJavaAndIsPreparedOnce() throws IOException, InterruptedException {
    Path work = Files.createDirectory(place.resolve("work"));
    SyntheticConcrete.write(work, 8, 4, 1);
    weights(work.resolve("weights.safetensors"));
    String kintsugi = "../" + NAME + "/kintsugi ";
    String weights = " --weights weights.safetensors";
    assertThat(ran(work, kintsugi + "--version"))
        .contains(PREPARING, VERSION, "status 0")
        .doesNotContain("WARNING");
    assertThat(ran(work, kintsugi + "--print-java")).startsWith("" + download.resolve("runtime"));
    String fit = kintsugi + "fit padim --train Negative --model m.safetensors" + weights;
    assertThat(ran(work, fit)).contains("status 0").doesNotContain(PREPARING, "WARNING");
    String calibrate =
        kintsugi + "calibrate --model m.safetensors --normal Negative --anomalous Positive";
    assertThat(ran(work, calibrate + weights)).contains("status 0");
    String predict = kintsugi + "predict --model m.safetensors --out out Positive" + weights;
    assertThat(ran(work, predict)).contains("page: out/predictions.html", "status 0");
    assertThat(ran(work, predict, "KINTSUGI_QUICK", "off")).as("plain").contains("status 0");
    assertThat(ran(work, kintsugi + "info")).contains("Vector API", "status 0");
  }

  /** Random weights of the network as far as it is used. */
  private static void weights(Path file) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    ResNet.randomWeights(1)
        .tensors()
        .forEach((name, tensor) -> tensors.put(name, StoredTensor.of(tensor)));
    new Safetensors(Map.of(), tensors).write(file);
  }

  @Test
  void anotherUserOfAFolderThatOnlyRootWritesHasQuickStartsOfItsOwn()
      throws IOException, InterruptedException {
    assumeTrue(ran(place, "id -u").startsWith("0\n"), "as root alone another user can be had");
    Path shared = Files.createDirectory(place.resolve("shared"));
    ran(shared, "tar xzf " + PACKED.toAbsolutePath() + "; mkdir -m 777 cache; chmod 755 .. .");
    String version =
        "setpriv --reuid 65534 --regid 65534 --clear-groups " + NAME + "/kintsugi --version";
    assertThat(ran(shared, version)).as("no home").contains(VERSION).doesNotContain(PREPARING);
    String cache = "" + shared.resolve("cache");
    assertThat(ran(shared, version, "XDG_CACHE_HOME", cache)).contains(PREPARING, VERSION);
    assertThat(ran(shared, version, "XDG_CACHE_HOME", cache)).doesNotContain(PREPARING);
    assertThat(shared.resolve(NAME).resolve("quick")).doesNotExist();
    assertThat(ran(shared, NAME + "/kintsugi --version")).as("root").contains(PREPARING);
    assertThat(ran(shared, version)).as("root's").doesNotContain("WARNING", PREPARING);
  }

  /** As in a folder that root changed to: Java then finds no disk for a file. */
  @Test
  void filesAreReplacedWhereTheSystemShowsNoProcesses() throws IOException, InterruptedException {
    String hidden = "unshare -m bash -c 'mount -t tmpfs none /proc && %s'";
    assumeTrue(ran(place, hidden.formatted("echo hidden")).startsWith("hidden"), "as root alone");
    Path work = Files.createDirectory(place.resolve("hidden"));
    SyntheticConcrete.write(work, 6, 2, 1);
    weights(work.resolve("weights.safetensors"));
    String fit =
        download + "/kintsugi fit padim --train Negative --model m --weights weights.safetensors";
    assertThat(ran(work, hidden.formatted(fit), "KINTSUGI_QUICK", "off")).contains("status 0");
    assertThat(ran(work, hidden.formatted(fit), "KINTSUGI_QUICK", "off"))
        .as("again")
        .contains("status 0");
  }

  @Test
  void whatNeedsASourceSaysSo() throws IOException, InterruptedException {
    for (String word : List.of("jshell", "mark", "--spark")) {
      assertThat(ran(download, "./kintsugi " + word))
          .contains("is not part of this download", "docs/install.md", "status 1");
    }
    assertThat(ran(download, "./kintsugi info", "TORNADOVM_HOME", "" + tornado()))
        .contains("the engine on a GPU", "is not part of this download", "status 1");
  }

  private static Path tornado() throws IOException {
    Path folder = place.resolve("tornado");
    Files.createDirectories(folder.resolve("share/java/tornado"));
    Files.writeString(folder.resolve("tornado-argfile"), "");
    Files.writeString(folder.resolve("share/java/tornado/tornado-api-1.jar"), "");
    return folder;
  }

  @Test
  void itIsPackedTheSameByEveryone() throws IOException, InterruptedException {
    assertThat(Files.size(PACKED)).isLessThan(90_000_000);
    assertThat(ran(Path.of("target"), "sha256sum -c " + NAME + ".tar.gz.sha256"))
        .contains(NAME + ".tar.gz: OK");
    String listed = ran(place, "TZ=UTC tar tvzf " + PACKED.toAbsolutePath());
    String day = System.getProperty("dist.time").substring(0, 10);
    assertThat(listed.lines().filter(line -> !line.startsWith("status")))
        .hasSizeGreaterThan(200)
        .allMatch(line -> line.contains(" root/root ") && line.contains(" " + day + " "))
        .anyMatch(line -> line.startsWith("-rwxr-xr-x") && line.endsWith(NAME + "/kintsugi"));

    Path again = Files.createDirectory(place.resolve("again"));
    Files.copy(Path.of("target/kintsugi.jar"), again.resolve("kintsugi.jar"));
    // In a process as the build's, since what jlink writes depends on the modules of its own Java.
    List<String> build =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "src/dist/java/kintsugi/dist/Dist.java",
            "base=" + Path.of("").toAbsolutePath(),
            "build=" + again,
            "libraries=" + System.getProperty("dist.libraries"),
            "version=" + VERSION,
            "time=" + System.getProperty("dist.time"),
            "url=https://github.com/kintsugi-vision/kintsugi",
            "jmods=");
    assertThat(new ProcessBuilder(build).inheritIO().start().waitFor()).isZero();
    List<String> files = names(again, ".tar.gz", ".deb");
    assertThat(files).isNotEmpty();
    for (String file : files) {
      assertThat(again.resolve(file)).hasSameBinaryContentAs(Path.of("target", file));
    }
  }

  private static List<String> names(Path folder, String... ends) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> Stream.of(ends).anyMatch(name::endsWith))
          .toList();
    }
  }

  @Test
  void documentsLicencesAndHelpAreThere() throws IOException {
    Pattern link = Pattern.compile("]\\(([^)#:\\s]+)(#[^)]*)?\\)");
    List<String> dangling = new ArrayList<>();
    for (Path file : Folders.below(download)) {
      if (file.toString().endsWith(".md")) {
        Matcher links = link.matcher(Files.readString(file));
        while (links.find()) {
          if (!Files.exists(file.resolveSibling(links.group(1)))) {
            dangling.add(Folders.name(download, file) + ": " + links.group(1));
          }
        }
      }
    }
    assertThat(dangling).isEmpty();
    assertThat(download.resolve("LICENSE")).isNotEmptyFile();
    assertThat(download.resolve("licences/commons-math3/LICENSE.txt")).isNotEmptyFile();
    assertThat(download.resolve("licences/NOTICE.txt")).content().contains("Harald Kuhr");
    assertThat(download.resolve("runtime/legal/java.base/LICENSE")).isNotEmptyFile();
    assertThat(download.resolve("share/man/man1/kintsugi-fit.1")).content().contains("\\-\\-train");
    assertThat(download.resolve("share/bash-completion/completions/kintsugi"))
        .content()
        .contains("predict");
  }

  @Test
  void aDebianPackageHasTheCommandItsManualAndItsCompletions()
      throws IOException, InterruptedException {
    assumeTrue(DebianPackage.canBuild());
    String file =
        names(Path.of("target"), ".deb").stream()
            .filter(name -> name.startsWith("kintsugi_" + VERSION + "_"))
            .findFirst()
            .orElseThrow();
    assertThat(ran(Path.of("target"), "dpkg-deb -c " + file))
        .contains("./usr/bin/kintsugi -> /opt/kintsugi/kintsugi")
        .contains("./usr/share/man/man1/kintsugi.1.gz")
        .contains("./usr/share/bash-completion/completions/kintsugi")
        .contains("./opt/kintsugi/runtime/bin/java")
        .contains("root/root");
    assertThat(ran(Path.of("target"), "dpkg-deb -f " + file + " Version"))
        .startsWith(VERSION.replace("-", "~") + "\n");
  }

  /** Names of more than 100 characters are cut where the format has room for them. */
  @Test
  void longNamesAreUnpackedWhole() throws IOException, InterruptedException {
    Path folder = place.resolve("deep");
    Path file = folder.resolve("a".repeat(60)).resolve("b".repeat(60)).resolve("c.txt");
    Files.createDirectories(file.getParent());
    Files.writeString(file, "whole");
    Files.createSymbolicLink(file.resolveSibling("link"), Path.of("c.txt"));
    Path packed = place.resolve("deep.tar.gz");
    new Archive(Instant.EPOCH).write(folder, "packed", packed);
    ran(place, "tar xzf deep.tar.gz");
    assertThat(place.resolve("packed").resolve(folder.relativize(file)).resolveSibling("link"))
        .isSymbolicLink()
        .hasContent("whole");
    assertThat(new File(packed.toString())).isNotEmpty();
  }
}
