package kintsugi.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import kintsugi.detector.CalibrationImage;
import kintsugi.detector.Drift;
import kintsugi.detector.ImageStatistics;
import kintsugi.report.Browser;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import tools.jackson.databind.JsonNode;

/** The server's page in a real browser: what a person does with it, and what becomes of it. */
class LinePageTest extends LineFixture {
  private static final String VERDICT = "document.querySelector('#answer .verdict')";

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private Browser browser;

  @BeforeAll
  void openBrowser() {
    browser = new Browser();
  }

  @AfterAll
  void closeBrowser() {
    if (browser != null) {
      browser.close();
    }
  }

  @BeforeEach
  void openPage() throws IOException {
    serve(Server.Options.LOCAL, 64);
    browser.open(URI.create(server.url()));
    browser.await("document.querySelector('#link').textContent === 'live'");
    browser.await("document.querySelector('#handle').hasAttribute('aria-valuenow')");
  }

  /** Before the server ends, which the page would complain of. */
  @AfterEach
  void leavePage() {
    browser.open(URI.create("about:blank"));
  }

  private String text(String css) {
    return browser.find(css).getText();
  }

  private void upload(Path image) {
    browser.upload("#files", image);
    browser.await(VERDICT + "?.textContent.endsWith('" + image.getFileName() + "')");
    browser.await("document.querySelector('#boxes').hasAttribute('viewBox')");
  }

  private JsonNode last() throws Exception {
    return json(get("/api/history?limit=1")).get("answers").get(0);
  }

  private double score(Path image) throws Exception {
    return json(post("/api/models/part/predict", Files.readAllBytes(image)))
        .get("score")
        .asDouble();
  }

  private double threshold() {
    return Double.parseDouble(browser.find("#handle").getDomAttribute("aria-valuenow"));
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
    browser.find("#region-open").click();
    browser.await("!document.querySelector('#region-undo').disabled");
    browser.find("#region-remove").click();
    browser.await("!document.querySelector('#region').open");
    assertThat(score(image)).isEqualTo(whole);
    browser.assertClean();
  }

  @Test
  void driftIsSaidWithItsTimeAndTheImagesThatDroveIt() throws Exception {
    assertThat(text("#drift-state")).isEqualTo("No image has been tested for drift yet.");
    String name = normal.getFirst().getFileName().toString();
    assertThat(score(normal.getFirst())).isFinite();
    browser.await("document.querySelector('#drift-state').textContent === 'No drift in 1 image.'");
    Drift drift = line.model("part").current().drift();
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
        new ImageStatistics(
            light * seen.luminance(),
            seen.contrast(),
            seen.sharpness(),
            seen.warmth(),
            seen.median()));
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
