package kintsugi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Writers in other processes, alive and killed, and in other threads. */
class OutputLockTest {
  @TempDir Path folder;
  private Process other;

  @AfterEach
  void kill() throws InterruptedException {
    if (other != null) {
      other.destroyForcibly().waitFor();
    }
  }

  private void write(Path file, String content) {
    AtomicOutput.file(file, part -> Files.writeString(part, content));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void twoProcessesDoNotWriteOneFileAndWhatAKilledOneLeftIsRemoved() throws Exception {
    Path file = folder.resolve("file");
    write(file, "old");
    other = HeldOutput.start("file", file);
    assertThatThrownBy(() -> write(file, "new"))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(file + ": another run of Kintsugi is writing there");
    assertThat(names()).as("a living writer's part stays").hasSize(3);
    assertThat(file).hasContent("old");
    kill();
    assertThat(names()).as("left by the killed one").hasSize(3);
    write(file, "new");
    assertThat(file).hasContent("new");
    assertThat(names()).containsExactly("file");
  }

  @Test
  void twoProcessesDoNotWriteOneFolder() throws Exception {
    other = HeldOutput.start("folder", folder);
    assertThatThrownBy(() -> OutputFolder.of(folder, "draw", List.of("one")))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(folder + ": another run of Kintsugi is writing there");
    OutputFolder.of(folder, "paint", List.of("one")).close();
    kill();
    assertThat(names()).isNotEmpty();
    OutputFolder.of(folder, "draw", List.of("one")).close();
    assertThat(names()).isEmpty();
  }

  @Test
  void aLockThatIsHeldOverReadingAndWritingKeepsOthersOut() throws Exception {
    Path file = folder.resolve("file");
    other = HeldOutput.start("lock", file);
    assertThatThrownBy(() -> OutputLock.of(file)).isInstanceOf(InputException.class);
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    assertThatThrownBy(() -> OutputLock.of(link))
        .as("another name of the same file")
        .isInstanceOf(InputException.class);
    other.getOutputStream().write('\n');
    other.getOutputStream().flush();
    assertThat(other.waitFor()).isZero();
    OutputLock.of(file).close();
  }

  @Test
  void aThreadTakesALockAgainAndAnotherWaits() throws InterruptedException, ExecutionException {
    Path file = folder.resolve("file");
    CountDownLatch begun = new CountDownLatch(1);
    FutureTask<String> waits =
        new FutureTask<>(
            () -> {
              begun.countDown();
              write(file, "second");
              return Files.readString(file);
            });
    OutputLock lock = OutputLock.of(file);
    try (lock) {
      Thread.ofPlatform().start(waits);
      begun.await();
      write(file, "first");
      write(file, "first again");
      assertThat(waits.isDone()).isFalse();
    }
    assertThat(waits.get()).isEqualTo("second");
  }

  @Test
  void aLockThatNothingIsWrittenUnderLeavesNoTrace() throws IOException {
    OutputLock.of(folder.resolve("new/deep/file")).close();
    assertThat(names()).isEmpty();
  }
}
