package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import kintsugi.Sha256;
import kintsugi.cli.DisturbedRuns.Reached;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.FileCheck;
import kintsugi.detector.TestWeights;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Commands in processes of their own that are killed at random times, {@code -Dkintsugi.kills=50}
 * for fifty times each, that meet a disk that fills, and that come while another one is writing:
 * what was there before stays whole with its permissions and links, and the next run clears up.
 */
class FileKillTest {
  private static final int KILLS = Integer.getInteger("kintsugi.kills", 1);

  /** From this many kills on some have to have met the command at work, writing and moving. */
  private static final int MANY = 50;

  private static final String MODE = "rw-r-----";
  private static final long SEED = Long.getLong("kintsugi.seed", 7);
  private static final List<String> SIZE = List.of("--resize", "40x40", "--crop", "32x32");

  @TempDir Path folder;
  private final Random random = new Random(SEED);
  private Path weights;
  private Path good;
  private Path bad;

  /** The folder of the link, and that of the file which it leads to. */
  private Path links;

  private Path files;
  private Path model;

  @BeforeEach
  void draw() throws IOException {
    SyntheticConcrete.write(folder, 8, 4, 1);
    good = folder.resolve(SyntheticConcrete.NORMAL);
    bad = folder.resolve(SyntheticConcrete.ANOMALOUS);
    weights = TestWeights.write(folder.resolve("resnet18.safetensors"), 1);
    links = Files.createDirectory(folder.resolve("links"));
    files = Files.createDirectory(folder.resolve("files"));
    model = Files.createSymbolicLink(links.resolve("m.safetensors"), files.resolve("kept"));
  }

  private List<String> command(String... words) {
    List<String> command = new ArrayList<>(List.of(words));
    if (words[0].equals("fit") || words[0].equals("experiment")) {
      command.addAll(SIZE);
    }
    command.addAll(List.of("--weights", "" + weights, "--threads", "1"));
    return command;
  }

  private void run(String... words) {
    CommandFixture.Result result = CommandFixture.runBare(command(words).toArray(String[]::new));
    assertThat(result.status()).as(result.err()).isZero();
  }

  /** Disturbs the command in every way, and looks after each. */
  private void disturb(Path first, List<Path> places, Check check, String... words)
      throws Exception {
    DisturbedRuns runs = new DisturbedRuns(command(words), first, places, random);
    runs.time();
    check.run();
    try {
      kill(runs, check);
    } finally {
      System.out.println(runs);
    }
    runs.next();
    runs.fill();
    check.run();
    runs.second();
    check.run();
    if (KILLS >= MANY) {
      // Kills that meet no file being written show nothing; other moments are too short for some
      // commands to be met for certain, and are counted in what is printed.
      assertThat(runs.reached()).containsKey(Reached.WRITING);
    }
  }

  private void kill(DisturbedRuns runs, Check check) throws Exception {
    for (int i = 0; i < KILLS; i++) {
      runs.kill();
      check.run();
      // Some are left for a run that is killed too.
      if (random.nextInt(4) > 0) {
        runs.next();
        check.run();
      }
    }
  }

  private interface Check {
    void run() throws IOException;
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> list = Files.list(folder)) {
      return list.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  private void requireWholeModel() throws IOException {
    assertThat(model).isSymbolicLink();
    assertThat(FileCheck.of(model, Optional.empty()).findings()).isEmpty();
    requireMode(model);
  }

  private static void setMode(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(MODE));
  }

  private static void requireMode(Path file) throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo(MODE);
  }

  /** Disturbs a command that replaces the model; after it there is nothing but its files. */
  private void disturbModel(String... words) throws Exception {
    setMode(model);
    disturb(model, List.of(files, links), this::requireWholeModel, words);
    assertThat(names(files)).containsExactly("kept");
    assertThat(names(links)).containsExactly("m.json", "m.safetensors");
  }

  @Test
  void fit() throws Exception {
    run("fit", "padim", "--train", "" + good, "--model", "" + model);
    disturbModel("fit", "padim", "--train", "" + bad, "--model", "" + model);
  }

  @Test
  void calibrate() throws Exception {
    run("fit", "padim", "--train", "" + good, "--model", "" + model);
    disturbModel("calibrate", "--normal", "" + bad, "--model", "" + model);
  }

  @Test
  void merge() throws Exception {
    String one = "" + folder.resolve("one.safetensors");
    String two = "" + folder.resolve("two.safetensors");
    run("fit", "padim", "--train", "" + good, "--partial", one);
    run("fit", "padim", "--train", "" + bad, "--partial", two);
    run("merge", one, "--model", "" + model);
    disturbModel("merge", one, two, "--model", "" + model);
  }

  @Test
  void evaluate() throws Exception {
    run("fit", "padim", "--train", "" + good, "--model", "" + model);
    run("calibrate", "--normal", "" + good, "--anomalous", "" + bad, "--model", "" + model);
    disturbFolder(
        "evaluate", "--model", "" + model, "--normal", "" + good, "--anomalous", "" + bad);
  }

  @Test
  void experiment() throws Exception {
    disturbFolder(
        "experiment",
        "padim",
        "--data",
        "" + folder,
        "--normal",
        SyntheticConcrete.NORMAL,
        "--anomalous",
        SyntheticConcrete.ANOMALOUS);
  }

  /** Disturbs a command that replaces the files of a folder, one of which is a link. */
  private void disturbFolder(String... words) throws Exception {
    Path real = Files.createDirectory(folder.resolve("real"));
    Path out = Files.createSymbolicLink(links.resolve("out"), real);
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--out", "" + out));
    String[] command = all.toArray(String[]::new);
    run(command);
    Path metrics = real.resolve("metrics.json");
    Files.createSymbolicLink(metrics, Files.move(metrics, files.resolve("metrics")));
    setMode(metrics);
    List<String> before = names(real);
    Path list = real.resolve(".kintsugi-" + words[0] + ".sha256");
    // The list is replaced before the first of the files.
    disturb(list, List.of(real, files), () -> requireListed(out, list), command);
    assertThat(names(real)).isEqualTo(before);
    assertThat(names(files)).contains("metrics").noneMatch(name -> name.startsWith("."));
  }

  /** Every file is there, and has a content that the folder's list knows. */
  private static void requireListed(Path out, Path list) throws IOException {
    assertThat(out).isSymbolicLink();
    assertThat(out.resolve("metrics.json")).isSymbolicLink();
    requireMode(out.resolve("metrics.json"));
    List<String> lines =
        Files.readAllLines(list).stream().filter(line -> !line.startsWith("#")).toList();
    assertThat(lines).hasSizeGreaterThan(1);
    for (String line : lines) {
      String name = line.substring(line.indexOf("  ") + 2);
      assertThat(lines).as(name).contains(Sha256.of(out.resolve(name)) + "  " + name);
    }
  }
}
