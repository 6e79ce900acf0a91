package kintsugi.serve;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import kintsugi.report.Browser;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import tools.jackson.databind.JsonNode;

/** The server's page in a real browser. */
abstract class LinePageFixture extends LineFixture {
  /** The verdict on the page, as a script finds it. */
  static final String VERDICT = "document.querySelector('#answer .verdict')";

  Browser browser;

  @BeforeAll
  void openBrowser() {
    browser = new Browser();
  }

  /** Before the server ends, which the page would complain of. */
  @AfterEach
  void leavePage() {
    browser.open(URI.create("about:blank"));
  }

  @AfterAll
  void closeBrowser() {
    if (browser != null) {
      browser.close();
    }
  }

  /** Opens the page of the server and waits until it shows the model. */
  void open() {
    browser.open(URI.create(server.url()));
    browser.await("document.querySelector('#link').textContent === 'live'");
    browser.await("document.querySelector('#model').options.length > 0");
    browser.await(
        "!document.querySelector('#uncalibrated').hidden"
            + " || document.querySelector('#handle').hasAttribute('aria-valuenow')");
  }

  String text(String css) {
    return browser.find(css).getText();
  }

  /** Uploads an image and waits until all of it is shown. */
  void upload(Path image) {
    browser.upload("#files", image);
    awaitVerdict(image.getFileName().toString());
    browser.await("document.querySelector('#boxes').hasAttribute('viewBox')");
  }

  void awaitVerdict(String name) {
    browser.await(VERDICT + "?.textContent.endsWith('" + name + "')");
  }

  /** Scores an image as another client than the page. */
  double score(Path image) throws Exception {
    return json(post("/api/models/part/predict", Files.readAllBytes(image)))
        .get("score")
        .asDouble();
  }

  /** The newest answer of the history. */
  JsonNode last() throws Exception {
    return json(get("/api/history?limit=1")).get("answers").get(0);
  }
}
