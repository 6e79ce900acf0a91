package kintsugi.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kintsugi.detector.Choices;
import kintsugi.detector.Methods;
import kintsugi.image.Mask;
import org.junit.jupiter.api.Test;

class DefectNotesTest {
  private final List<String> told = new ArrayList<>();

  private void evaluated(String resize, int side) {
    DefectNotes notes =
        new DefectNotes(
            told::add,
            Choices.with(Methods.recipe("patchcore"), Map.of("resize", resize, "crop", "same")));
    BufferedImage image = new BufferedImage(1800, 1200, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < side * side; i++) {
      image.getRaster().setSample(900 + i % side, 500 + i / side, 0, 255);
    }
    notes.add(Mask.of(image));
    notes.finish();
  }

  @Test
  void defectsOfAPatchAreNotMentioned() {
    evaluated("same", 8);
    evaluated("256x256", 60);
    new DefectNotes(told::add, Methods.recipe("patchcore")).finish();
    assertThat(told).isEmpty();
  }

  @Test
  void smallerOnesAreMentionedWithTheWayOut() {
    evaluated("256x256", 12);
    assertThat(told)
        .containsExactly(
            "the defects in the masks are 1.7 pixels wide in the network's input (median of 1),"
                + " where a patch of layer2 has 8, so that they may be missed; fit with 1200x800"
                + " (size) cut into tiles of 256 (tile) and the layers layer2,layer3 (taps)");
  }
}
