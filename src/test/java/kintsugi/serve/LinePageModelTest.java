package kintsugi.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import kintsugi.detector.CalibrationImage;
import kintsugi.detector.Drift;
import kintsugi.detector.ImageStatistics;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;
import tools.jackson.databind.JsonNode;

/** What a person does with a model on the server's page, and what becomes of its file. */
class LinePageModelTest extends LinePageFixture {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  @BeforeEach
  void openPage() throws IOException {
    serve(Server.Options.LOCAL, 64);
    open();
  }

  private double threshold() {
    return Double.parseDouble(browser.find("#handle").getDomAttribute("aria-valuenow"));
  }

  @Test
  void aDraggedThresholdSaysWhatItWouldDoAndIsSavedByItsButtonAlone() throws Exception {
    Path file = line.model("part").file();
    byte[] before = Files.readAllBytes(file);
    double calibrated = threshold();
    browser.drag("#plot", 0.5, 0.5, 0.9, 0.5);
    double dragged = threshold();
    assertThat(dragged).isGreaterThan(calibrated);
    JsonNode effect = json(get("/api/models/part/threshold?value=" + dragged));
    browser.await(
        "document.querySelector('#handle').getAttribute('aria-valuetext').endsWith('"
            + effect.get("sentence").asString()
            + "')");
    assertThat(text("#rates")).isEqualToIgnoringCase(effect.get("sentence").asString() + ".");
    browser.find("#handle").sendKeys(Keys.ARROW_LEFT);
    assertThat(threshold()).isLessThan(dragged);
    browser.find("#handle").sendKeys(Keys.ARROW_RIGHT);
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
    double chosen = threshold();
    browser.assertAccessible("line-threshold");
    browser.find("#threshold-save").click();
    browser.await("document.querySelector('#saved').textContent.startsWith('Saved into part')");
    assertThat(text("#saved")).contains("of 1000 good parts");
    assertThat(kintsugi.load(file).requireCalibration().threshold()).isEqualTo(chosen);
    browser.await("document.querySelector('#threshold-save').disabled");
    assertThat(text("#model-summary")).contains("set by hand");
    browser.assertClean();
  }

  @Test
  void aThresholdOfManyDigitsIsTakenBackWithoutBeingRounded() throws Exception {
    double exact = 0.1234567890123456;
    assertThat(put("/api/models/part/threshold", "{\"value\":" + exact + "}").statusCode())
        .isEqualTo(200);
    browser.await("document.querySelector('#handle').getAttribute('aria-valuenow') === '0.123457'");
    for (Keys back : List.of(Keys.ESCAPE, Keys.ENTER)) {
      browser.find("#handle").sendKeys(Keys.ARROW_RIGHT);
      browser.await("!document.querySelector('#threshold-save').disabled");
      if (back == Keys.ESCAPE) {
        browser.find("#handle").sendKeys(back);
      } else {
        browser.find("#threshold-reset").sendKeys(back);
      }
      browser.await("document.querySelector('#threshold-save').disabled");
    }
    browser.assertClean();
  }

  @Test
  void whatIsFineIsTaughtAfterAPreviewAndTakenBack() throws Exception {
    Path image = anomalous.getFirst();
    Path file = line.model("part").file();
    final byte[] before = Files.readAllBytes(file);
    upload(image);
    browser.find("#wrong").click();
    browser.await("document.querySelector('#told').textContent === 'Recorded as a bad part.'");
    assertThat(last().get("truth").asString()).isEqualTo("bad");
    browser.find("#fine").click();
    browser.await("!document.querySelector('#teach-confirm').disabled");
    assertThat(browser.all("#teach-preview .score")).hasSize(2 * normal.size());
    assertThat(text("#teach-preview")).contains("Threshold", "Largest change of a score");
    // The image has a crack.
    assertThat(text("#teach-preview .alarm")).contains("far above the threshold");
    browser.assertAccessible("line-teach");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
    browser.find("#teach-confirm").click();
    browser.await("document.querySelectorAll('#taught li').length === 1");
    assertThat(text("#told")).startsWith("Taught: this image is now ");
    assertThat(kintsugi.load(file).taught()).hasSize(1);
    browser.find("#taught button").click();
    browser.find("#sure-yes").click();
    browser.await("document.querySelectorAll('#taught li').length === 0");
    assertThat(kintsugi.load(file).taught()).isEmpty();
    browser.assertClean();
  }

  @Test
  void driftIsSaidWithItsTimeAndTheImagesThatDroveIt() throws Exception {
    assertThat(text("#drift-state")).isEqualTo("No image has been tested for drift yet.");
    String name = normal.getFirst().getFileName().toString();
    assertThat(score(normal.getFirst())).isFinite();
    browser.await("document.querySelector('#drift-state').textContent === 'No drift in 1 image.'");
    Drift drift = line.model("part").current().monitor().drift();
    for (int i = 0; i < 60; i++) {
      drift.observe(calibrated(i, "before", 1), START);
    }
    while (!drift.status().alarm()) {
      drift.observe(calibrated((int) drift.status().n(), "darker", 0.5), START);
    }
    score(normal.getFirst());
    browser.await("document.querySelector('#drift-state').className === 'alarm'");
    assertThat(text("#drift-state")).contains("since image " + drift.status().since().getAsLong());
    assertThat(text("#drift-note")).contains("luminance");
    assertThat(text("#drivers")).contains("darker").doesNotContain("before", name);
    browser.assertAccessible("line-drift");
    browser.assertClean();
  }

  /** An image of the calibration, seen again in another light. */
  private CalibrationImage calibrated(int i, String name, double light) {
    List<CalibrationImage> images =
        line.model("part").model().requireCalibration().scores().normal();
    CalibrationImage image = images.get(i % images.size());
    ImageStatistics seen = image.statistics();
    return new CalibrationImage(
        name,
        "",
        image.score(),
        image.maximum(),
        new ImageStatistics(
            light * seen.luminance(),
            seen.contrast(),
            seen.sharpness(),
            seen.warmth(),
            seen.median()));
  }
}
