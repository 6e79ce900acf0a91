package kintsugi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFolderTest {
  private static final String MANIFEST = ".kintsugi-draw.sha256";

  @TempDir Path parent;
  private Path folder;

  @BeforeEach
  void name() {
    folder = parent.resolve("a/b");
  }

  private OutputFolder open(String... names) {
    return OutputFolder.of(folder, "draw", List.of(names));
  }

  /** A whole run; each file's content is given after its name. */
  private void run(String... namesAndContents) {
    try (OutputFolder out = open()) {
      for (int i = 0; i < namesAndContents.length; i += 2) {
        String content = namesAndContents[i + 1];
        out.write(namesAndContents[i], file -> Files.writeString(file, content));
      }
      out.commit();
    }
  }

  private void assertRefused(Path named, String... names) {
    assertThatThrownBy(() -> open(names).close())
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(named.toString() + ": ")
        .hasMessageContaining("(out)");
  }

  @Test
  void aFolderGetsAllFilesAtOnceAndKeepsOthers() throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("other"), "stays");
    run("one", "old");
    try (OutputFolder out = open("one", "deep/two")) {
      out.write("one", file -> Files.writeString(file, "1"));
      out.write("deep/two", file -> Files.writeString(file, "2"));
      assertThat(folder.resolve("one")).hasContent("old");
      assertThat(folder.resolve("deep")).doesNotExist();
      out.commit();
    }
    assertThat(folder.resolve("one")).hasContent("1");
    assertThat(folder.resolve("deep/two")).hasContent("2");
    assertThat(folder.toFile().list()).containsExactlyInAnyOrder("other", "one", "deep", MANIFEST);
  }

  @Test
  void aStrangersFileIsRefusedBeforeTheWork() throws IOException {
    Files.createDirectories(folder);
    Path mine = Files.writeString(folder.resolve("one"), "mine");
    assertRefused(mine, "zero", "one");
    assertThat(mine).hasContent("mine");
    assertThat(folder.toFile().list()).containsExactly("one");
    Files.delete(mine);
    Files.createSymbolicLink(mine, parent.resolve("nowhere"));
    assertRefused(mine, "one");
    Files.delete(mine);
    Path inside = Files.writeString(Files.createDirectory(mine).resolve("x"), "mine");
    assertRefused(mine, "one");
    assertRefused(inside, "one/");
    assertRefused(inside, "one/x/two");
  }

  @Test
  void aFileThatWasChangedSinceBelongsToItsUser() throws IOException {
    run("one", "1", "two", "2");
    Files.writeString(folder.resolve("one"), "edited");
    assertRefused(folder.resolve("one"), "one");
    run("two", "3");
    assertThat(folder.resolve("one")).hasContent("edited");
    run("two", "4");
    assertThat(folder.resolve("one")).as("no longer in the manifest").hasContent("edited");
  }

  @Test
  void aStrangerThatComesDuringTheWorkIsKept() throws IOException {
    run("one", "1");
    try (OutputFolder out = open("one", "two")) {
      out.write("one", file -> Files.writeString(file, "new"));
      out.write("two", file -> Files.writeString(file, "new"));
      Files.writeString(folder.resolve("two"), "mine");
      assertThatThrownBy(out::commit).hasMessageStartingWith(folder.resolve("two") + ": is there");
    }
    assertThat(folder.resolve("two")).hasContent("mine");
    assertThat(folder.resolve("one")).as("none is replaced").hasContent("1");
  }

  @Test
  void whatIsNotWrittenAgainIsRemovedAndNothingElse() throws IOException {
    run("one", "1", "deep/two", "2", "more/three", "3");
    Files.writeString(folder.resolve("more/other"), "stays");
    run("four", "4");
    assertThat(folder.resolve("one")).doesNotExist();
    assertThat(folder.resolve("deep")).doesNotExist();
    assertThat(folder.resolve("more").toFile().list()).containsExactly("other");
    assertThat(folder.resolve("four")).hasContent("4");
  }

  @Test
  void aRunKilledWithinItsMovesLeavesFilesThatAreStillItsOwn() throws IOException {
    run("one", "old", "two", "old", "three", "old");
    Path manifest = folder.resolve(MANIFEST);
    String before = Files.readString(manifest);
    run("one", "new", "two", "new");
    // As within the moves: both contents are listed, one file is moved, and three is not removed.
    Files.writeString(manifest, before + Files.readString(manifest));
    Files.writeString(folder.resolve("two"), "old");
    Files.writeString(folder.resolve("three"), "old");
    run("one", "next", "two", "next");
    assertThat(folder.resolve("one")).hasContent("next");
    assertThat(folder.resolve("two")).hasContent("next");
    assertThat(folder.resolve("three")).doesNotExist();
  }

  @Test
  void eachCommandOwnsItsFiles() throws IOException {
    run("one", "1");
    try (OutputFolder other = OutputFolder.of(folder, "paint", List.of("two"))) {
      other.write("two", file -> Files.writeString(file, "2"));
      other.commit();
    }
    assertThat(folder.resolve("one")).hasContent("1");
    assertRefused(folder.resolve("two"), "two");
  }

  @Test
  void inputsAreNeverReplacedNorRemoved() throws IOException {
    run("one", "1", "two", "2");
    try (OutputFolder out =
        OutputFolder.of(folder, "draw", List.of(), List.of(folder.resolve("one")))) {
      assertThatThrownBy(() -> out.claim(List.of("one"))).isInstanceOf(InputException.class);
      out.write("three", file -> Files.writeString(file, "3"));
      out.commit();
    }
    assertThat(folder.resolve("one")).hasContent("1");
    assertThat(folder.resolve("two")).doesNotExist();
  }

  @Test
  void aManifestLeadsToNoFileOutsideTheFolder() throws IOException {
    run("one", "1");
    Path outside = Files.writeString(parent.resolve("a/outside"), "1");
    Files.createDirectory(parent.resolve("elsewhere"));
    Path linked = Files.writeString(parent.resolve("elsewhere/file"), "1");
    Files.createSymbolicLink(folder.resolve("link"), parent.resolve("elsewhere"));
    Path manifest = folder.resolve(MANIFEST);
    String hash = Sha256.of(outside);
    Files.writeString(
        manifest, Files.readString(manifest) + hash + "  ../outside\n" + hash + "  link/file\n");
    run("two", "2");
    assertThat(outside).hasContent("1");
    assertThat(linked).hasContent("1");
    assertThat(folder.resolve("one")).doesNotExist();
  }

  @Test
  void theManifestIsReadableByOtherTools() throws Exception {
    String odd = "line\nbreak\\and \u2028 ümlaut";
    run("one", "1", odd, "2");
    Process check =
        new ProcessBuilder("sha256sum", "--check", "--strict", MANIFEST)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(check.getInputStream().readAllBytes());
    assertThat(check.waitFor()).as(output).isZero();
    run("two", "2");
    assertThat(folder.toFile().list()).containsExactlyInAnyOrder("two", MANIFEST);
  }

  @Test
  void somethingElseInPlaceOfTheManifestIsRefused() throws IOException {
    Files.createDirectories(folder);
    Path manifest = Files.writeString(folder.resolve(MANIFEST), "mine");
    assertRefused(manifest, "one");
    assertThat(manifest).hasContent("mine");
  }

  @Test
  void workThatFailsLeavesNoFolder() {
    assertThatThrownBy(
            () -> {
              try (OutputFolder out = open()) {
                out.write("one", file -> Files.writeString(file, "1"));
                throw new InputException("an image is broken");
              }
            })
        .hasMessage("an image is broken");
    assertThat(parent).isEmptyDirectory();
  }

  @Test
  void aFileThatCannotBeWrittenIsNamedByItsPlace() {
    try (OutputFolder out = open()) {
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
    run("deep/two", "2");
    assertThat(Files.getPosixFilePermissions(folder.resolve("deep/two")))
        .isEqualTo(Files.getPosixFilePermissions(Files.createFile(folder.resolve("other"))));
    assertThat(Files.getPosixFilePermissions(folder.resolve("deep")))
        .isEqualTo(Files.getPosixFilePermissions(Files.createDirectory(folder.resolve("more"))));
  }

  @Test
  void aReplacedFileKeepsItsPermissionsAndItsLink() throws IOException {
    run("one", "1", "two", "2");
    Path moved = Files.move(folder.resolve("one"), parent.resolve("moved"));
    Files.createSymbolicLink(folder.resolve("one"), moved);
    Files.setPosixFilePermissions(
        folder.resolve("two"), PosixFilePermissions.fromString("rw-rw----"));
    run("one", "new", "two", "new");
    assertThat(folder.resolve("one")).isSymbolicLink();
    assertThat(moved).hasContent("new");
    assertThat(folder.resolve("two")).hasContent("new");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("two"))))
        .isEqualTo("rw-rw----");
  }

  @Test
  void aFolderMayBeALink() throws IOException {
    Path real = Files.createDirectories(parent.resolve("real"));
    folder = Files.createSymbolicLink(parent.resolve("link"), real);
    run("one", "1");
    run("one", "2");
    assertThat(folder).isSymbolicLink();
    assertThat(real.resolve("one")).hasContent("2");
  }

  @Test
  void aPlaceThatIsAFileIsNamed() throws IOException {
    Path file = Files.writeString(parent.resolve("file"), "x");
    assertThatThrownBy(() -> OutputFolder.of(file, "draw", List.of()))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(file.toString());
  }
}
