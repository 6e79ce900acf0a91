package kintsugi.learn;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import kintsugi.Kintsugi;
import kintsugi.backbone.ResNet;
import kintsugi.dataset.Sample;
import kintsugi.image.Decoding;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first look at images. */
class SurveyTest {
  @TempDir Path folder;

  private static Kintsugi kintsugi;

  @BeforeAll
  static void open() {
    kintsugi = Kintsugi.builder().threads(2).weights(ResNet.randomWeights(1)).open();
  }

  @AfterAll
  static void close() {
    kintsugi.close();
    // A session keeps its weights and what it made of them, and all tests run in one process.
    kintsugi = null;
  }

  /** A part with random marks, shifted. */
  private static BufferedImage part(int width, int height, int shift, long marks, boolean grey) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D drawing = image.createGraphics();
    drawing.setColor(grey ? Color.GRAY : new Color(90, 140, 60));
    drawing.fillRect(0, 0, width, height);
    Random fixed = new Random(5);
    for (int i = 0; i < 60; i++) {
      int level = fixed.nextInt(256);
      drawing.setColor(new Color(level, level, level));
      drawing.fillRect(
          shift + fixed.nextInt(width), fixed.nextInt(height), 3 + fixed.nextInt(9), 5);
    }
    Random own = new Random(marks);
    for (int i = 0; i < 25; i++) {
      int level = own.nextInt(256);
      drawing.setColor(new Color(level, level, level));
      drawing.fillRect(own.nextInt(width), own.nextInt(height), 4, 4);
    }
    drawing.dispose();
    return image;
  }

  private static BufferedImage blurred(BufferedImage image) {
    BufferedImage small = new BufferedImage(12, 12, BufferedImage.TYPE_INT_RGB);
    small.createGraphics().drawImage(image, 0, 0, 12, 12, null);
    BufferedImage large =
        new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
    Graphics2D drawing = large.createGraphics();
    drawing.setRenderingHint(
        java.awt.RenderingHints.KEY_INTERPOLATION,
        java.awt.RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    drawing.drawImage(small, 0, 0, image.getWidth(), image.getHeight(), null);
    return large;
  }

  private Survey survey(List<BufferedImage> images) throws IOException {
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      Path file = folder.resolve(String.format("%02d.png", i));
      ImageIO.write(images.get(i), "png", file.toFile());
      samples.add(Sample.normal(file));
    }
    return Survey.of(Survey.look(kintsugi.session(), samples), Decoding.DEFAULT);
  }

  private static List<BufferedImage> parts(int count, int shift) {
    List<BufferedImage> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      parts.add(part(120, 90, i * shift, i, false));
    }
    return parts;
  }

  @Test
  void imagesOfOneKindHaveNothingToWarnOf() throws IOException {
    Survey survey = survey(parts(10, 0));
    assertThat(survey.lines())
        .containsExactly(
            "10 images of 120x90",
            "colour, 8 bits",
            "no image is there twice",
            "the images show one view, shifted by 0 pixels in the median and 0 at most");
    assertThat(survey.warnings()).isEmpty();
    assertThat(survey.width()).isEqualTo(120);
    assertThat(survey.height()).isEqualTo(90);
  }

  @Test
  void shiftedImagesAreMeasured() throws IOException {
    assertThat(survey(parts(6, 4)).lines().getLast())
        .matches(
            "the images show one view, shifted by \\d+ pixels .* a fit that aligns them may be better");
  }

  @Test
  void anImageThatIsThereTwiceAndABlurredOneAreNamed() throws IOException {
    List<BufferedImage> parts = parts(10, 0);
    parts.add(part(120, 90, 0, 3, false));
    parts.add(blurred(part(120, 90, 0, 77, false)));
    Survey survey = survey(parts);
    assertThat(survey.images()).isEqualTo(12);
    assertThat(survey.warnings()).hasSize(2);
    assertThat(survey.warnings().getFirst())
        .startsWith("1 image repeats another one exactly")
        .containsAnyOf("03.png", "10.png");
    assertThat(survey.warnings().getLast())
        .startsWith("1 image is much less sharp")
        .contains("11.png");
  }

  @Test
  void severalSizesGreyImagesAndConstantEdgesAreSaid() throws IOException {
    List<BufferedImage> images = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      BufferedImage image = part(100 + 20 * i, 80, 0, i, true);
      Graphics2D drawing = image.createGraphics();
      drawing.setColor(Color.BLACK);
      drawing.fillRect(0, 0, image.getWidth(), 8);
      drawing.dispose();
      images.add(image);
    }
    Survey survey = survey(images);
    assertThat(survey.lines())
        .anyMatch(line -> line.startsWith("4 images of 4 sizes, 100x80 to 160x80"))
        .anyMatch(line -> line.equals("grey, 8 bits"))
        .anyMatch(line -> line.startsWith("4 of 4 images have an edge of one colour, up to 10 %"));
  }

  @Test
  void theOrderOfTheFilesChangesNothing() throws IOException {
    Survey first = survey(parts(9, 0));
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    assertThat(survey(parts(9, 0).reversed())).isEqualTo(first);
  }
}
