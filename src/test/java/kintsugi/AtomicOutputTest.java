package kintsugi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicOutputTest {
  @TempDir Path parent;
  private Path folder;

  @BeforeEach
  void name() {
    folder = parent.resolve("a/b");
  }

  @Test
  void aFileHasTheRightsOfAnyOther() throws IOException {
    Path file = folder.resolve("file");
    AtomicOutput.file(file, part -> Files.writeString(part, "x"));
    assertThat(Files.getPosixFilePermissions(file))
        .isEqualTo(Files.getPosixFilePermissions(Files.createFile(folder.resolve("other"))));
  }

  @Test
  void workThatFailsLeavesTheOldFileAndNothingElse() throws IOException {
    Path file = folder.resolve("file");
    AtomicOutput.file(file, part -> Files.writeString(part, "old"));
    assertThatThrownBy(
            () ->
                AtomicOutput.file(
                    file,
                    part -> {
                      Files.writeString(part, "half");
                      throw new IOException("no room");
                    }))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("no room");
    assertThat(file).hasContent("old");
    assertThat(folder.toFile().list()).containsExactly("file");
  }

  @Test
  void aReplacedFileKeepsItsPermissionsAndItsLink() throws IOException {
    Path file = folder.resolve("file");
    AtomicOutput.file(file, part -> Files.writeString(part, "old"));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw----"));
    Path link = Files.createSymbolicLink(parent.resolve("link"), file);
    AtomicOutput.file(link, part -> Files.writeString(part, "new"));
    assertThat(link).isSymbolicLink();
    assertThat(file).hasContent("new");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-rw----");
    assertThat(parent.toFile().list()).containsExactlyInAnyOrder("a", "link");
  }

  @Test
  void nobodyReadsInThePartWhatTheFileIsClosedTo() throws IOException {
    Path file = folder.resolve("file");
    AtomicOutput.file(file, part -> Files.writeString(part, "old"));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
    String[] seen = new String[1];
    AtomicOutput.file(
        file,
        part -> {
          seen[0] = PosixFilePermissions.toString(Files.getPosixFilePermissions(part));
          Files.writeString(part, "new");
        });
    assertThat(seen[0]).isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("r--------");
    assertThat(file).hasContent("new");
  }

  @Test
  void ofTwoHardLinksTheOneThatIsNamedGetsTheNewContent() throws IOException {
    Path file = folder.resolve("file");
    AtomicOutput.file(file, part -> Files.writeString(part, "old"));
    Path other = Files.createLink(folder.resolve("other"), file);
    AtomicOutput.file(file, part -> Files.writeString(part, "new"));
    assertThat(file).hasContent("new");
    assertThat(other).hasContent("old");
  }

  @Test
  void aLinkThatLeadsNowhereYetIsWrittenThrough() throws IOException {
    Path link = Files.createSymbolicLink(parent.resolve("link"), Path.of("a/new"));
    AtomicOutput.file(link, part -> Files.writeString(part, "new"));
    assertThat(link).isSymbolicLink();
    assertThat(parent.resolve("a/new")).hasContent("new");
  }

  @Test
  void aFolderAndTheRootAreNoPlacesForAFile() throws IOException {
    Path taken = Files.createDirectories(folder);
    for (Path place : List.of(taken, taken.getRoot())) {
      assertThatThrownBy(() -> AtomicOutput.file(place, part -> Files.writeString(part, "x")))
          .isInstanceOf(InputException.class)
          .hasMessageStartingWith(place + ": cannot be written");
    }
    assertThat(parent.resolve("a").toFile().list()).containsExactly("b");
  }

  @Test
  void theReasonIsInWordsWithoutTheNameOfAnException() throws IOException {
    Path file = Files.writeString(parent.resolve("file"), "x");
    assertThatThrownBy(() -> AtomicOutput.file(file.resolve("x"), part -> Files.createFile(part)))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(file.resolve("x") + ": cannot be written (")
        .hasMessageNotContaining("Exception");
    Map<IOException, String> reasons =
        Map.of(
            new AccessDeniedException("f"), "permission denied",
            new NoSuchFileException("" + parent.resolve("none/f")), "a folder of it is missing",
            new NoSuchFileException("" + parent.resolve("f")), "there is no such file",
            new FileAlreadyExistsException("f"), "something else is there",
            new FileSystemException("f", null, "Read-only file system"), "Read-only file system",
            new IOException("No space left on device"), "No space left on device",
            new IOException("I/O error writing PNG file!", new IOException("No space left")),
                "No space left");
    reasons.forEach((e, reason) -> assertThat(AtomicOutput.reason(e)).isEqualTo(reason));
  }

  @Test
  void aLongNameIsWritten() {
    Path file = folder.resolve("n".repeat(255));
    AtomicOutput.file(file, part -> Files.writeString(part, "x"));
    assertThat(file).hasContent("x");
  }
}
