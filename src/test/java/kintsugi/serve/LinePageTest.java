package kintsugi.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import tools.jackson.databind.JsonNode;

/** The server's page in a real browser: what a person does with it, and what becomes of it. */
class LinePageTest extends LinePageFixture {
  @BeforeEach
  void openPage() throws IOException {
    serve(Server.Options.LOCAL, 64);
    open();
  }

  @Test
  void anUploadedImageShowsItsVerdictHeatMapAndRegionsAtOnce() throws Exception {
    browser.assertAccessible("line-empty");
    upload(anomalous.getFirst());
    JsonNode answer = last();
    assertThat(text("#answer .verdict b")).endsWithIgnoringCase(answer.get("verdict").asString());
    assertThat(text("#answer"))
        .containsIgnoringCase(answer.get("sentence").asString())
        .contains(anomalous.getFirst().getFileName().toString());
    int regions = answer.get("regions").size();
    assertThat(regions).isPositive();
    assertThat(browser.all("#answer-more tbody tr")).hasSize(regions);
    assertThat(browser.all("#boxes rect.line")).hasSize(regions);
    assertThat(browser.find("#boxes rect.line").getDomAttribute("x"))
        .isEqualTo(number(answer.get("regions").get(0).get("x").asDouble()));
    assertThat(browser.run("return document.querySelector('#heat').naturalWidth > 0;"))
        .isEqualTo(true);
    assertThat(browser.find("#heat").isDisplayed()).isTrue();
    browser.find("#views input[value=image]").click();
    assertThat(browser.find("#heat").isDisplayed()).isFalse();
    browser.assertAccessible("line");
    browser.assertClean();
  }

  /** As JavaScript writes it. */
  private static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  @Test
  void whatIsDroppedOrPastedIsScored() throws Exception {
    for (String event :
        List.of(
            "new DragEvent('drop', { dataTransfer: data, cancelable: true })",
            "new ClipboardEvent('paste', { clipboardData: data, cancelable: true })")) {
      String name = event.substring(4, 8) + ".png";
      browser.run(
          "const canvas = document.createElement('canvas'); canvas.toBlob(image => {"
              + "const data = new DataTransfer(); data.items.add(new File([image], '%s'));"
                  .formatted(name)
              + "dispatchEvent(%s); });".formatted(event));
      awaitVerdict(name);
    }
    browser.await("document.querySelectorAll('#strip li').length === 2");
    browser.assertClean();
  }

  @Test
  void theLastHundredComeLiveAndWorstFirst() throws Exception {
    // By another client, not by the page.
    for (Path image : List.of(normal.getFirst(), anomalous.getFirst(), normal.getLast())) {
      score(image);
    }
    browser.await("document.querySelectorAll('#strip li').length === 3");
    List<Double> scores =
        browser.all("#strip b").stream().map(b -> Double.valueOf(b.getText())).toList();
    assertThat(scores).isSortedAccordingTo((a, b) -> Double.compare(b, a));
    browser.find("#strip button").click();
    browser.await(VERDICT);
    browser.await("document.querySelector('#photo').naturalWidth > 0");
    assertThat(text("#answer-more")).contains("Score");
    browser.find("#strip button").sendKeys(Keys.ARROW_RIGHT);
    assertThat(
            browser.run(
                "return [...document.querySelectorAll('#strip button')]"
                    + ".indexOf(document.activeElement);"))
        .isEqualTo(1L);
    browser.assertClean();
  }

  @Test
  void aPaintedRegionIsSavedAndChangesWhatIsPredicted() throws Exception {
    Path image = anomalous.getFirst();
    final double whole = score(image);
    upload(image);
    browser.find("#region-open").click();
    browser.drag("#canvas", 0.2, 0.2, 0.4, 0.2);
    browser.drag("#canvas", 0.7, 0.7, 0.8, 0.8);
    browser.find("#region-undo").click();
    WebElement width = browser.find("#rectangle input[name=width]");
    width.clear();
    width.sendKeys("30");
    width.submit();
    browser.assertAccessible("line-region");
    browser.find("#region-save").click();
    browser.await("!document.querySelector('#region').open");
    assertThat(text("#intake")).startsWith("Saved: later images are looked at in ");
    browser.await("document.querySelector('#model-summary').textContent.includes('regions')");
    assertThat(score(image)).isNotEqualTo(whole);
    BufferedImage mask =
        ImageIO.read(new ByteArrayInputStream(get("/api/models/part/region").body()));
    assertThat(isWhite(mask, 0.3, 0.2)).as("a stroke").isTrue();
    assertThat(isWhite(mask, 0.05, 0.9)).as("the rectangle").isTrue();
    assertThat(isWhite(mask, 0.75, 0.75)).as("a stroke that was taken back").isFalse();
    assertThat(isWhite(mask, 0.5, 0.5)).as("what was not painted").isFalse();
    browser.find("#region-open").click();
    browser.await("!document.querySelector('#region-undo').disabled");
    browser.find("#region-remove").click();
    browser.await("!document.querySelector('#region').open");
    assertThat(score(image)).isEqualTo(whole);
    browser.assertClean();
  }

  private static boolean isWhite(BufferedImage mask, double x, double y) {
    return (mask.getRGB((int) (x * mask.getWidth()), (int) (y * mask.getHeight())) & 0xff) == 255;
  }

  @Test
  void theCamerasImageIsScored() throws Exception {
    browser.find("#camera-start").click();
    browser.await("document.querySelector('#video').videoWidth > 0");
    browser.await("!document.querySelector('#camera-tools').hidden");
    browser.find("#camera-shoot").click();
    browser.await(VERDICT);
    assertThat(last().get("name").asString()).isEqualTo("camera-001.png");
    browser.assertAccessible("line-camera");
    browser.find("#camera-stop").click();
    assertThat(browser.run("return document.querySelector('#video').srcObject;")).isNull();
    browser.assertClean();
  }
}
