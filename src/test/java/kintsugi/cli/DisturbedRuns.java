package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import kintsugi.Processes;

/**
 * Runs of one command that are killed, that meet a full disk, or that come while another run is
 * writing. Counts how far the killed ones had got.
 */
final class DisturbedRuns {
  private static final long LOOK_NANOS = 50_000;
  private static final int SOON = 5;

  /** How far a killed run had got, by what it left. */
  enum Reached {
    /** Nothing: the virtual machine was starting, or the command line was read. */
    STARTING,
    /** The output is locked, and no file of it written. */
    WORKING,
    /** A file next to its place has content. */
    WRITING,
    /** The first file is in its place, and the lock still there. */
    MOVING,
    /** Everything is in its place. */
    ENDED,
    /** Unknown, since an earlier killed run had left something too. */
    AFTER_A_KILLED_ONE
  }

  private final String[] words;
  private final List<String> process;
  private final Path first;
  private final List<Path> places;
  private final Random random;
  private final Map<Reached, Integer> reached = new EnumMap<>(Reached.class);

  /** Times of an undisturbed run in nanoseconds. */
  private long locked;

  private long writing;
  private long ended;

  /**
   * @param words the command and its arguments
   * @param first the file that is replaced first
   * @param places the folders that it writes to
   */
  DisturbedRuns(List<String> words, Path first, List<Path> places, Random random) {
    this.words = words.toArray(String[]::new);
    this.process = Processes.kintsugi(this.words);
    this.first = first;
    this.places = places;
    this.random = random;
  }

  private static Process start(List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    // Some messages are the system's.
    builder.environment().put("LC_ALL", "C.UTF-8");
    Process running = builder.start();
    running.getOutputStream().close();
    return running;
  }

  private static String said(Process running) throws IOException {
    return new String(running.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private static void drain(Process running) {
    try {
      running.getInputStream().transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      // Killed.
      return;
    }
  }

  /** Takes the time of an undisturbed run. */
  void time() throws Exception {
    long start = System.nanoTime();
    Process running = start(process);
    Thread.ofVirtual().start(() -> drain(running));
    await(running, () -> !left().isEmpty());
    locked = System.nanoTime() - start;
    await(running, this::isWriting);
    writing = System.nanoTime() - start;
    assertThat(running.waitFor()).isZero();
    ended = System.nanoTime() - start;
  }

  private static void await(Process running, BooleanSupplier there) {
    while (running.isAlive() && !there.getAsBoolean()) {
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  /** Locks and parts in the folders. */
  List<File> left() {
    return places.stream()
        .flatMap(place -> Stream.ofNullable(place.toFile().listFiles()).flatMap(Arrays::stream))
        .filter(file -> file.getName().matches("\\.kintsugi-.*\\.(lock|part)"))
        .toList();
  }

  private boolean isWriting() {
    return left().stream()
        .filter(file -> file.getName().endsWith(".part"))
        .anyMatch(DisturbedRuns::hasContent);
  }

  private static boolean hasContent(File part) {
    String[] names = part.list();
    return names == null ? part.length() > 0 : names.length > 0;
  }

  /** The first file itself rather than its name. */
  private List<Object> identity() throws IOException {
    BasicFileAttributes file = Files.readAttributes(first, BasicFileAttributes.class);
    return List.of(file.fileKey(), file.lastModifiedTime());
  }

  /**
   * Starts the command and kills it: at any time, or at any time from its lock on, or at any time
   * from its first written byte on.
   */
  void kill() throws Exception {
    boolean alone = left().isEmpty();
    List<Object> before = identity();
    Process running = start(process);
    Thread.ofVirtual().start(() -> drain(running));
    double pause;
    switch (alone ? random.nextInt(4) : 0) {
      case 0 -> pause = random.nextDouble() * ended;
      case 1 -> {
        await(running, () -> !left().isEmpty());
        pause = random.nextDouble() * (writing - locked);
      }
      default -> {
        await(running, this::isWriting);
        // Mostly soon: the first file is written within milliseconds, whatever follows.
        pause = Math.pow(random.nextDouble(), SOON) * (ended - writing);
      }
    }
    running.waitFor((long) pause, TimeUnit.NANOSECONDS);
    running.destroyForcibly().waitFor();
    reached.merge(
        alone ? reached(!identity().equals(before)) : Reached.AFTER_A_KILLED_ONE, 1, Integer::sum);
  }

  private Reached reached(boolean moved) {
    if (left().isEmpty()) {
      return moved ? Reached.ENDED : Reached.STARTING;
    }
    if (moved) {
      return Reached.MOVING;
    }
    return isWriting() ? Reached.WRITING : Reached.WORKING;
  }

  Map<Reached, Integer> reached() {
    return reached;
  }

  /** A limit of the files' sizes is to a process what a full disk is, in the middle of a file. */
  void fill() throws Exception {
    if (!Files.isExecutable(Path.of("/bin/bash"))) {
      System.out.println(words[0] + ": met no full disk, since there is no /bin/bash");
      return;
    }
    List<String> limited =
        new ArrayList<>(List.of("/bin/bash", "-c", "ulimit -f 64; exec \"$@\"", "kintsugi"));
    limited.addAll(process);
    Process running = start(limited);
    String said = said(running);
    assertThat(running.waitFor()).as(said).isEqualTo(1);
    assertThat(said.lines().filter(line -> line.contains("cannot be written (File too large)")))
        .as(said)
        .hasSize(1);
    assertThat(said).doesNotContain("Exception");
    assertThat(left()).isEmpty();
  }

  /**
   * A second run while the first has its lock: it is refused by a line, and the first ends well.
   */
  void second() throws Exception {
    Process running = start(process);
    await(running, () -> !left().isEmpty());
    try {
      stopLocked(running);
      List<Object> before = identity();
      CommandFixture.Result second = CommandFixture.runBare(words);
      assertThat(second.status()).isEqualTo(1);
      assertThat(second.err().lines()).hasSize(1);
      assertThat(second.err()).contains(": another run of Kintsugi is writing there; ");
      assertThat(identity()).isEqualTo(before);
      signal("CONT", running);
      String said = said(running);
      assertThat(running.waitFor()).as(said).isZero();
      assertThat(identity()).isNotEqualTo(before);
    } finally {
      // A stopped one would stay for ever.
      running.destroyForcibly().waitFor();
    }
  }

  /** Stops it while it has its lock, whose file is there a moment before it is locked. */
  private void stopLocked(Process running) throws Exception {
    signal("STOP", running);
    while (!isLocked()) {
      signal("CONT", running);
      LockSupport.parkNanos(LOOK_NANOS);
      signal("STOP", running);
    }
  }

  private boolean isLocked() throws IOException {
    for (File file : left()) {
      if (file.getName().endsWith(".lock")) {
        try (FileChannel channel = FileChannel.open(file.toPath(), StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock()) {
          if (lock == null) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static void signal(String name, Process running) throws Exception {
    assertThat(new ProcessBuilder("kill", "-" + name, "" + running.pid()).start().waitFor())
        .as("kill -" + name + " of a command that is not over")
        .isZero();
  }

  /** An undisturbed run, which leaves neither lock nor part. */
  void next() {
    CommandFixture.Result result = CommandFixture.runBare(words);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(left()).isEmpty();
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s: locked after %d ms, writing after %d, ended after %d; killed %s",
        words[0],
        locked / 1_000_000,
        writing / 1_000_000,
        ended / 1_000_000,
        reached);
  }
}
