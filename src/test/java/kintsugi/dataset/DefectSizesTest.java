package kintsugi.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.OptionalInt;
import kintsugi.image.Mask;
import org.junit.jupiter.api.Test;

class DefectSizesTest {

  /** A mask with rectangles, each its column, row, width and height. */
  private static Mask mask(int width, int height, int[]... boxes) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    for (int[] box : boxes) {
      for (int i = 0; i < box[2] * box[3]; i++) {
        image.getRaster().setSample(box[0] + i % box[2], box[1] + i / box[2], 0, 255);
      }
    }
    return Mask.of(image);
  }

  @Test
  void aDefectIsARegionAndItsSizeTheShorterSide() {
    DefectSizes sizes = new DefectSizes();
    sizes.add(mask(100, 80, new int[] {3, 4, 30, 2}, new int[] {90, 60, 5, 20}));
    sizes.add(mask(100, 80, new int[] {50, 50, 9, 9}));
    sizes.add(mask(100, 80));
    assertThat(sizes.count()).isEqualTo(3);
    assertThat(sizes.median()).isEqualTo(5);
  }

  @Test
  void theInputShowsTheDefectsAtLeastAsAPatch() {
    assertThat(proposal(6000, 4000, 12))
        .isEqualTo(
            new DefectSizes.Proposal(4000, 2667, OptionalInt.of(256), List.of("layer2", "layer3")));
    assertThat(proposal(6000, 4000, 400))
        .isEqualTo(
            new DefectSizes.Proposal(384, 256, OptionalInt.empty(), List.of("layer2", "layer3")));
    assertThat(proposal(600, 400, 12))
        .isEqualTo(
            new DefectSizes.Proposal(400, 267, OptionalInt.empty(), List.of("layer2", "layer3")));
    assertThat(proposal(600, 400, 3))
        .isEqualTo(
            new DefectSizes.Proposal(600, 400, OptionalInt.empty(), List.of("layer1", "layer2")));
    assertThatThrownBy(() -> new DefectSizes().proposal())
        .isInstanceOf(IllegalStateException.class);
  }

  private static DefectSizes.Proposal proposal(int width, int height, int side) {
    DefectSizes sizes = new DefectSizes();
    sizes.add(mask(width, height, new int[] {5, 7, side, side}));
    return sizes.proposal();
  }
}
