package kintsugi.report;

import java.nio.file.Path;
import kintsugi.Kintsugi;
import kintsugi.backbone.ResNet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A browser, and the library on random weights, for pages that a test class makes and opens. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class PageFixture {
  @TempDir static Path folder;

  Browser browser;
  Kintsugi kintsugi;

  @BeforeAll
  void open() {
    browser = new Browser();
    kintsugi =
        Kintsugi.builder().engine("vector").threads(2).weights(ResNet.randomWeights(1)).open();
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
}
