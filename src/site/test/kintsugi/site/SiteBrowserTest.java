package kintsugi.site;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import kintsugi.report.Browser;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.Keys;

/** The site from disk in a browser: by hand and by keyboard, on a phone, in the dark. */
class SiteBrowserTest {
  private static final Path SITE = Path.of("target/site").toAbsolutePath();
  private static Browser browser;

  @BeforeAll
  static void start() {
    browser = new Browser();
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "index.html",
        "docs/book/2-padim.html",
        "docs/book/glossary.html",
        "docs/reading.html",
        "docs/ladder.html",
        "source/src/examples/java/kintsugi/examples.html",
        "source/src/main/java/kintsugi/padim/GaussianSums.java.html",
      })
  void pagesAreAccessible(String page) throws IOException {
    browser.open(SITE.resolve(page));
    browser.assertAccessible("site-" + page.replaceAll(".*/|\\.html$", ""));
    browser.assertClean();
  }

  @Test
  void theSearchFindsFromDiskByKeyboard() throws IOException {
    browser.open(SITE.resolve("docs/learn.html"));
    browser.find("body").sendKeys("/");
    assertThat(browser.run("return document.activeElement.id;")).isEqualTo("site-words");
    browser.find("#site-words").sendKeys("cholesky factor");
    browser.await("document.querySelectorAll('#site-found-list li').length > 2");
    assertThat(browser.find("#site-found-list").getText())
        .contains("Part II: PaDiM: Without an inverse")
        .contains("Glossary and letters: Cholesky factor");
    browser.assertAccessible("site-search");
    browser.find("#site-words").sendKeys(Keys.ARROW_DOWN);
    assertThat(browser.run("return document.activeElement.tagName;")).isEqualTo("A");
    browser.find("body").sendKeys(Keys.ESCAPE);
    assertThat(browser.find("#site-found").isDisplayed()).isFalse();
    browser.find("#site-words").sendKeys("MahalanobisX");
    browser.await("document.querySelector('#site-found-count').textContent == 'Nothing found.'");
    browser.find("#site-words").clear();
    browser.find("#site-words").sendKeys("PadimDetector");
    browser.await("document.querySelector('#site-found-list li') != null");
    browser.find("#site-words").sendKeys(Keys.ENTER);
    browser.await("location.pathname.endsWith('api/kintsugi/kintsugi/padim/PadimDetector.html')");
    browser.assertClean();
  }

  /**
   * On a large window, a phone, and a phone that lies on its side, where the list has to scroll.
   */
  @ParameterizedTest
  @CsvSource({"1280, 1600", "390, 844", "844, 390"})
  void whatIsFoundIsInSightWhereverThePageIsScrolledTo(int width, int height) {
    browser.open(SITE.resolve("docs/book/2-padim.html"));
    if (width < 1280) {
      browser.phone(width, height);
    }
    browser.run("scrollTo(0, 3000);");
    browser.find("#site-words").sendKeys("patch");
    browser.await("document.querySelectorAll('#site-found-list li').length > 10");
    assertThat(((Number) browser.run("return scrollY;")).intValue()).isPositive();
    assertThat(
            browser.run(
                "const box = document.querySelector('#site-found').getBoundingClientRect();"
                    + "return box.top > 0 && box.bottom <= innerHeight;"))
        .isEqualTo(true);
    browser.find("#site-words").clear();
    browser.find("#site-words").sendKeys("pivot");
    browser.await(
        "document.querySelector('#site-found-list a[href*=\"glossary.html#pivot\"]') != null");
    browser.find("#site-found-list a[href*='glossary.html#pivot']").click();
    browser.await("location.hash == '#pivot'");
    browser.assertClean();
  }

  @Test
  void onlyWhatScrollsIsAStopOfTheKeyboard() {
    browser.open(SITE.resolve("docs/book/2-padim.html"));
    String stops = "document.querySelectorAll('main [role=region][tabindex]').length";
    long wide = (Long) browser.run("return " + stops + ";");
    browser.phone(390, 844);
    browser.await(stops + " > " + wide);
    assertThat(
            (String)
                browser.run("return document.querySelector('main [tabindex][role]').ariaLabel;"))
        .matches("(Table|Code|Formula) \\d+");
  }

  @Test
  void theContentsAreBehindAButtonOnAPhone() {
    browser.open(SITE.resolve("docs/book/1-task.html"));
    assertThat(browser.find("#site-menu").isDisplayed()).isFalse();
    browser.phone(390, 844);
    assertThat(browser.find("#site-contents").isDisplayed()).isFalse();
    browser.find("#site-menu").click();
    assertThat(browser.find("#site-contents [aria-current]").getText()).isEqualTo("I: the task");
    assertThat(browser.find("#site-menu").getAttribute("aria-expanded")).isEqualTo("true");
  }

  @Test
  void formulasAreTypeset() {
    browser.open(SITE.resolve("docs/book/2-padim.html"));
    double fraction =
        ((Number)
                browser.run(
                    "return document.querySelector('.display mfrac').getBoundingClientRect().height;"))
            .doubleValue();
    assertThat(fraction).isBetween(20.0, 80.0);
    assertThat(browser.find("main").getText()).doesNotContain("\\frac");
  }
}
