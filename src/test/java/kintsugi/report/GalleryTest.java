package kintsugi.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class GalleryTest {
  @Test
  void thePageKeepsItsBudgetAndWrongVerdictsStayLongest() {
    Gallery gallery = new Gallery(ReportImages.THUMBNAILS, 100, Path.of(""), 1000);
    Thumbnail thumbnail = new Thumbnail(new byte[70], new byte[20], new byte[10], List.of());
    for (int i = 0; i < 100; i++) {
      gallery.keep(i, i % 25 != 0, thumbnail);
    }
    // Ten of a hundred fit, and all four wrong ones are among them.
    assertThat(gallery.kept()).hasSize(10).contains(0, 25, 50, 75);
  }
}
