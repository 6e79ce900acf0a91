package kintsugi.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import kintsugi.OutputFolder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GalleryTest {
  @Test
  void thePageKeepsItsBudgetAndWhatIsWorthMostStaysLongest(@TempDir Path folder) {
    try (OutputFolder out = OutputFolder.of(folder, "evaluate", List.of())) {
      Gallery gallery = new Gallery(ReportImages.THUMBNAILS, 100, out, 1000);
      Thumbnail thumbnail =
          new Thumbnail(new byte[70], new byte[20], new byte[10], List.of(), 1, 1);
      for (int i = 0; i < 100; i++) {
        gallery.keep(i, i % 25 == 0 ? 2 : i % 2, thumbnail);
      }
      // Ten of a hundred fit, and the four that are worth most are among them.
      assertThat(gallery.kept()).hasSize(10).contains(0, 25, 50, 75);
    }
  }
}
