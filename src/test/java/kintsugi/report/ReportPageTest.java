package kintsugi.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import kintsugi.OutputFolder;
import kintsugi.dataset.DataSet;
import kintsugi.dataset.ImageFolder;
import kintsugi.dataset.Sample;
import kintsugi.dataset.Split;
import kintsugi.dataset.Split.Amount;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.experiment.Evaluation;
import kintsugi.experiment.Experiment;
import kintsugi.metric.ConfusionMatrix;
import kintsugi.metric.ErrorRate;
import kintsugi.metric.ErrorRates;
import kintsugi.padim.PadimRecipe;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** The page of a small evaluation, clicked in a real browser. */
class ReportPageTest extends PageFixture {
  private static final int SEED = 1;

  private Split split;
  private Metrics metrics;
  private Path page;

  @BeforeAll
  void write() throws IOException {
    SyntheticConcrete.write(folder, 16, 10, SEED);
    List<Sample> samples =
        new ArrayList<>(ImageFolder.normal(folder.resolve(SyntheticConcrete.NORMAL)));
    Path mask = folder.resolve("mask.png");
    BufferedImage wrong = new BufferedImage(227, 227, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < 900; i++) {
      wrong.getRaster().setSample(100 + i % 30, 90 + i / 30, 0, 3);
    }
    ImageIO.write(wrong, "png", mask.toFile());
    for (Path file : ImageFolder.list(folder.resolve(SyntheticConcrete.ANOMALOUS))) {
      String label = samples.size() % 2 == 0 ? "hairline" : "crack <b>";
      samples.add(new Sample(file, true, label, mask));
    }
    split =
        Split.of(DataSet.open(samples), Amount.count(6), Amount.count(4), Amount.count(6), SEED);
    metrics = report("out", ReportImages.THUMBNAILS);
    page = folder.resolve("out/report.html");
  }

  private Metrics report(String out, ReportImages images) {
    EvaluationReport.Heading heading =
        new EvaluationReport.Heading(
            "a </script> title", "./kintsugi again", List.of("a note"), "./kintsugi set value:");
    try (OutputFolder files = EvaluationReport.open(folder.resolve(out), "evaluate", images);
        Experiment experiment =
            Experiment.of(
                kintsugi, PadimRecipe.MATLAB, split, SEED, Evaluation.PixelOptions.USUAL)) {
      return EvaluationReport.write(files, images, heading, experiment);
    }
  }

  @BeforeEach
  void openPage() {
    browser.open(page);
  }

  private int number(String css) {
    return Integer.parseInt(browser.find(css).getText().lines().findFirst().orElseThrow());
  }

  private List<String> captions() {
    return browser.all(".card .caption").stream().map(WebElement::getText).toList();
  }

  private double firstScore() {
    return Double.parseDouble(browser.find(".card .caption span").getText());
  }

  @Test
  void opensWithItsFiguresAndIsClean(TestReporter reporter) throws IOException {
    assertThat(browser.find("h1").getText()).isEqualTo("a </script> title");
    List<String> notes = new ArrayList<>(metrics.warnings());
    notes.replaceAll(warning -> "Warning: " + warning);
    notes.add("a note");
    assertThat(browser.all("#notes li")).extracting(WebElement::getText).isEqualTo(notes);
    browser.run(
        "byId('notes').replaceChildren(); metrics.warnings = ['the way out']; showHeader();");
    assertThat(browser.find("#notes .warning").getText()).isEqualTo("Warning: the way out");
    assertThat(browser.find("#rates").getText()).isEqualTo(metrics.rates());
    assertThat(browser.find("#command").getText()).isEqualTo("./kintsugi again");
    assertThat(browser.find("#summary").getText())
        .contains("padim/matlab", "6 images learnt from, 12 tested", "threshold by youden");
    assertThat(browser.find("#key-figures").getText())
        .contains(
            String.format(Locale.ROOT, "%.4f", metrics.imageAuroc()), "AUPRO", "Best pixel F1");
    assertThat(number("#cell-tp")).isEqualTo(metrics.confusion().tp());
    assertThat(number("#cell-fp")).isEqualTo(metrics.confusion().fp());
    assertThat(browser.all("#classes tbody tr")).hasSize(3);
    assertThat(browser.find("#times").getText()).contains("scoring the test images");
    assertThat(browser.all(".card")).hasSize(12);
    browser.assertClean();
    browser.screenshot("report.png");
    reporter.publishEntry("dom_ready_ms", String.valueOf(browser.domReady()));
  }

  @Test
  void theCommandSetsTheThresholdOfTheSliderAndItsRatesAreExact() {
    assertThat(value("#threshold-set")).isEqualTo("./kintsugi set value:" + metrics.threshold());
    for (double threshold : new double[] {scores(true)[2], scores(false)[3], -7}) {
      browser.slide("#threshold", threshold);
      double set = Double.parseDouble(value("#threshold-set").replaceFirst(".*value:", ""));
      int fn = (int) Arrays.stream(scores(true)).filter(s -> s < set).count();
      int fp = (int) Arrays.stream(scores(false)).filter(s -> s >= set).count();
      assertThat(number("#cell-fn")).isEqualTo(fn);
      assertThat(number("#cell-fp")).isEqualTo(fp);
      assertThat(browser.find("#rates").getText())
          .isEqualTo(ErrorRates.tested(new ConfusionMatrix(6 - fp, fp, fn, 6 - fn)).sentence());
    }
    browser.run("state.threshold = 1e9; showThreshold();");
    assertThat(browser.find("#key-figures").getText())
        .contains("none predicted anomalous")
        .doesNotContain("NaN");
    for (int n : new int[] {1, 7, 250, 10_000}) {
      for (int k : new int[] {0, 1, n / 3, n}) {
        List<?> interval = (List<?>) browser.run("return exactInterval(" + k + ", " + n + ");");
        ErrorRate expected = ErrorRate.tested(n, k);
        assertThat(((Number) interval.get(0)).doubleValue())
            .isCloseTo(expected.low(), within(1e-8));
        assertThat(((Number) interval.get(1)).doubleValue())
            .isCloseTo(expected.high(), within(1e-8));
      }
    }
  }

  private String value(String css) {
    return (String) browser.run("return document.querySelector('" + css + "').value;");
  }

  @Test
  void theThresholdSliderCountsAgain() {
    double[] anomalous = scores(true);
    double[] normal = scores(false);
    double middle = (anomalous[1] + anomalous[2]) / 2;
    browser.slide("#threshold", middle);
    int tp = (int) Arrays.stream(anomalous).filter(s -> s >= middle).count();
    int fp = (int) Arrays.stream(normal).filter(s -> s >= middle).count();
    assertThat(number("#cell-tp")).isEqualTo(tp);
    assertThat(number("#cell-fn")).isEqualTo(6 - tp);
    assertThat(number("#cell-fp")).isEqualTo(fp);
    assertThat(number("#count-fp")).isEqualTo(fp);
    assertThat(browser.find("#threshold-value").getText())
        .isEqualTo(String.format(Locale.ROOT, "%.4f", middle));
    assertThat(browser.find("#key-figures").getText())
        .contains(String.format(Locale.ROOT, "%.4f", (tp + 6.0 - fp) / 12));
    // A score at the threshold is anomalous.
    Object atLowest =
        browser.run(
            "state.threshold = %s; count(); return state.confusion.tp;".formatted(anomalous[0]));
    assertThat(atLowest).isEqualTo(6L);
    browser.find("#threshold").sendKeys(Keys.HOME);
    browser.run("");
    assertThat(number("#cell-tp")).isEqualTo(6);
    assertThat(number("#cell-tn")).isZero();
    browser.find("#threshold-reset").click();
    browser.run("");
    assertThat(number("#cell-tp")).isEqualTo(metrics.confusion().tp());
    assertThat(browser.find("#threshold-value").getText())
        .isEqualTo(String.format(Locale.ROOT, "%.4f", metrics.threshold()));
    browser.assertClean();
  }

  private double[] scores(boolean anomalous) {
    List<?> scores =
        (List<?>)
            browser.run(
                "return data.images.filter(p => p.anomalous === "
                    + anomalous
                    + ").map(p => p.score).sort((a, b) => a - b);");
    return scores.stream().mapToDouble(s -> ((Number) s).doubleValue()).toArray();
  }

  @Test
  void imagesAreFilteredAndOrdered() {
    // Half of the anomalous images are predicted anomalous.
    browser.slide("#threshold", (scores(true)[2] + scores(true)[3]) / 2);
    List<String> first = captions();
    int wrong = number("#count-fp") + number("#count-fn");
    assertThat(first.subList(0, wrong)).allMatch(c -> c.startsWith("F"));
    assertThat(first.subList(wrong, 12)).allMatch(c -> c.startsWith("T"));
    for (String kind : List.of("fp", "tp", "tn")) {
      browser.find("#outcomes input[value=" + kind + "]").click();
    }
    assertThat(captions()).hasSize(3).allMatch(c -> c.startsWith("FN"));
    assertThat(browser.find("#count").getText()).isEqualTo("3 of 3 images");
    for (String kind : List.of("fp", "tp", "tn")) {
      browser.find("#outcomes input[value=" + kind + "]").click();
    }
    browser.choose("#label", "crack <b>");
    assertThat(captions()).hasSize(3).allMatch(c -> c.endsWith("crack <b>"));
    browser.choose("#label", "all");
    browser.choose("#order", "lowest score first");
    assertThat(firstScore()).isCloseTo(Math.min(scores(true)[0], scores(false)[0]), within(1e-4));
    browser.choose("#order", "highest score first");
    assertThat(firstScore()).isCloseTo(Math.max(scores(true)[5], scores(false)[5]), within(1e-4));
    browser.assertClean();
  }

  @Test
  void oneSliderLeadsFromTheImageOverTheHeatMapToTheMask() throws IOException {
    assertThat(opacities()).containsExactly("1", "0", "0");
    browser.all("#view-stops button").get(0).click();
    assertThat(opacities()).containsExactly("0", "0", "0");
    browser.slide("#view-slider", 1.5);
    assertThat(opacities()).containsExactly("1", "0.5", "0");
    browser.all("#view-stops button").get(3).click();
    assertThat(opacities()).containsExactly("1", "1", "1");
    assertThat(browser.find("#view-name").getText()).isEqualTo("mask");
    browser.choose("#label", "hairline");
    browser.screenshot("report-masks.png");
    assertThat((Boolean) browser.run("return document.querySelector('img.mask').complete"))
        .isTrue();
  }

  private List<String> opacities() {
    browser.run("");
    return List.of("over", "heat", "mask").stream()
        .map(layer -> browser.find(".card ." + layer).getCssValue("opacity"))
        .toList();
  }

  @Test
  void theKeyboardOpensAnImageAndMovesToTheNext() throws IOException {
    browser.find(".card").sendKeys(Keys.ENTER);
    String first = browser.find("#detail-name").getText();
    assertThat(first).contains("score", ".png");
    assertThat(browser.find("#detail-text").getText())
        .startsWith("By the model: ")
        .isEqualTo("By the model: " + browser.run("return gallery.chosen[0].sentence;"));
    browser.find("#next").sendKeys(Keys.ARROW_RIGHT);
    String second = browser.find("#detail-name").getText();
    assertThat(second).isNotEqualTo(first);
    browser.find("#next").sendKeys(Keys.ARROW_LEFT);
    assertThat(browser.find("#detail-name").getText()).isEqualTo(first);
    assertThat(browser.find("#previous").isEnabled()).isFalse();
    browser.slide("#detail-slider", 2);
    assertThat(browser.find("#detail .heat").getCssValue("opacity")).isEqualTo("1");
    browser.screenshot("report-detail.png");
    browser.find("#next").sendKeys(Keys.ESCAPE);
    assertThat(browser.find("#detail").isDisplayed()).isFalse();
  }

  @Test
  void fitsAPhoneAndADarkScheme() throws IOException {
    browser.assertAccessible("report");
    browser.emulate("dark");
    String ground = browser.find("body").getCssValue("background-color");
    assertThat(ground).isEqualTo("rgba(23, 22, 20, 1)");
    browser.assertClean();
  }

  @Test
  void theGridOfTheHistogramMeetsItsLabels() {
    List<?> distances =
        (List<?>)
            browser.run(
                "const x = drawn.histogram.scales.x; return x._gridLineItems.map((line, i) =>"
                    + " Math.abs(line.x1 - x.getPixelForTick(i)) + Math.abs(x.ticks[i].value -"
                    + " Number(x.ticks[i].label)));");
    assertThat(distances).hasSizeGreaterThan(2);
    assertThat(distances)
        .allSatisfy(d -> assertThat(((Number) d).doubleValue()).isLessThanOrEqualTo(1));
  }

  @Test
  void onANotebookTheSlidersStayInView() throws IOException {
    browser.notebook();
    browser.run("byId('order').scrollIntoView({ block: 'center' });");
    assertThat(isInView("#threshold")).isTrue();
    browser.find(".card").click();
    browser.run("return document.querySelector('#detail .photo').decode();");
    for (String size : List.of("0", "1", "+")) {
      browser.find("#detail-image").sendKeys(size);
      assertThat(isInView("#detail-slider")).as("zoomed by %s", size).isTrue();
    }
    browser.find("#detail-image").sendKeys("1");
    assertThat(browser.find("#detail .stack").getSize().getWidth()).isEqualTo(227);
    browser.assertAccessible("report-detail");
  }

  /** In the frame and covered by nothing. */
  private boolean isInView(String css) {
    return (Boolean)
        browser.run(
            "const slider = document.querySelector('%s'); const at = slider.getBoundingClientRect();"
                    .formatted(css)
                + "return slider.contains(document.elementFromPoint((at.left + at.right) / 2,"
                + " (at.top + at.bottom) / 2)) && at.top >= 0 && at.bottom <= innerHeight;");
  }

  @Test
  void imagesLieNextToThePageOrNowhere() throws IOException {
    report("all", ReportImages.ALL);
    assertThat(folder.resolve("all/images").toFile().list())
        .hasSize(12 * 2 + 6)
        .contains("00000.jpg", "00011-heat.png");
    browser.open(folder.resolve("all/report.html"));
    browser.run("document.querySelector('.photo').scrollIntoView()");
    browser.run("return document.querySelector('.photo').decode()");
    assertThat(browser.run("return document.querySelector('.photo').naturalWidth")).isEqualTo(227L);
    browser.assertClean();
    report("none", ReportImages.NONE);
    assertThat(folder.resolve("none").toFile().list())
        .containsExactlyInAnyOrder(
            "report.html", "metrics.json", "scores.csv", ".kintsugi-evaluate.sha256");
    assertThat(Files.size(folder.resolve("none/report.html"))).isLessThan(400_000);
    browser.open(folder.resolve("none/report.html"));
    assertThat(browser.find(".card").getText()).contains("not drawn");
    browser.assertClean();
  }
}
