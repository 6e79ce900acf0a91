package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import kintsugi.Processes;
import kintsugi.Sha256;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.FileCheck;
import kintsugi.detector.TestWeights;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Commands in processes of their own that are killed at random times, {@code -Dkintsugi.kills=50}
 * for fifty times each, and on a disk that fills: what was there before stays whole, and the next
 * run clears up.
 */
class FileKillTest {
  private static final int KILLS = Integer.getInteger("kintsugi.kills", 1);
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

  /** Kills the command at random times of its run, and looks after each. */
  private void kill(Check check, String... words) throws Exception {
    List<String> process = Processes.kintsugi(command(words).toArray(String[]::new));
    long start = System.nanoTime();
    finish(process);
    check.run();
    long whole = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    int killed = 0;
    for (int i = 0; i < KILLS; i++) {
      // The second half, in which files are written, has two thirds of the kills.
      long millis =
          random.nextInt(3) == 0 ? random.nextLong(whole) : random.nextLong(whole / 2, whole);
      Process running = new ProcessBuilder(process).redirectErrorStream(true).start();
      running.getOutputStream().close();
      Thread.ofVirtual().start(() -> drain(running));
      killed += running.waitFor(millis, TimeUnit.MILLISECONDS) ? 0 : 1;
      running.destroyForcibly().waitFor();
      check.run();
    }
    fill(check, process);
    finish(process);
    check.run();
    System.out.println(
        words[0] + ": " + killed + " of " + KILLS + " killed within " + whole + " ms");
  }

  /** A limit of the files' sizes is to a process what a full disk is, in the middle of a file. */
  private static void fill(Check check, List<String> process) throws Exception {
    if (!Files.isExecutable(Path.of("/bin/bash"))) {
      return;
    }
    List<String> limited = new ArrayList<>(List.of("/bin/bash", "-c", "ulimit -f 64; exec \"$@\""));
    limited.addAll(process);
    limited.add(3, "kintsugi");
    Process running = new ProcessBuilder(limited).redirectErrorStream(true).start();
    running.getOutputStream().close();
    String said = new String(running.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(running.waitFor()).as(said).isEqualTo(1);
    assertThat(said.lines().filter(line -> line.contains("cannot be written (File too large)")))
        .as(said)
        .hasSize(1);
    assertThat(said).doesNotContain("Exception");
    check.run();
  }

  private interface Check {
    void run() throws IOException;
  }

  private static void drain(Process process) {
    try {
      process.getInputStream().transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      // Killed.
      return;
    }
  }

  private static void finish(List<String> process) throws Exception {
    Process running = new ProcessBuilder(process).redirectErrorStream(true).start();
    running.getOutputStream().close();
    String said = new String(running.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(running.waitFor()).as(said).isZero();
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> list = Files.list(folder)) {
      return list.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  private void requireWholeModel() throws IOException {
    assertThat(model).isSymbolicLink();
    assertThat(FileCheck.of(model, Optional.empty()).findings()).isEmpty();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(model)))
        .isEqualTo("rw-r-----");
  }

  private void setMode() throws IOException {
    Files.setPosixFilePermissions(model, PosixFilePermissions.fromString("rw-r-----"));
  }

  /** After a run that ended there is nothing that a killed one left. */
  private void requireTidy() throws IOException {
    assertThat(names(files)).containsExactly("kept");
    assertThat(names(links)).containsExactly("m.json", "m.safetensors");
  }

  @Test
  void fit() throws Exception {
    run("fit", "padim", "--train", "" + good, "--model", "" + model);
    setMode();
    kill(this::requireWholeModel, "fit", "padim", "--train", "" + bad, "--model", "" + model);
    requireTidy();
  }

  @Test
  void calibrate() throws Exception {
    run("fit", "padim", "--train", "" + good, "--model", "" + model);
    setMode();
    kill(this::requireWholeModel, "calibrate", "--normal", "" + bad, "--model", "" + model);
    requireTidy();
  }

  @Test
  void merge() throws Exception {
    String one = "" + folder.resolve("one.safetensors");
    String two = "" + folder.resolve("two.safetensors");
    run("fit", "padim", "--train", "" + good, "--partial", one);
    run("fit", "padim", "--train", "" + bad, "--partial", two);
    run("merge", one, "--model", "" + model);
    setMode();
    kill(this::requireWholeModel, "merge", one, two, "--model", "" + model);
    requireTidy();
  }

  @Test
  void evaluate() throws Exception {
    run("fit", "padim", "--train", "" + good, "--model", "" + model);
    run("calibrate", "--normal", "" + good, "--anomalous", "" + bad, "--model", "" + model);
    Path out = folder.resolve("out");
    String[] command = {
      "evaluate", "--model", "" + model, "--normal", "" + good, "--anomalous", "" + bad
    };
    String[] all = Arrays.copyOf(command, command.length + 2);
    all[command.length] = "--out";
    all[command.length + 1] = "" + out;
    kill(() -> requireListed(out, "evaluate"), all);
    assertThat(names(out)).noneMatch(name -> name.endsWith(".part") || name.endsWith(".lock"));
  }

  @Test
  void experiment() throws Exception {
    Path out = folder.resolve("out");
    String[] all = {
      "experiment",
      "padim",
      "--data",
      "" + folder,
      "--normal",
      SyntheticConcrete.NORMAL,
      "--anomalous",
      SyntheticConcrete.ANOMALOUS,
      "--out",
      "" + out
    };
    kill(() -> requireListed(out, "experiment"), all);
    assertThat(names(out)).noneMatch(name -> name.endsWith(".part") || name.endsWith(".lock"));
  }

  /** Every file has a content that the folder's list knows. */
  private static void requireListed(Path out, String command) throws IOException {
    String list = Files.readString(out.resolve(".kintsugi-" + command + ".sha256"));
    try (Stream<Path> all = Files.walk(out)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        if (!out.relativize(file).toString().startsWith(".kintsugi-")) {
          assertThat(list).as("" + file).contains(Sha256.of(file));
        }
      }
    }
  }
}
