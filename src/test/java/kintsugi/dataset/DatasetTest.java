package kintsugi.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import kintsugi.InputException;
import kintsugi.image.PictureReader;
import kintsugi.image.Pixels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetTest {
  @TempDir Path folder;

  @Test
  void picturesAreListedByNameAndNothingElse() throws IOException {
    for (String name : List.of("b.JPG", "a.png", "c.jpeg", "notes.txt", ".hidden.png")) {
      Files.createFile(folder.resolve(name));
    }
    Files.createDirectory(folder.resolve("d.png"));
    assertThat(PictureFolder.list(folder))
        .extracting(file -> file.getFileName().toString())
        .containsExactly("a.png", "b.JPG", "c.jpeg");
  }

  @Test
  void missingAndEmptyFoldersAreNamed() throws IOException {
    Path missing = folder.resolve("nowhere");
    assertThatThrownBy(() -> PictureFolder.list(missing))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(missing + ": there is no such folder");
    assertThatThrownBy(() -> PictureFolder.list(folder))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(folder + ": holds no picture");
    Path file = Files.createFile(folder.resolve("a.png"));
    assertThatThrownBy(() -> PictureFolder.list(file)).hasMessageContaining("is no folder");
  }

  @Test
  void noSampleIsInTwoPartsAndASeedFixesTheDraw() {
    List<Sample> normal = samples("good", 30, false);
    List<Sample> anomalous = samples("bad", 20, true);
    Split split = Split.random(normal, anomalous, 12, 5, 7, 3);
    assertThat(split.train()).hasSize(12).noneMatch(Sample::anomalous);
    assertThat(split.calibrate()).hasSize(10);
    assertThat(split.test()).hasSize(14);
    assertThat(split.test().stream().filter(Sample::anomalous)).hasSize(7);
    List<Sample> all = new ArrayList<>(split.train());
    all.addAll(split.calibrate());
    all.addAll(split.test());
    assertThat(all).doesNotHaveDuplicates();
    assertThat(Split.random(normal, anomalous, 12, 5, 7, 3)).isEqualTo(split);
    assertThat(Split.random(normal, anomalous, 12, 5, 7, 4)).isNotEqualTo(split);
  }

  @Test
  void aGivenTestListIsHalvedWithItsLabelsBalanced() {
    List<Sample> test = new ArrayList<>(samples("good", 9, false));
    test.addAll(samples("bad", 6, true));
    Split split = Split.of(samples("train", 11, false), test, 0.2, 0.5, 3);
    assertThat(split.train()).hasSize(2);
    assertThat(split.calibrate().stream().filter(Sample::anomalous)).hasSize(3);
    assertThat(split.test().stream().filter(Sample::anomalous)).hasSize(3);
    assertThat(split.calibrate()).hasSize(8).doesNotContainAnyElementsOf(split.test());
    assertThat(Split.of(samples("train", 11, false), test, 0.2, 0.5, 3)).isEqualTo(split);
    assertThatThrownBy(() -> Split.of(samples("train", 11, false), test, 0.2, 1, 3))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("--calibrate-fraction");
  }

  @Test
  void mvtecsLayoutHasItsMasksInAFolderOfTheSameName() throws IOException {
    for (String file :
        List.of(
            "cup/train/good/000.png",
            "cup/train/good/001.png",
            "cup/test/good/000.png",
            "cup/test/crack/000.png",
            "cup/test/stain/000.png",
            "cup/ground_truth/crack/000_mask.png")) {
      Path place = folder.resolve(file);
      Files.createDirectories(place.getParent());
      Files.createFile(place);
    }
    TrainTest lists = Mvtec.read(folder, "cup");
    assertThat(lists.train()).hasSize(2).noneMatch(Sample::anomalous);
    Path cup = folder.resolve("cup");
    assertThat(lists.test())
        .containsExactly(
            new Sample(
                cup.resolve("test/crack/000.png"),
                true,
                cup.resolve("ground_truth/crack/000_mask.png")),
            new Sample(cup.resolve("test/good/000.png"), false),
            new Sample(cup.resolve("test/stain/000.png"), true));
    assertThat(lists.test().get(2).hasPixelTruth()).isFalse();
    Files.createFile(cup.resolve("test/crack/001.png"));
    assertThatThrownBy(() -> Mvtec.read(folder, "cup"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("001.png: has no mask");
    assertThatThrownBy(() -> Mvtec.read(folder, "saucer"))
        .hasMessageContaining("saucer/train/good: there is no such folder");
  }

  @Test
  void tooFewSamplesSayHowManyAreWanted() {
    assertThatThrownBy(
            () -> Split.random(samples("good", 9, false), samples("bad", 4, true), 5, 2, 3, 1))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("good: the split wants 10 normal pictures, there are 9");
  }

  @Test
  void drawnConcreteIsTheSameForASeedAndDarkerWhereItCracks() {
    SyntheticConcrete.write(folder.resolve("one"), 2, 2, 5);
    SyntheticConcrete.write(folder.resolve("two"), 2, 2, 5);
    for (String kind : List.of(SyntheticConcrete.NORMAL, SyntheticConcrete.ANOMALOUS)) {
      Path first = folder.resolve("one").resolve(kind).resolve("001.png");
      Path second = folder.resolve("two").resolve(kind).resolve("001.png");
      assertThat(first).hasSameBinaryContentAs(second);
    }
    Pixels good =
        PictureReader.read(folder.resolve("one").resolve(SyntheticConcrete.NORMAL + "/000.png"));
    Pixels bad =
        PictureReader.read(folder.resolve("one").resolve(SyntheticConcrete.ANOMALOUS + "/000.png"));
    assertThat(darkPixels(bad)).isGreaterThan(darkPixels(good) + 200);
  }

  private static long darkPixels(Pixels picture) {
    return IntStream.range(0, picture.width() * picture.height())
        .filter(i -> picture.at(i % picture.width(), i / picture.width(), 0) < 90)
        .count();
  }

  private static List<Sample> samples(String folder, int count, boolean anomalous) {
    return IntStream.range(0, count)
        .mapToObj(i -> new Sample(Path.of(folder, i + ".png"), anomalous))
        .toList();
  }
}
