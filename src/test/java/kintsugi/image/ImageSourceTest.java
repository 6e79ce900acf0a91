package kintsugi.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import kintsugi.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ImageSourceTest {
  private static final Pixels PIXELS = new Pixels(2, 1, new byte[] {1, 2, 3, 4, 5, 6});

  @TempDir Path folder;

  @Test
  void everyKindOfSourceReadsTheSamePixels() throws IOException {
    byte[] png = png();
    Path file = Files.write(folder.resolve("a.png"), png);
    List<ImageSource> sources =
        List.of(
            ImageSource.of(file),
            ImageSource.of("a", png),
            ImageSource.of("a", PIXELS.toImage()),
            ImageSource.of("a", PIXELS),
            ImageSource.of(png),
            ImageSource.of(PIXELS.toImage()),
            ImageSource.of(PIXELS));
    for (ImageSource source : sources) {
      assertThat(source.read().width()).isEqualTo(2);
      assertThat(source.read().rgb()).as(source.name()).isEqualTo(PIXELS.rgb());
    }
    assertThat(sources)
        .extracting(ImageSource::name)
        .containsExactly(
            file.toString(),
            "a",
            "a",
            "a",
            "image in memory",
            "image in memory",
            "image in memory");
    assertThat(sources.getFirst().file()).contains(file);
    assertThat(sources.subList(1, 7)).allMatch(source -> source.file().isEmpty());
  }

  @Test
  void theKeyOfAFileIsThatOfItsBytesAndTheKeyOfPixelsThatOfTheirValues() throws IOException {
    byte[] png = png();
    Path file = Files.write(folder.resolve("a.png"), png);
    ImageKey key = ImageSource.of(file).key(Decoding.DEFAULT);
    assertThat(key.width()).isEqualTo(2);
    assertThat(key.height()).isEqualTo(1);
    assertThat(ImageSource.of("b", png).key(Decoding.DEFAULT)).isEqualTo(key);
    ImageKey pixels = ImageSource.of(PIXELS).key(Decoding.DEFAULT);
    assertThat(ImageSource.of("c", PIXELS.toImage()).key(Decoding.DEFAULT)).isEqualTo(pixels);
    Pixels turned = new Pixels(1, 2, PIXELS.rgb());
    assertThat(ImageSource.of(turned).key(Decoding.DEFAULT).hash()).isNotEqualTo(pixels.hash());
  }

  /** It has no end. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void aDeviceIsNotRead() {
    assertThatThrownBy(() -> ImageSource.of(Path.of("/dev/zero")).read())
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("/dev/zero: is a device or a pipe");
  }

  @Test
  void aSourceThatCannotBeReadIsNamed() throws IOException {
    Path missing = folder.resolve("missing.png");
    assertThatThrownBy(() -> ImageSource.of(missing).read())
        .isInstanceOf(InputException.class)
        .hasMessage(missing + ": there is no such file; check the name");
    assertThatThrownBy(() -> ImageSource.of(folder).read())
        .isInstanceOf(InputException.class)
        .hasMessage(folder + ": is a folder; name an image");
    byte[] png = png();
    byte[] cut = java.util.Arrays.copyOf(png, png.length / 2);
    for (byte[] bytes : new byte[][] {{}, {1, 2, 3}, cut}) {
      assertThatThrownBy(() -> ImageSource.of("camera 1", bytes).read())
          .isInstanceOf(InputException.class)
          .hasMessageStartingWith("camera 1: cannot be read as an image (");
    }
  }

  private static byte[] png() throws IOException {
    BufferedImage image = PIXELS.toImage();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }
}
