package kintsugi.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import kintsugi.InputException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;

/** The right to add to a table, of one run at a time. */
class SparkLockTest extends SparkFixture {
  private static final Duration OFTEN = Duration.ofMillis(50);
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final String NAME = "_kintsugi.lock";

  private final Configuration configuration = new Configuration();

  private TableLock lock(Path table, Runnable cancel) {
    return TableLock.of("" + table, configuration, OFTEN, cancel);
  }

  /** Writes a lock as another run does, with its sum. */
  private void write(Path table, Holder holder) throws IOException {
    try (var out = local().create(file(table), true)) {
      out.write(holder.text());
    }
  }

  private FileSystem local() throws IOException {
    return FileSystem.getLocal(configuration);
  }

  private static org.apache.hadoop.fs.Path file(Path table) {
    return new org.apache.hadoop.fs.Path("" + table, NAME);
  }

  private static void age(Path table) throws IOException {
    Files.setLastModifiedTime(
        table.resolve(NAME), FileTime.from(Instant.now().minus(Duration.ofMinutes(4))));
  }

  private static Duration ageOf(Path table) {
    try {
      Instant at = Files.getLastModifiedTime(table.resolve(NAME)).toInstant();
      return Duration.between(at, Instant.now());
    } catch (IOException e) {
      // It is being written.
      return Duration.ofDays(1);
    }
  }

  @Test
  void oneRunAtATimeAddsToATable() throws Exception {
    Path out = Files.createDirectories(folder.resolve("locked"));
    TableLock held = TableLock.of("" + out, configuration, () -> {});
    try (held) {
      Result refused = run("score", "--model", "" + model, "--out", "" + out, "" + anomalous);
      assertThat(refused.status()).isEqualTo(1);
      assertThat(refused.err().lines())
          .singleElement()
          .asString()
          .contains(
              out + ": another run of score is adding to it (process ",
              "" + ProcessHandle.current().pid());
    }
    // That of a process that is gone, and one from elsewhere that shows no sign of life.
    String host = InetAddress.getLocalHost().getHostName();
    String[] score = {"score", "--model", "" + model, "--out", "" + out, "" + anomalous};
    write(out, new Holder(host, ProcessHandle.current().pid(), 1, "killed"));
    assertThat(succeeds(score).out()).contains("4 images");
    write(out, new Holder("elsewhere", 1, 1, "killed"));
    String[] again = {"score", "--model", "" + model, "--out", "" + out, "" + normal};
    assertThat(run(again).err()).contains("(process 1 on elsewhere)");
    age(out);
    assertThat(succeeds(again).out()).contains("12 images");
    assertThat(out.resolve(NAME)).doesNotExist();
  }

  /** Those that have no name of their own are all called so. */
  @Test
  void aProcessOfAMachineWithoutANameMayBeElsewhere() {
    assertThat(new Holder("localhost", ProcessHandle.current().pid(), 1, "other").isGone())
        .isFalse();
  }

  @Test
  void aRunThatWorksShowsSignsOfLife() throws IOException {
    Path table = folder.resolve("signs");
    TableLock held = lock(table, () -> {});
    try (held) {
      for (int sign = 0; sign < 2; sign++) {
        age(table);
        assertThat(
                Patience.until(PATIENCE, () -> ageOf(table).compareTo(Duration.ofMinutes(3)) < 0))
            .isTrue();
      }
    }
    assertThat(table).doesNotExist();
  }

  @Test
  void aFolderThatWasThereStays() throws IOException {
    Path table = Files.createDirectories(folder.resolve("empty"));
    lock(table, () -> {}).close();
    assertThat(table).isEmptyDirectory();
  }

  /** Two that judged the same lock: the second finds the new one of the first. */
  @Test
  void aLockIsTakenOverOnce() throws IOException {
    Path table = folder.resolve("twice");
    Holder stale = new Holder("elsewhere", 1, 1, "stale");
    write(table, stale);
    age(table);
    TableLock first = lock(table, () -> {});
    try (first) {
      byte[] held = Files.readAllBytes(table.resolve(NAME));
      assertThatThrownBy(
              () -> TableLock.removeStale("" + table, local(), file(table), Optional.of(stale)))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("another run of score is adding to it (process ");
      assertThat(Files.readAllBytes(table.resolve(NAME))).isEqualTo(held);
      assertThat(first.during(() -> "done")).isEqualTo("done");
    }
    assertThatThrownBy(
            () -> TableLock.removeStale("" + table, local(), file(table), Optional.of(stale)))
        .isInstanceOf(InputException.class);
  }

  /** Of a run that was stopped for minutes, and continues. */
  @Test
  void aRunThatLostItsLockEndsItsJobs() throws IOException {
    Path table = folder.resolve("lost");
    Holder other = new Holder("elsewhere", 7, 1, "other");
    SparkConf conf = new SparkConf().setMaster("local[2]").setAppName("lock");
    try (JavaSparkContext context = new JavaSparkContext(conf)) {
      TableLock held = lock(table, context.sc()::cancelAllJobs);
      try (held) {
        assertThatThrownBy(() -> held.during(() -> lost(context, table, other)))
            .isInstanceOf(InputException.class)
            .hasMessageContaining("(process 7 on elsewhere)");
      }
    }
    // It is the other's.
    assertThat(table.resolve(NAME)).content().startsWith("elsewhere 7 ");
  }

  private List<Integer> lost(JavaSparkContext context, Path table, Holder other) {
    try {
      write(table, other);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return context.parallelize(List.of(1, 2, 3, 4), 4).map(SparkLockTest::longWork).collect();
  }

  /** Longer than the test waits, in steps that end with the job. */
  private static int longWork(int number) {
    Patience.until(PATIENCE, () -> org.apache.spark.TaskContext.get().isInterrupted());
    return number;
  }

  @Test
  void aRunWhoseLockWasRemovedEnds() throws IOException {
    Path table = folder.resolve("removed");
    AtomicInteger cancelled = new AtomicInteger();
    TableLock held = lock(table, cancelled::incrementAndGet);
    try (held) {
      local().delete(file(table), false);
      assertThatThrownBy(
              () -> held.during(() -> Patience.until(PATIENCE, () -> cancelled.get() > 1)))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("has lost the table's lock");
    }
    assertThat(cancelled.get()).isGreaterThan(1);
  }
}
