package kintsugi.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import kintsugi.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegionFolderTest {
  private static final String TRIANGLE =
      "{\"width\":10,\"height\":10,\"include\":[[[0,0],[10,0],[10,10],[0,10]]],"
          + "\"exclude\":[[[0,0],[5,0],[5,10],[0,10]]]}";

  @TempDir private Path dir;

  private Path mask(String name, int pixels) throws IOException {
    BufferedImage image = new BufferedImage(10, 10, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < pixels; i++) {
      image.getRaster().setSample(i % 10, i / 10, 0, 255);
    }
    Path file = dir.resolve(name);
    Files.createDirectories(file.getParent());
    ImageIO.write(image, "png", file.toFile());
    return file;
  }

  private RegionFolder folder() {
    return new RegionFolder(dir, 1_000_000);
  }

  @Test
  void regionsAreFoundByTheNamesOfMasksAndAsPolygons() throws IOException {
    mask("a.png", 30);
    mask("inner/b_mask.png", 40);
    Files.writeString(dir.resolve("C.json"), TRIANGLE);
    Files.writeString(dir.resolve("readme.txt"), "not a region");
    assertThat(folder().interest(Path.of("images/a.jpg")).count()).isEqualTo(30);
    assertThat(folder().interest(Path.of("images/inner/b.jpg")).count()).isEqualTo(40);
    assertThat(folder().interest(Path.of("images/c.bmp")).count()).isEqualTo(50);
    assertThat(folder().notIgnored(Path.of("images/a.jpg")).orElseThrow().count()).isEqualTo(70);
  }

  @Test
  void anImageWithoutARegionOfInterestIsNamedAndOneWithoutAnIgnoredOneIsNot() throws IOException {
    mask("a.png", 30);
    assertThatThrownBy(() -> folder().interest(Path.of("images/z.jpg")))
        .isInstanceOf(InputException.class)
        .hasMessage(
            Path.of("images/z.jpg")
                + ": has no region in "
                + dir
                + "; add z.png or .json, or name one file for all images (roi)");
    assertThat(folder().notIgnored(Path.of("images/z.jpg"))).isEmpty();
  }

  @Test
  void emptyRegionsTwoRegionsAndFoldersWithoutAnyAreRefused() throws IOException {
    assertThatThrownBy(this::folder).hasMessageContaining("holds no masks and no polygons");
    mask("none.png", 0);
    mask("all.png", 100);
    mask("two.png", 10);
    Files.writeString(dir.resolve("two.json"), TRIANGLE);
    assertThatThrownBy(() -> folder().interest(Path.of("none.jpg")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("none.png: no pixel is in this region of interest");
    assertThatThrownBy(() -> folder().notIgnored(Path.of("all.jpg")))
        .hasMessageContaining("all.png: every pixel is in this region to be ignored");
    assertThat(folder().notIgnored(Path.of("none.jpg")).orElseThrow().count()).isEqualTo(100);
    assertThatThrownBy(() -> folder().interest(Path.of("two.jpg")))
        .hasMessageContaining("has two masks");
  }
}
