package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import kintsugi.backbone.ResNet;
import kintsugi.engine.Parallel;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.image.Decoding;
import kintsugi.image.ImageSource;
import kintsugi.padim.PadimRecipe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Images of 12 bits in 16-bit files are noticed over a whole set, and read right where asked. */
class ImageNotesTest {
  private static final int SIDE = 64;

  private final Parallel parallel = new Parallel(1);
  private final List<String> notices = new ArrayList<>();

  private final Session session =
      new Session(
          new VectorEngine(parallel),
          parallel,
          ResNet.randomWeights(1),
          new Session.Options(
              Progress.SILENT,
              false,
              Long.MAX_VALUE,
              Decoding.DEFAULT_MAX_PIXELS,
              () -> false,
              notices::add));

  @AfterEach
  void close() {
    parallel.close();
  }

  /** Eight bits of noise, shifted up. */
  private static ImageSource image(int seed, int type, int shift) {
    BufferedImage image = new BufferedImage(SIDE, SIDE, type);
    for (int i = 0; i < SIDE * SIDE; i++) {
      int value = (i * 31 + i / SIDE * 17) * (seed + 3) % 251;
      image.getRaster().setSample(i % SIDE, i / SIDE, 0, value << shift);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", out);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return ImageSource.of("image " + seed, out.toByteArray());
  }

  private static List<ImageSource> images(int type, int shift) {
    return List.of(image(0, type, shift), image(1, type, shift), image(2, type, shift));
  }

  private Model fitted(List<ImageSource> images, String depth) {
    Map<String, Object> choices =
        Map.of("resize", "64x64", "crop", "same", "channels", 10, "bit_depth", depth);
    Fit fit = Methods.named("padim").fit(session, Choices.with(PadimRecipe.MATLAB, choices), 1);
    fit.add(images);
    return fit.finish();
  }

  @Test
  void aSetOfTwelveBitsIsNoticedOnce() {
    fitted(images(BufferedImage.TYPE_USHORT_GRAY, 4), "file");
    assertThat(notices)
        .singleElement()
        .asString()
        .startsWith("the 16-bit images have no value above 4095")
        .endsWith("if their depth is 12 bits, fit with that depth (bit-depth)");
  }

  @Test
  void oneBrightImageOfTheSetEndsTheSuspicion() {
    List<ImageSource> images = new ArrayList<>(images(BufferedImage.TYPE_USHORT_GRAY, 4));
    images.add(image(3, BufferedImage.TYPE_USHORT_GRAY, 8));
    fitted(images, "file");
    assertThat(notices).isEmpty();
  }

  @Test
  void withTheChoiceTheScoresAreThoseOfEightBits() {
    Model deep = fitted(images(BufferedImage.TYPE_USHORT_GRAY, 4), "12");
    Model plain = fitted(images(BufferedImage.TYPE_BYTE_GRAY, 0), "file");
    assertThat(notices).isEmpty();
    Scored actual = deep.detector().score(image(7, BufferedImage.TYPE_USHORT_GRAY, 4));
    Scored expected = plain.detector().score(image(7, BufferedImage.TYPE_BYTE_GRAY, 0));
    assertThat(actual.map().data()).isEqualTo(expected.map().data());
  }

  @Test
  void aModelOfEightBitsNoticesTwelveWhenItScores() {
    Model plain = fitted(images(BufferedImage.TYPE_BYTE_GRAY, 0), "file");
    plain.detector().score(images(BufferedImage.TYPE_USHORT_GRAY, 4), "predict").toList();
    plain.detector().score(image(4, BufferedImage.TYPE_USHORT_GRAY, 4));
    assertThat(notices).singleElement().asString().contains("4095");
  }
}
