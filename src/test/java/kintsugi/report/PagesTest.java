package kintsugi.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import kintsugi.OutputFolder;
import kintsugi.audit.Audit;
import kintsugi.audit.Finding;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.Model;
import kintsugi.experiment.Trace;
import kintsugi.image.ImageSource;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.WebElement;

/** The pages of an audit, a trace and a demonstration without weights, in a real browser. */
class PagesTest extends PageFixture {
  private static Finding finding(String section, String subject, double share) {
    return new Finding(
        section,
        "vector, winograd4",
        subject,
        "fp64 definition",
        768,
        share * 1e-7,
        share * 1e-6,
        share / 2,
        "γ(2K)·Σ|ab|",
        share,
        share <= 1);
  }

  private void audit(List<Finding> findings) {
    try (OutputFolder out = AuditReport.open(folder.resolve("audit"))) {
      Audit.Report report = new Audit.Report(findings, 1);
      AuditReport.write(out, kintsugi.session(), "./kintsugi audit", report);
    }
    browser.open(folder.resolve("audit/audit.html"));
  }

  private List<String> texts(String css) {
    return browser.all(css).stream().map(WebElement::getText).toList();
  }

  @Test
  void anAuditIsASectionPerKindOfKernelWithBarsOfItsErrors() throws IOException {
    audit(
        List.of(
            finding("image", "resize", 0.998),
            finding("image", "crop", 0),
            finding("bank", "k = 3", 3e-5),
            finding("bank", "k = 12", 1.04)));
    assertThat(browser.find("h1").getText()).isEqualTo("Audit: 1 bound broken");
    assertThat(texts("#findings h2")).containsExactly("image", "bank");
    assertThat(texts("#findings td:nth-child(8)"))
        .containsExactly(
            "kept, 0.998 of the bound",
            "kept, no error",
            "kept, 3.0e-05 of the bound",
            "BROKEN, 1.04 times the bound");
    assertThat(texts("#findings p"))
        .containsExactly(
            "2 checks, every bound kept; the nearest to its bound: resize, kept, 0.998 of the bound.",
            "2 checks, 1 bound broken; the nearest to its bound: k = 12, BROKEN, 1.04 times the"
                + " bound.");
    // Bars are as long as the logarithm of the error is large; those of kept bounds end before it.
    List<Double> bars =
        ((List<?>)
                browser.run(
                    "return [...document.querySelectorAll('.bar i')].map(b => parseFloat(b.style.width));"))
            .stream().map(width -> ((Number) width).doubleValue()).toList();
    double bound = 100 * 8 / 9.0;
    assertThat(bars.get(0)).isBetween(bound - 0.1, bound);
    assertThat(bars.get(1)).isZero();
    assertThat(bars.get(2)).isBetween(38.0, 40.0);
    assertThat(bars.get(3)).isBetween(bound, bound + 0.5);
    browser.assertAccessible("audit");
    browser.assertClean();
  }

  @Test
  void anAuditIsSortedByAnyOfItsColumns() {
    List<Finding> findings = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      findings.add(finding("bank", "k = " + i, (i * 5 % 12) / 12.0));
    }
    findings.add(finding("map", "blur", 1e-3));
    audit(findings);
    sortBy(7);
    assertThat(texts("#findings table[data-section=bank] tbody th"))
        .startsWith("k = 7", "k = 2", "k = 9")
        .endsWith("k = 0");
    assertThat(browser.find("th[aria-sort]").getText()).isEqualTo("error and bound ▼");
    sortBy(7);
    assertThat(texts("#findings table[data-section=bank] tbody th")).startsWith("k = 0");
    assertThat(browser.find("th[aria-sort]").getDomAttribute("aria-sort")).isEqualTo("ascending");
    sortBy(0);
    assertThat(texts("#findings table[data-section=bank] tbody th"))
        .isSortedAccordingTo(Comparator.comparingInt(text -> Integer.parseInt(text.substring(4))));
    assertThat(browser.run("return document.activeElement.textContent;")).isEqualTo("case ▲");
    browser.assertClean();
  }

  private void sortBy(int column) {
    browser.all("#findings table[data-section=bank] thead button").get(column).click();
  }

  @Test
  void aTraceIsNamedAndHasScalesWithNumbers() throws IOException {
    Path data = folder.resolve("data");
    SyntheticConcrete.write(data, 6, 4, 1);
    Path normal = data.resolve(SyntheticConcrete.NORMAL);
    Path anomalous = data.resolve(SyntheticConcrete.ANOMALOUS);
    Model model = kintsugi.calibrate(kintsugi.fit("padim/anomalib", normal), normal, anomalous);
    ImageSource image = ImageSource.of(anomalous.resolve("001.png"));
    Trace trace = Trace.of(model, image, Trace.Wanted.VALUES);
    try (OutputFolder out = TraceReport.open(folder.resolve("trace"), image)) {
      TraceReport.write(out, model, image, "./kintsugi trace", trace);
    }
    browser.open(folder.resolve("trace/trace.html"));
    assertThat(browser.find("h1").getText()).isEqualTo("001.png, step by step: padim/anomalib");
    assertThat(texts("#steps figure:first-of-type .scale-numbers span"))
        .satisfiesExactly(
            low -> assertThat(low).isEqualTo("−max |v|"),
            zero -> assertThat(zero).isEqualTo("0"),
            high -> assertThat(high).matches("max \\|v\\| of a channel: [\\d.]+ to [\\d.]+"));
    assertThat(browser.all("#steps .scale .faint")).allMatch(unit -> !unit.getText().isBlank());
    List<?> scales =
        (List<?>)
            browser.run(
                "return data.steps.filter(s => s.scale).map(s => [s.name, s.scale.labels.length,"
                    + " s.scale.colours[4], s.minimum < 0 && s.maximum > 0]);");
    assertThat(scales).hasSizeGreaterThan(6);
    assertThat(scales)
        .allSatisfy(
            scale -> {
              List<?> step = (List<?>) scale;
              // White is zero, where there are values on both sides of it.
              assertThat(step.get(2).equals("#f7f7f7")).as("" + step).isEqualTo(step.get(3));
            });
    browser.assertAccessible("trace");
    browser.assertClean();
    demo(model, image);
  }

  private void demo(Model model, ImageSource image) throws IOException {
    EvaluationReport.Heading heading =
        new EvaluationReport.Heading("The way", "./kintsugi weights fetch", List.of("no weights"));
    try (OutputFolder out =
        EvaluationReport.open(folder.resolve("demo"), "demo", ReportImages.NONE)) {
      DemoReport.write(
          out,
          heading,
          List.of("images are drawn"),
          List.of(new DemoReport.Shown("a crack", kintsugi.predict(model, image))));
    }
    browser.open(folder.resolve("demo/report.html"));
    browser.assertAccessible("demo");
    browser.assertClean();
  }

  @Test
  void aViolationIsFoundByItsRuleAndAWideElementByItsWidth() {
    audit(List.of(finding("map", "blur", 0.5)));
    browser.run("byId('summary').style.color = '#b0b0b0';");
    assertThatThrownBy(() -> browser.assertAccessible("violation"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("color-contrast at #summary");
    browser.open(folder.resolve("audit/audit.html"));
    browser.run("element(byId('count'), 'img').src = 'data:,'; ");
    assertThatThrownBy(() -> browser.assertAccessible("violation"))
        .hasMessageContaining("image-alt at");
    browser.open(folder.resolve("audit/audit.html"));
    browser.run("byId('summary').style.width = '500px';");
    assertThatThrownBy(() -> browser.assertAccessible("violation"))
        .hasMessageContaining("the width of violation, with [P summary");
  }
}
