package kintsugi.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kintsugi.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What of a folder is read, and what is said of the rest. */
class ImageFolderTest {
  @TempDir Path folder;

  private final List<String> told = new ArrayList<>();

  private void files(String... names) throws IOException {
    for (String name : names) {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      Files.createFile(file);
    }
  }

  private List<String> listed() {
    return ImageFolder.list(folder, told::add).stream()
        .map(file -> folder.relativize(file).toString())
        .toList();
  }

  @Test
  void whatIsLeftOutIsCountedAndNamed() throws IOException {
    files(
        "b.JPG",
        "a.png",
        "e.txt",
        "d.pdf",
        "c.doc",
        "f.json",
        "g.JP2",
        ".DS_Store",
        "Thumbs.db",
        "._a.png");
    Files.createSymbolicLink(folder.resolve("gone.png"), folder.resolve("nowhere.png"));
    assertThat(listed()).containsExactly("a.png", "b.JPG");
    assertThat(told)
        .containsExactly(
            folder
                + ": left out 1 image of a format that is not read: g.JP2; 4 files that are not images: c.doc, d.pdf, e.txt, …;"
                + " 3 hidden files or folders: .DS_Store, ._a.png, Thumbs.db;"
                + " 1 broken link: gone.png");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".ipynb_checkpoints",
        "@eaDir",
        "__MACOSX",
        "$RECYCLE.BIN",
        "lost+found",
        "#recycle",
        ".git",
        "System Volume Information"
      })
  void foldersOfToolsAreNeverRead(String name) throws IOException {
    files("a.png", name + "/b.png");
    assertThat(listed()).containsExactly("a.png");
    Files.delete(folder.resolve("a.png"));
    assertThatThrownBy(this::listed)
        .isInstanceOf(InputException.class)
        .hasMessageContaining("holds no images")
        .hasMessageContaining("ppm); left out 1 hidden file or folder: " + name);
    files("sub/c.png", "sub/" + name + "/d.png");
    assertThat(listed()).containsExactly("sub/c.png");
  }

  @Test
  void masksNextToTheirImagesAreLeftOut() throws IOException {
    files("Part1.jpg", "Part1_label.bmp", "Part2.jpg", "part2_MASK.png", "other_gt.png");
    assertThat(listed()).containsExactly("Part1.jpg", "Part2.jpg", "other_gt.png");
    assertThat(told)
        .containsExactly(
            folder + ": left out 2 masks next to their images: Part1_label.bmp, part2_MASK.png");
  }

  @Test
  void foldersAreReadWhereThereAreOnlyFolders() throws IOException {
    files("monday/b.png", "monday/shift2/a.png", "sunday/c.png", "sunday/notes.txt");
    assertThat(listed()).containsExactly("monday/b.png", "monday/shift2/a.png", "sunday/c.png");
    assertThat(told)
        .containsExactly(
            folder + ": left out 1 file that is not an image: " + Path.of("sunday", "notes.txt"),
            folder + ": has no images of its own; took 3 from the folders in it: monday, sunday");
    told.clear();
    files("own.png");
    assertThat(listed()).containsExactly("own.png");
    assertThat(told)
        .containsExactly(
            folder + ": left out 3 images in folders next to its own images: monday, sunday");
  }

  @Test
  void manyFoldersAreToldInOneLine() throws IOException {
    for (int day = 10; day < 30; day++) {
      files(day + "/a.png", day + "/notes.txt", day + "/.hidden");
    }
    assertThat(listed()).hasSize(20);
    assertThat(told)
        .containsExactly(
            folder
                + ": left out 20 files that are not images: "
                + Path.of("10", "notes.txt")
                + ", "
                + Path.of("11", "notes.txt")
                + ", "
                + Path.of("12", "notes.txt")
                + ", …; 20 hidden files or folders: "
                + Path.of("10", ".hidden")
                + ", "
                + Path.of("11", ".hidden")
                + ", "
                + Path.of("12", ".hidden")
                + ", …",
            folder + ": has no images of its own; took 20 from the folders in it: 10, 11, 12, …");
  }

  @Test
  void linksInACircleEnd() throws IOException {
    files("sub/a.png");
    Files.createSymbolicLink(folder.resolve("sub/again"), folder);
    Files.createSymbolicLink(folder.resolve("twice"), folder.resolve("sub"));
    Files.createSymbolicLink(folder.resolve("self"), folder.resolve("self"));
    assertThat(listed()).containsExactly("sub/a.png");
    assertThat(told)
        .contains(
            folder
                + ": left out 2 links to folders read already: "
                + Path.of("sub", "again")
                + ", twice");
    assertThat(told).anyMatch(line -> line.contains("1 broken link: self"));
  }

  @Test
  void goodAndBadInOneFolderAreNotLearntTogether() throws IOException {
    files("good/a.png", "bad/b.png");
    assertThatThrownBy(() -> ImageFolder.list(folder, Role.TRAIN, told::add))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("holds folders of normal and of anomalous images (bad, good)");
    assertThat(listed()).containsExactly("bad/b.png", "good/a.png");
  }

  @Test
  void anEmptyFolderIsOfNeitherKind() throws IOException {
    files("monday/a.png", "tuesday/b.png");
    Files.createDirectory(folder.resolve("none"));
    assertThat(ImageFolder.list(folder, Role.TRAIN, told::add)).hasSize(2);
  }

  @Test
  void aDataSetIsNotAFolderOfImages() throws IOException {
    files("train/good/a.png", "test/good/b.png", "test/hole/c.png");
    assertThatThrownBy(() -> ImageFolder.list(folder, Role.CALIBRATE_NORMAL, told::add))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("name the one that is meant");
  }
}
