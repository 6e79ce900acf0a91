package kintsugi.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kintsugi.dataset.Sample;
import kintsugi.image.Mask;
import org.junit.jupiter.api.Test;

class MaskNotesTest {
  private final List<String> told = new ArrayList<>();
  private final MaskNotes notes = new MaskNotes(told::add);

  private static Sample sample(String name, boolean masked) {
    return new Sample(Path.of(name), true, "bad", masked ? Path.of(name + "_mask") : null);
  }

  private static Mask mask(int... values) {
    BufferedImage image = new BufferedImage(values.length, 1, BufferedImage.TYPE_BYTE_GRAY);
    for (int x = 0; x < values.length; x++) {
      image.getRaster().setSample(x, 0, 0, values[x]);
    }
    return Mask.of(image);
  }

  @Test
  void masksThatSayWhatIsNeededAreNotMentioned() {
    notes.add(sample("a", true), mask(0, 1));
    notes.finish(List.of(sample("a", true), Sample.normal(Path.of("b"))));
    notes.finish(List.of(sample("a", false), Sample.normal(Path.of("b"))));
    assertThat(told).isEmpty();
  }

  @Test
  void eachKindIsOneLineWithACountAndThreeNames() {
    for (String name : List.of("a", "b", "c", "d", "e")) {
      notes.add(sample(name, true), mask(0, 0));
    }
    notes.add(sample("f", true), mask(7));
    notes.add(sample("g", true), mask(0, 50, 100, 200, 255));
    notes.addUnreadable(Path.of("h_mask"));
    notes.finish(List.of(sample("a", true), sample("i", false), sample("j", false)));
    assertThat(told)
        .containsExactly(
            "1 mask is soft or lossy; pixels above half of the range are taken: g_mask",
            "5 anomalous images have a mask in which no pixel is anomalous: a, b, c and 2 more",
            "1 anomalous image has a mask in which every pixel is anomalous: f",
            "1 mask was left out because unreadable: h_mask",
            "2 anomalous images have no mask, so there are no pixel figures: i, j");
  }
}
