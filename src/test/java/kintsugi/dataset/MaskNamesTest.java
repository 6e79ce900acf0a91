package kintsugi.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kintsugi.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MaskNamesTest {
  private static final Path MASKS = Path.of("data", "masks");

  private static List<Path> paths(String... files) {
    return Stream.of(files).map(Path::of).toList();
  }

  private static Map<Path, Path> within(List<Path> images, String... masks) {
    return MaskNames.within(images, MASKS, Stream.of(masks).map(MASKS::resolve).toList());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "000_mask.png",
        "000_MASK.PNG",
        "000-mask.tif",
        "000_gt.png",
        "000_GT.bmp",
        "000_label.png",
        "000_Label.webp",
        "000_ground_truth.png",
        "000-ground-truth.gif",
        "000_GroundTruth.png",
        "000_seg.png",
        "000.mask.png",
        "000_masks.pgm",
        "000_segmentation.jpeg"
      })
  void aSuffixInAnyCaseLeadsToTheImage(String name) {
    assertThat(MaskNames.imageStem(Path.of("somewhere", name))).contains("000");
    List<Path> images = paths("bad/000.jpg", "bad/001.jpg");
    assertThat(within(images, name)).containsExactly(Map.entry(images.get(0), MASKS.resolve(name)));
    Path neighbour = Path.of("bad", name);
    assertThat(MaskNames.among(List.of(images.get(0), neighbour))).containsExactly(neighbour);
    assertThat(MaskNames.nextTo(images, List.of(neighbour)))
        .containsExactly(Map.entry(images.get(0), neighbour));
  }

  @ParameterizedTest
  @ValueSource(strings = {"000.png", "mask.png", "_mask.png", "unmask.png", "000_mask_2.png"})
  void otherNamesHaveNoSuffix(String name) {
    assertThat(MaskNames.imageStem(Path.of(name))).isEmpty();
  }

  @Test
  void onlyASuffixAfterTheNameOfAnImageInTheSameFolderMarksAMask() {
    assertThat(
            MaskNames.among(
                paths(
                    "a/Part1.jpg",
                    "a/Part1_label.bmp",
                    "a/part1_GT.png",
                    "a/Part2_label.bmp",
                    "b/Part2.jpg",
                    "b/bottle_label.jpg")))
        .containsExactlyElementsOf(paths("a/Part1_label.bmp", "a/part1_GT.png"));
  }

  @Test
  void aFolderForMasksMayHaveTheNameAlone() {
    List<Path> images = paths("bad/000.jpg", "bad/jar_label.jpg", "bad/jar.jpg");
    assertThat(within(images, "000.PNG", "jar.png", "jar_label.png"))
        .containsExactly(
            Map.entry(images.get(0), MASKS.resolve("000.PNG")),
            Map.entry(images.get(1), MASKS.resolve("jar_label.png")),
            Map.entry(images.get(2), MASKS.resolve("jar.png")));
    // There the name alone is that of the image.
    assertThat(within(images, "000.png", "000_mask.png"))
        .containsExactly(Map.entry(images.get(0), MASKS.resolve("000_mask.png")));
    // An image is not its own mask, wherever the masks are looked for.
    Path image = MASKS.resolve("000.png");
    assertThat(within(List.of(image), "000.png")).isEmpty();
    assertThat(within(List.of(image), "000.png", "000_mask.png"))
        .containsExactly(Map.entry(image, MASKS.resolve("000_mask.png")));
  }

  @Test
  void foldersOfOneNameDoNotShareMasks() {
    List<Path> images = paths("L1/crack/000.jpg", "L2/crack/000.jpg");
    assertThat(within(images, "L1/crack/000_mask.png", "L2/crack/000_mask.png"))
        .containsExactly(
            Map.entry(images.get(0), MASKS.resolve("L1/crack/000_mask.png")),
            Map.entry(images.get(1), MASKS.resolve("L2/crack/000_mask.png")));
    assertThat(within(images, "crack/000_mask.png", "L2/crack/000_mask.png"))
        .containsExactly(
            Map.entry(images.get(0), MASKS.resolve("crack/000_mask.png")),
            Map.entry(images.get(1), MASKS.resolve("L2/crack/000_mask.png")));
    assertThat(within(images, "hole/000_mask.png", "L3/crack/000_mask.png")).isEmpty();
    for (String shared : List.of("crack/000_mask.png", "000_mask.png", "000.png")) {
      assertThatThrownBy(() -> within(images, shared))
          .isInstanceOf(InputException.class)
          .hasMessageStartingWith(
              MASKS.resolve(shared)
                  + ": is the mask of two images, "
                  + images.get(0)
                  + " and "
                  + images.get(1)
                  + "; ");
    }
    assertThat(within(List.of(images.get(0), images.get(0)), "000.png")).hasSize(1);
  }

  @Test
  void imagesOfOneNameAndTwoExtensionsDoNotShareAMask() {
    List<Path> images = paths("bad/000.jpg", "bad/000.png");
    assertThatThrownBy(() -> within(images, "000_mask.png"))
        .hasMessageContaining(images.get(0) + " and " + images.get(1));
    assertThatThrownBy(() -> MaskNames.nextTo(images, paths("bad/000_mask.png")))
        .hasMessageContaining("is the mask of two images");
  }

  @Test
  void twoMasksOfOneImageAreNamed() {
    List<Path> images = paths("bad/000.jpg");
    assertThatThrownBy(() -> within(images, "000_mask.png", "000_gt.png"))
        .isInstanceOf(InputException.class)
        .hasMessage(
            images.get(0)
                + ": has two masks, "
                + MASKS.resolve("000_gt.png")
                + " and "
                + MASKS.resolve("000_mask.png")
                + "; leave one of them in the folder");
    assertThatThrownBy(() -> MaskNames.nextTo(images, paths("bad/000_gt.png", "bad/000_seg.png")))
        .hasMessageContaining("has two masks");
    assertThat(within(images, "bad/000_gt.png", "000_mask.png").values())
        .containsExactly(MASKS.resolve("bad/000_gt.png"));
  }

  @Test
  void namesThatDifferInCaseAreOne() {
    Path image = Path.of("bad", "IMG_1.JPG");
    assertThat(within(List.of(image), "img_1_mask.png")).containsKey(image);
  }
}
