package kintsugi.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import kintsugi.Kintsugi;
import kintsugi.backbone.ResNet;
import kintsugi.dataset.ImageFolder;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;
import kintsugi.image.ColourScale;
import kintsugi.image.ImageSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** The page of a few predictions, clicked in a real browser. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PredictionPageTest {
  @TempDir static Path folder;

  private Browser browser;
  private Kintsugi kintsugi;
  private Model model;
  private List<PredictionReport.Line> lines;
  private List<PredictionReport.Line> uncalibrated;

  @BeforeAll
  void write() {
    browser = new Browser();
    kintsugi =
        Kintsugi.builder().engine("vector").threads(2).weights(ResNet.randomWeights(1)).open();
    SyntheticConcrete.write(folder, 14, 8, 1);
    Model fitted = kintsugi.fit("padim/anomalib", folder.resolve(SyntheticConcrete.NORMAL));
    model =
        kintsugi.calibrate(
            fitted,
            folder.resolve(SyntheticConcrete.NORMAL),
            folder.resolve(SyntheticConcrete.ANOMALOUS));
    lines = report("out", model);
    uncalibrated = report("before", fitted);
  }

  private List<PredictionReport.Line> report(String out, Model predicting) {
    List<PredictionReport.Input> inputs = new ArrayList<>();
    for (Path file : ImageFolder.deep(folder, line -> {})) {
      if (!file.startsWith(folder.resolve("out"))) {
        inputs.add(new PredictionReport.Input(ImageSource.of(file), folder.relativize(file)));
      }
    }
    List<ImageSource> sources = inputs.stream().map(PredictionReport.Input::source).toList();
    EvaluationReport.Heading heading =
        new EvaluationReport.Heading("a </script> title", "./kintsugi again", List.of("a note"));
    try (PredictionReport report = PredictionReport.open(folder.resolve(out), inputs, false);
        Stream<Prediction> predictions = kintsugi.predict(predicting, sources)) {
      return report.write(heading, predicting, OptionalDouble.empty(), predictions);
    }
  }

  @BeforeEach
  void open() {
    browser.open(folder.resolve("out/predictions.html"));
  }

  @AfterAll
  void close() {
    if (browser != null) {
      browser.close();
    }
    if (kintsugi != null) {
      kintsugi.close();
    }
  }

  private List<String> texts(String css) {
    return browser.all(css).stream().map(WebElement::getText).toList();
  }

  private List<Double> scores() {
    return texts(".card .caption span").stream().map(Double::parseDouble).toList();
  }

  @Test
  void theWorstIsFirstAndSaysWhatWasFound() throws IOException {
    assertThat(browser.find("h1").getText()).isEqualTo("a </script> title");
    assertThat(browser.find("#notes").getText()).isEqualTo("a note");
    assertThat(browser.find("#rates").getText()).startsWith("of 1000 good parts about ");
    assertThat(scores()).hasSize(22).isSortedAccordingTo(Comparator.reverseOrder());
    PredictionReport.Line worst =
        lines.stream().max(Comparator.comparingDouble(PredictionReport.Line::score)).orElseThrow();
    assertThat(scores().getFirst()).isCloseTo(worst.score(), within(1e-4));
    browser.find(".card").click();
    assertThat(browser.find("#detail-name").getText()).isEqualTo(worst.file());
    assertThat(browser.find("#detail-text").getText()).contains(worst.sentence());
    assertThat(texts("#detail-text tbody tr"))
        .hasSize(Math.min(12, worst.regions().size()))
        .isNotEmpty();
    browser.assertAccessible("predictions-detail");
    assertThat(browser.find("#detail-text a").getAttribute("href"))
        .endsWith("/out/" + worst.overlay());
    browser.assertClean();
  }

  @Test
  void imagesAreSearchedFilteredAndOrdered() {
    long anomalous = lines.stream().filter(PredictionReport.Line::anomalous).count();
    assertThat(anomalous).isBetween(1L, 21L);
    browser.find("#verdicts input[value=normal]").click();
    assertThat(texts(".card .verdict")).hasSize((int) anomalous).containsOnly("anomalous");
    assertThat(browser.find("#count").getText())
        .isEqualTo(anomalous + " of " + anomalous + " images");
    assertThat(browser.find("#count-anomalous").getText()).isEqualTo("" + anomalous);
    browser.find("#verdicts input[value=normal]").click();
    browser.find("#search").sendKeys("NEGATIVE");
    assertThat(texts(".card small:first-of-type"))
        .hasSize(14)
        .allMatch(name -> name.startsWith("Negative/"));
    browser.find("#search").clear();
    browser.find("#search").sendKeys("Negative/003");
    assertThat(texts(".card small:first-of-type")).hasSize(1);
    browser.find("#search").sendKeys(Keys.BACK_SPACE, Keys.BACK_SPACE, Keys.BACK_SPACE);
    browser.choose("#order", "lowest score first");
    assertThat(scores()).hasSize(14).isSorted();
    browser.choose("#order", "by name");
    assertThat(texts(".card small:first-of-type").getFirst()).isEqualTo("Negative/000.png");
    browser.assertClean();
  }

  @Test
  void theScaleHasTheNumbersOfTheCalibration() {
    ColourScale scale =
        model.requireCalibration().colours().in(model.requireCalibration()::normalise);
    double threshold = scale.threshold().orElseThrow();
    assertThat(texts("#scale .scale-numbers span"))
        .containsExactly(
            scale.label(scale.low()),
            scale.label((scale.low() + scale.high()) / 2),
            scale.label(scale.high()));
    assertThat(browser.find("#scale .scale-mark").getText())
        .isEqualTo("▼ " + scale.label(threshold));
    assertThat(browser.find("#scale .legend").getText())
        .contains("pixel threshold " + scale.label(threshold), "one scale for all images");
    // The filter begins to colour at the grey level of the threshold.
    List<?> opacity = (List<?>) browser.run("return data.colours.opacity;");
    double level = scale.fraction(threshold) * 255;
    assertThat(((Number) opacity.get((int) Math.floor(level - 1e-9))).doubleValue()).isZero();
    assertThat(((Number) opacity.get((int) Math.ceil(level + 1e-9))).doubleValue())
        .isGreaterThan(0.3);
  }

  @Test
  void theImageIsZoomedAtItsOwnResolutionByKeyAndWheel() throws IOException {
    browser.find(".card").sendKeys(Keys.ENTER);
    browser.run("return document.querySelector('#detail .photo').decode();");
    browser.find("#detail-image").sendKeys("1");
    assertThat(browser.find("#zoom-value").getText()).isEqualTo("100 %");
    assertThat(browser.find("#detail .stack").getSize().getWidth()).isEqualTo(227);
    assertThat(browser.run("return document.querySelector('#detail .photo').naturalWidth;"))
        .isEqualTo(227L);
    assertThat((String) browser.run("return document.querySelector('#detail .photo').src;"))
        .startsWith("file:");
    browser.find("#detail-image").sendKeys("+");
    assertThat(browser.find("#zoom-value").getText()).isEqualTo("125 %");
    browser.find("#detail-image").sendKeys("-");
    assertThat(browser.find("#zoom-value").getText()).isEqualTo("100 %");
    browser.run(
        "document.getElementById('detail-image').dispatchEvent(new WheelEvent('wheel',"
            + " {deltaY: -100, bubbles: true, cancelable: true}));");
    assertThat(browser.find("#zoom-value").getText()).isEqualTo("125 %");
    browser.find("#detail-image").sendKeys("0");
    String fitting = browser.find("#zoom-value").getText();
    String first = browser.find("#detail-name").getText();
    browser.find("#detail-image").sendKeys(Keys.ARROW_RIGHT);
    assertThat(browser.find("#detail-name").getText()).isNotEqualTo(first);
    assertThat(browser.find("#zoom-value").getText()).isEqualTo(fitting);
    browser.assertClean();
  }

  @Test
  void fitsAPhone() throws IOException {
    browser.assertAccessible("predictions");
    browser.phone(390, 844);
    browser.find(".card").click();
    assertThat(
            (Boolean)
                browser.run(
                    "const d = document.getElementById('detail');"
                        + "return d.scrollWidth <= d.clientWidth && d.getBoundingClientRect().right"
                        + " <= innerWidth;"))
        .isTrue();
    browser.screenshot("predictions-phone-detail.png");
    browser.assertClean();
  }

  @Test
  void beforeCalibrationThereIsOneScaleOfTheRunsOwn() throws IOException {
    browser.open(folder.resolve("before/predictions.html"));
    assertThat(uncalibrated)
        .allSatisfy(
            line -> {
              assertThat(line.verdict()).isEqualTo("not calibrated");
              assertThat(line.anomalous()).isNull();
              assertThat(line.threshold()).isNull();
            });
    assertThat(texts(".card .verdict")).hasSize(22).containsOnly("not calibrated");
    assertThat(browser.find("#rates").isDisplayed()).isFalse();
    assertThat(scores()).isSortedAccordingTo(Comparator.reverseOrder());
    assertThat(texts("#scale .scale-numbers span")).doesNotHaveDuplicates();
    assertThat(browser.find("#summary").getText()).contains("no verdicts");
    // The whole run's range: the highest map ends at white, and most of the others do not.
    long white = 0;
    for (int i = 0; i < 22; i++) {
      Object brightest =
          browser.run(
              "return createImageBitmap(await (await fetch(address(data.images["
                  + i
                  + "].drawing.heat, 'png'))).blob()).then(b => { const c = new OffscreenCanvas("
                  + "b.width, b.height).getContext('2d'); c.drawImage(b, 0, 0); return Math.max("
                  + "...c.getImageData(0, 0, b.width, b.height).data.filter((v, k) => k % 4 === 0));"
                  + " });");
      white += ((Number) brightest).longValue() == 255 ? 1 : 0;
    }
    assertThat(white).isBetween(1L, 10L);
    assertThat(Files.readString(folder.resolve("before/predictions.csv")))
        .contains("not calibrated");
    browser.assertClean();
  }

  @Test
  void heatMapsLieInFoldersAsTheImagesDo() {
    assertThat(lines.stream().map(PredictionReport.Line::overlay))
        .contains("Negative/000.png", "Positive/000.png");
    assertThat(folder.resolve("out/Negative/000.png")).isRegularFile();
  }
}
