package kintsugi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFolderTest {
  @TempDir Path parent;
  private Path folder;

  @BeforeEach
  void name() {
    folder = parent.resolve("a/b");
  }

  @Test
  void aFolderGetsAllFilesAndKeepsOthers() throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("other"), "stays");
    Files.writeString(folder.resolve("one"), "old");
    try (OutputFolder out = OutputFolder.of(folder)) {
      out.write("one", file -> Files.writeString(file, "1"));
      out.write("deep/two", file -> Files.writeString(file, "2"));
      assertThat(folder.resolve("one")).hasContent("old");
      out.commit();
    }
    assertThat(folder.resolve("one")).hasContent("1");
    assertThat(folder.resolve("deep/two")).hasContent("2");
    assertThat(folder.toFile().list()).containsExactlyInAnyOrder("other", "one", "deep");
  }

  @Test
  void workThatFailsLeavesNoFolder() {
    assertThatThrownBy(
            () -> {
              try (OutputFolder out = OutputFolder.of(folder)) {
                out.write("one", file -> Files.writeString(file, "1"));
                throw new InputException("an image is broken");
              }
            })
        .hasMessage("an image is broken");
    assertThat(folder).doesNotExist();
  }

  @Test
  void aFileThatCannotBeWrittenIsNamedByItsPlace() {
    try (OutputFolder out = OutputFolder.of(folder)) {
      assertThatThrownBy(
              () ->
                  out.write(
                      "one",
                      file -> {
                        throw new IOException("no room");
                      }))
          .isInstanceOf(InputException.class)
          .hasMessageContaining(folder.resolve("one").toString())
          .hasMessageContaining("no room");
    }
    assertThat(folder).doesNotExist();
  }

  @Test
  void filesAndFoldersHaveTheUsualPermissions() throws IOException {
    try (OutputFolder out = OutputFolder.of(folder)) {
      out.write("deep/two", file -> Files.writeString(file, "2"));
      out.commit();
    }
    assertThat(Files.getPosixFilePermissions(folder.resolve("deep/two")))
        .isEqualTo(Files.getPosixFilePermissions(Files.createFile(folder.resolve("other"))));
    assertThat(Files.getPosixFilePermissions(folder.resolve("deep")))
        .isEqualTo(Files.getPosixFilePermissions(Files.createDirectory(folder.resolve("more"))));
  }

  @Test
  void aPlaceThatIsAFileIsNamed() throws IOException {
    Path file = Files.writeString(parent.resolve("file"), "x");
    assertThatThrownBy(() -> OutputFolder.of(file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(file.toString());
  }
}
