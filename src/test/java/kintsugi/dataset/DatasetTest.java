package kintsugi.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.dataset.Split.Amount;
import kintsugi.image.ImageDecoder;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetTest {
  @TempDir Path folder;

  @Test
  void imagesAreListedByNameAndNothingElse() throws IOException {
    for (String name : List.of("b.JPG", "a.png", "c.jpeg", "notes.txt", ".hidden.png")) {
      Files.createFile(folder.resolve(name));
    }
    Files.createDirectory(folder.resolve("d.png"));
    assertThat(ImageFolder.list(folder))
        .extracting(file -> file.getFileName().toString())
        .containsExactly("a.png", "b.JPG", "c.jpeg");
  }

  @Test
  void missingAndEmptyFoldersAreNamed() throws IOException {
    Path missing = folder.resolve("nowhere");
    assertThatThrownBy(() -> ImageFolder.list(missing))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(missing + ": there is no such folder");
    assertThatThrownBy(() -> ImageFolder.list(folder))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(folder + ": holds no images");
    Path file = Files.createFile(folder.resolve("a.png"));
    assertThatThrownBy(() -> ImageFolder.list(file)).hasMessageContaining("is not a folder");
  }

  private static Split draw(DataSet set, double train, double calibrate, double test, long seed) {
    return Split.of(set, amount(train), amount(calibrate), amount(test), seed);
  }

  /** Up to 1 a fraction. */
  private static Amount amount(double value) {
    return value <= 1 ? Amount.fraction(value) : Amount.count((int) value);
  }

  private static DataSet open(int normal, int anomalous) {
    List<Sample> samples = new ArrayList<>(samples("good", normal, false));
    samples.addAll(samples("bad", anomalous, true));
    return DataSet.open(samples);
  }

  @Test
  void noSampleIsInTwoSubsetsAndASeedFixesTheDraw() {
    DataSet set = open(30, 20);
    Split split = draw(set, 12, 5, 7, 3);
    assertThat(split.train()).hasSize(12).noneMatch(Sample::anomalous);
    assertThat(split.calibrate()).hasSize(10);
    assertThat(split.test()).hasSize(14);
    assertThat(split.test().stream().filter(Sample::anomalous)).hasSize(7);
    List<Sample> all = new ArrayList<>(split.train());
    all.addAll(split.calibrate());
    all.addAll(split.test());
    assertThat(all).doesNotHaveDuplicates();
    assertThat(draw(set, 12, 5, 7, 3)).isEqualTo(split);
    assertThat(draw(set, 12, 5, 7, 4)).isNotEqualTo(split);
  }

  @Test
  void fractionsAreOfWhatIsLeft() {
    Split split = draw(open(30, 20), 0.6, 0.25, 1, 3);
    assertThat(split.train()).hasSize(18);
    assertThat(split.calibrate()).hasSize(3 + 5);
    assertThat(split.test()).hasSize(9 + 15);
  }

  @Test
  void everySubsetHasItsPartOfEachClassOfDefect() {
    List<Sample> samples = new ArrayList<>(samples("good", 20, false));
    samples.addAll(samples("bad", 30, true));
    for (int i = 0; i < 10; i++) {
      samples.add(new Sample(Path.of("rare", i + ".png"), true, "rare", null));
    }
    for (long seed = 0; seed < 20; seed++) {
      Split split = draw(DataSet.open(samples), 5, 8, 7, seed);
      assertThat(split.calibrate()).filteredOn(s -> s.label().equals("rare")).hasSize(2);
      assertThat(split.calibrate()).filteredOn(s -> s.label().equals("bad")).hasSize(6);
      assertThat(split.test()).filteredOn(s -> s.label().equals("rare")).hasSizeBetween(1, 3);
    }
  }

  @Test
  void groupsStayInOneSubset() {
    List<Sample> samples = new ArrayList<>();
    for (int photo = 0; photo < 12; photo++) {
      for (int patch = 0; patch < 5; patch++) {
        Path file = Path.of("photo" + photo + "_" + patch + ".png");
        samples.add(patch < 3 ? Sample.normal(file) : new Sample(file, true, "crack", null));
      }
    }
    DataSet set = DataSet.open(samples).groupedBy(Pattern.compile("(photo\\d+)_"));
    Split split = draw(set, 10, 4, 5, 1);
    assertThat(split.train()).hasSize(10);
    assertThat(split.calibrate()).hasSize(8);
    assertThat(split.test()).hasSize(10);
    assertApart(split);
    // Ungrouped the same draw has patches of one photograph in two subsets.
    Split ungrouped = draw(DataSet.open(samples), 10, 4, 5, 1);
    assertThat(ungrouped.test()).extracting(Sample::group).doesNotHaveDuplicates();
    assertThat(photos(ungrouped.train())).containsAnyElementsOf(photos(ungrouped.test()));
    assertThatThrownBy(() -> draw(set, 10, 12, 20, 1))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("of those left");
  }

  @Test
  void aTrainingListGivesUpTheGroupsThatAreTested() {
    List<Sample> train = new ArrayList<>();
    List<Sample> test = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      train.add(Sample.normal(Path.of("t" + i + "_a.png")));
      test.add(Sample.normal(Path.of("t" + (i + 4) + "_b.png")));
      test.add(new Sample(Path.of("t" + (i + 4) + "_c.png"), true, "crack", null));
    }
    DataSet set = DataSet.given(train, test).groupedBy(Pattern.compile("t\\d+"));
    Split split = draw(set, 1, 0.5, 1, 1);
    assertThat(split.train()).hasSize(4);
    assertThat(split.calibrate()).hasSize(6);
    assertThat(split.test()).hasSize(6);
    assertApart(split);
  }

  private static void assertApart(Split split) {
    List<Set<String>> subsets =
        Stream.of(split.train(), split.calibrate(), split.test())
            .map(subset -> subset.stream().map(Sample::group).collect(Collectors.toSet()))
            .toList();
    assertThat(subsets.get(0)).doesNotContainAnyElementsOf(subsets.get(1));
    assertThat(subsets.get(0)).doesNotContainAnyElementsOf(subsets.get(2));
    assertThat(subsets.get(1)).doesNotContainAnyElementsOf(subsets.get(2));
  }

  private static List<String> photos(List<Sample> samples) {
    return samples.stream().map(s -> s.file().toString().replaceFirst("_.*", "")).toList();
  }

  @Test
  void aGivenTestListIsHalvedWithItsLabelsBalanced() {
    List<Sample> test = new ArrayList<>(samples("good", 9, false));
    test.addAll(samples("bad", 6, true));
    DataSet set = DataSet.given(samples("train", 11, false), test);
    Split split = draw(set, 0.2, 0.5, 1, 3);
    assertThat(split.train()).hasSize(2);
    assertThat(split.calibrate().stream().filter(Sample::anomalous)).hasSize(3);
    assertThat(split.test().stream().filter(Sample::anomalous)).hasSize(3);
    assertThat(split.calibrate()).hasSize(8).doesNotContainAnyElementsOf(split.test());
    assertThat(draw(set, 0.2, 0.5, 1, 3)).isEqualTo(split);
    assertThatThrownBy(() -> draw(set, 0.2, 1, 1, 3))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(
            "of 20 normal and 6 anomalous images", "training (train), calibration (calibrate)");
  }

  @Test
  void identicalFilesInTwoSubsetsAreFound() throws IOException {
    List<Sample> samples = new ArrayList<>();
    for (String text : List.of("one", "two", "one", "six", "four", "six")) {
      Path file = folder.resolve(samples.size() + ".png");
      samples.add(Sample.normal(Files.writeString(file, text)));
    }
    // 0 and 2 are in two subsets, 3 and 5 in one; a missing file is not a duplicate.
    List<Sample> test = new ArrayList<>(List.of(samples.get(1), samples.get(2)));
    test.add(Sample.normal(folder.resolve("none.png")));
    Split split = new Split(samples.subList(0, 1), List.of(samples.get(3), samples.get(5)), test);
    assertThat(Duplicates.across(split))
        .containsExactly(List.of(samples.get(0).file(), samples.get(2).file()));
  }

  @Test
  void tooFewSamplesSayHowManyAreNeeded() {
    assertThatThrownBy(() -> draw(open(9, 4), 5, 2, 3, 1))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("needs 3 normal images, of those left 2 can be used; lower");
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
        ImageDecoder.read(folder.resolve("one").resolve(SyntheticConcrete.NORMAL + "/000.png"));
    Pixels bad =
        ImageDecoder.read(folder.resolve("one").resolve(SyntheticConcrete.ANOMALOUS + "/000.png"));
    assertThat(darkPixels(bad)).isGreaterThan(darkPixels(good) + 200);
    List<ImageSource> drawn = SyntheticConcrete.draw(2, 2, 5);
    assertThat(drawn).hasSize(4);
    assertThat(drawn.get(0).read().rgb()).isEqualTo(good.rgb());
    assertThat(drawn.get(2).read().rgb()).isEqualTo(bad.rgb());
  }

  private static long darkPixels(Pixels image) {
    return IntStream.range(0, image.width() * image.height())
        .filter(i -> image.at(i % image.width(), i / image.width(), 0) < 90)
        .count();
  }

  private static List<Sample> samples(String folder, int count, boolean anomalous) {
    return IntStream.range(0, count)
        .mapToObj(i -> Path.of(folder, i + ".png"))
        .map(file -> anomalous ? new Sample(file, true, folder, null) : Sample.normal(file))
        .toList();
  }
}
