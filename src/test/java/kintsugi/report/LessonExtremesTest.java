package kintsugi.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import kintsugi.OutputFolder;
import kintsugi.image.ImageSource;
import kintsugi.lesson.LessonImages;
import kintsugi.lesson.Topic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The playable pages of one image, of equal images, and of images of one colour. */
class LessonExtremesTest extends PageFixture {
  /** Grey, with a dark bar where one is wanted. */
  private static ImageSource image(String name, boolean bar) {
    BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setColor(Color.GRAY);
    graphics.fillRect(0, 0, 64, 64);
    if (bar) {
      graphics.setColor(Color.BLACK);
      graphics.fillRect(20, 0, 4, 64);
    }
    graphics.dispose();
    return ImageSource.of(name, image);
  }

  private void open(String name, int count, boolean bar) {
    List<ImageSource> equal = Collections.nCopies(count, image("normal.png", false));
    open(
        name,
        new LessonImages(equal, List.of(), List.of(image("new.png", bar))),
        name + count + bar);
    assertThat(browser.find("#images").getText())
        .containsPattern(count == 1 ? "\\b1 normal image\\b" : "\\b" + count + " normal images\\b");
  }

  private void open(String name, LessonImages images, String page) {
    Topic topic = Topic.ALL.stream().filter(t -> t.name().equals(name)).findAny().orElseThrow();
    Path to = folder.resolve(page);
    try (OutputFolder out = LessonReport.open(to, topic, List.of())) {
      LessonReport.write(
          out, topic, "./kintsugi lesson " + name, topic.maker().of(kintsugi, images, 1));
    }
    browser.open(to.resolve(LessonReport.file(topic)));
  }

  private String said() {
    return browser.find("#said").getText();
  }

  private double read(String id) {
    return ((Number) browser.run("return Number(byId('" + id + "').dataset.value);")).doubleValue();
  }

  /** Sixteen equal images have each patch sixteen times, and a tenth of all is more than differ. */
  @ParameterizedTest
  @ValueSource(ints = {1, 16})
  void theNearestPatchesOfImagesOfOneColour(int count) {
    open("nearest", count, true);
    assertThat(said())
        .matches("The chosen patch scores \\S+, the maximum of the image's 1024 patches\\.");
    assertThat(read("distance")).isEqualTo(read("maximum")).isPositive();
    List<?> kept =
        (List<?>) browser.run("return banks.map(b => [b.count, new Set(b.patches).size]);");
    assertThat(kept).hasSize(3);
    assertThat(((Number) ((List<?>) kept.get(0)).get(0)).intValue()).isEqualTo(1024 * count);
    assertThat(((Number) ((List<?>) kept.get(1)).get(0)).intValue()).isBetween(102, 1024);
    for (int bank = 0; bank < 3; bank++) {
      turn("bank", bank);
      assertThat(read("weight")).isBetween(0.0, 1.0);
      assertThat(browser.all("#neighbours li")).hasSize(9);
    }
    browser.assertClean();
  }

  private void turn(String id, int value) {
    browser.run(
        "byId('%1$s').value = %2$d; byId('%1$s').dispatchEvent(new Event('input'));"
            .formatted(id, value));
  }

  @Test
  void noPatchIsFartherThanAnotherWhereTheImageIsAmongThoseOfTheBank() {
    open("nearest", 1, false);
    assertThat(said()).isEqualTo("The chosen patch scores 0, as every patch of the image does.");
    turn("bank", 2);
    browser.find("#farthest").click();
    assertThat(said()).endsWith(", the maximum of the image's 1024 patches.");
    browser.assertClean();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16})
  void theCoresetOfImagesOfOneColour(int count) {
    open("coreset", count, false);
    assertThat(said())
        .startsWith("500 patches of " + (count == 1 ? "1 image, " : "16 images, "))
        .endsWith("Both searches choose the same patches in the same order.");
    assertThat(read("bound")).isEqualTo(read("radius") / 2);
    List<?> radii = (List<?>) browser.run("return filmOf(numbers.first).radii.slice(1);");
    assertThat(radii).hasSize(100);
    assertThat(((Number) radii.getFirst()).doubleValue()).isPositive();
    double previous = Double.POSITIVE_INFINITY;
    for (Object radius : radii) {
      assertThat(((Number) radius).doubleValue()).isLessThanOrEqualTo(previous);
      previous = ((Number) radius).doubleValue();
    }
    browser.assertClean();
  }

  @Test
  void kernelsOnALineOfPatchesThatAllEqualTheMean() {
    open("kernels", 2, false);
    assertThat(read("enlarged")).isLessThan(1e-6);
    assertThat(browser.find("#value").getDomProperty("value")).isEqualTo("0");
    turn("value", 500);
    assertThat(browser.find("#value-value").getText()).isEqualTo("0.5");
    assertThat(read("mean")).isPositive();
    browser.assertClean();
    assertThatThrownBy(() -> open("kernels", 1, true))
        .hasMessageContaining("1 readable image cannot show what is normal");
  }

  /** Scores of 0, above which the next value is not a multiple of it. */
  @Test
  void thePromiseRejectsNoneOfEqualImages() {
    List<ImageSource> equal = Collections.nCopies(6, image("normal.png", false));
    List<ImageSource> two = Collections.nCopies(2, image("new.png", true));
    open("threshold", new LessonImages(equal, equal, two), "equal");
    browser.run("SETS.forEach(set => set.normal.fill(0));");
    turn("rate", 60);
    browser.find("#promise").click();
    assertThat(read("fp")).isZero();
    assertThat(read("tp")).isEqualTo(1);
    browser.assertClean();
  }
}
