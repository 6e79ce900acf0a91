package kintsugi.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kintsugi.InputException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MaskFolderTest {
  private static final Path CASES = Path.of("src/test/resources/cases");

  @TempDir private Path folder;
  private Path bad;
  private Path masks;

  @BeforeEach
  void oneAnomalousImage() throws IOException {
    bad = Files.createDirectories(folder.resolve("bad"));
    masks = Files.createDirectories(folder.resolve("masks"));
    create("bad/a1.jpg");
  }

  private Path create(String file) throws IOException {
    Path place = folder.resolve(file);
    Files.createDirectories(place.getParent());
    return Files.createFile(place);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a1.png",
        "a1_MASK.PNG",
        "a1_gt.png",
        "a1_label.tif",
        "a1_GT.bmp",
        "bad/A1-seg.gif"
      })
  void aMaskIsFoundByAnyOfItsNames(String name) throws IOException {
    create("masks/.hidden/a1_mask.png");
    create("masks/._a1_mask.png");
    create("masks/a1_mask.txt");
    create("masks/other/a1_mask.png");
    Path mask = create("masks/" + name);
    assertThat(ImageFolder.masked(bad, masks))
        .containsExactly(new Sample(bad.resolve("a1.jpg"), true, "bad", mask));
  }

  @Test
  void theMaskInUpperCaseOfTheCaseIsFound() {
    Path names = CASES.resolve("20-mask-names");
    assertThat(ImageFolder.masked(names.resolve("a"), names.resolve("masks_upper")))
        .extracting(Sample::mask)
        .containsExactly(names.resolve("masks_upper/a1_MASK.PNG"));
  }

  @Test
  void twoFoldersOfOneNameDoNotShareAMask() throws IOException {
    Path place = CASES.resolve("27-two-folders-of-one-name-share-masks");
    List<Path> folders = List.of(place.resolve("L1/crack"), place.resolve("L2/crack"));
    assertThatThrownBy(() -> ImageFolder.masked(folders, place.resolve("Lm")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("Lm/crack/000_mask.png: is the mask of two images")
        .hasMessageContaining("L1/crack/000.jpg")
        .hasMessageContaining("L2/crack/000.jpg");
    Path first = create("bad/L1/crack/000.jpg");
    Path second = create("bad/L2/crack/000.jpg");
    Path firstMask = create("masks/L1/crack/000_mask.png");
    Path secondMask = create("masks/L2/crack/000_mask.png");
    assertThat(ImageFolder.masked(List.of(first.getParent(), second.getParent()), masks))
        .extracting(Sample::mask)
        .containsExactly(firstMask, secondMask);
  }

  @Test
  void imagesThatDifferInTheirExtensionDoNotShareAMask() throws IOException {
    create("bad/a1.png");
    create("masks/a1_mask.png");
    assertThatThrownBy(() -> ImageFolder.masked(bad, masks))
        .hasMessageContaining(bad.resolve("a1.jpg") + " and " + bad.resolve("a1.png"));
  }

  @Test
  void aMissingMaskAndASecondOneAreNamed() throws IOException {
    create("masks/a2_mask.png");
    assertThatThrownBy(() -> ImageFolder.masked(bad, masks))
        .isInstanceOf(InputException.class)
        .hasMessage(
            bad.resolve("a1.jpg")
                + ": has no mask in "
                + masks
                + "; add a1_mask.png, or leave the masks out (masks)");
    create("masks/a1_mask.png");
    create("masks/a1_gt.png");
    assertThatThrownBy(() -> ImageFolder.masked(bad, masks)).hasMessageContaining("has two masks");
    assertThatThrownBy(() -> ImageFolder.masked(bad, folder.resolve("nowhere")))
        .hasMessageContaining("nowhere: there is no such folder");
  }

  @Test
  void masksNextToAnomalousImagesAreUsedAndNeverLearnt() throws IOException {
    Path mask = create("bad/a1_label.bmp");
    create("bad/a2.jpg");
    List<String> told = new ArrayList<>();
    assertThat(ImageFolder.samples(bad, Role.TEST_ANOMALOUS, told::add))
        .containsExactly(
            new Sample(bad.resolve("a1.jpg"), true, "bad", mask),
            new Sample(bad.resolve("a2.jpg"), true, "bad", null));
    assertThat(told)
        .containsExactly(
            bad + ": the masks next to 1 of 2 images are used to test, such as a1_label.bmp");
    assertThat(ImageFolder.samples(bad, Role.CALIBRATE_ANOMALOUS, told::add))
        .extracting(Sample::mask)
        .containsOnlyNulls();
    assertThat(ImageFolder.samples(bad, Role.TRAIN, told::add))
        .extracting(Sample::file)
        .containsExactly(bad.resolve("a1.jpg"), bad.resolve("a2.jpg"));
    // A folder that is named for them comes first, and two next to one image are then no matter.
    create("bad/a1_GT.png");
    create("masks/a2.png");
    Path own = create("masks/a1.png");
    told.clear();
    assertThat(ImageFolder.masked(List.of(bad), masks, told::add))
        .extracting(Sample::mask)
        .contains(own);
    assertThat(told)
        .containsExactly(
            masks
                + ": holds the masks that are used; left out 2 next to the images: a1_GT.png,"
                + " a1_label.bmp");
    assertThatThrownBy(() -> ImageFolder.samples(bad, Role.TEST_ANOMALOUS, told::add))
        .hasMessageContaining("has two masks");
  }

  @Test
  void masksNextToImagesInFoldersStayWithTheirs() throws IOException {
    create("deep/L1/000.jpg");
    create("deep/L2/000.jpg");
    Path first = create("deep/L1/000_mask.png");
    Path second = create("deep/L2/000-gt.png");
    assertThat(ImageFolder.samples(folder.resolve("deep"), Role.TEST_ANOMALOUS, line -> {}))
        .extracting(Sample::mask)
        .containsExactly(first, second);
  }

  @Test
  void theGoodPartsOfTheCaseAreLearntWithoutTheirMasks() {
    Path kol = CASES.resolve("19-masks-beside-pictures-are-learnt/kol");
    List<String> told = new ArrayList<>();
    assertThat(ImageFolder.samples(kol, Role.TRAIN, told::add))
        .extracting(sample -> sample.file().getFileName().toString())
        .containsExactly("Part1.jpg", "Part2.jpg");
    assertThat(told)
        .containsExactly(
            kol + ": left out 2 masks next to their images: Part1_label.bmp, Part2_label.bmp");
  }

  @Test
  void imagesThatDifferOnlyInTheirExtensionAreToldOf() throws IOException {
    create("bad/a1.PNG");
    create("bad/b.jpg");
    List<String> told = new ArrayList<>();
    assertThat(ImageFolder.list(bad, told::add)).hasSize(3);
    assertThat(told)
        .containsExactly(
            bad
                + ": images that differ only in their extension are all used; move those that are"
                + " masks to a folder of their own: a1.PNG, a1.jpg");
  }

  @Test
  void aLinkBackToTheMasksIsFollowedOnce() throws IOException {
    Path mask = create("masks/a1_mask.png");
    Files.createSymbolicLink(masks.resolve("bad"), masks);
    assertThat(ImageFolder.masked(bad, masks)).extracting(Sample::mask).containsExactly(mask);
  }
}
