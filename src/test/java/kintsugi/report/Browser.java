package kintsugi.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogType;

/** Headless Chromium, for pages that have to work in a real browser. */
@SuppressWarnings("exports") // A test exports nothing.
public final class Browser implements AutoCloseable {
  private static final Path SCREENSHOTS = Path.of("target", "screenshots");

  /** Held, so that its level is; it would warn of every Chromium that is newer than it. */
  private static final Logger SELENIUM = Logger.getLogger("org.openqa.selenium");

  /** The sizes that pages are checked at: a phone's, and a notebook's. */
  private static final List<Dimension> SIZES =
      List.of(new Dimension(390, 844), new Dimension(1400, 1000));

  /** Runs all rules of axe-core; a violation is told with the places where it is. */
  private static final String AXE =
      "const done = arguments[0];"
          // Not fetching style sheets, which a page from disk may not.
          + "axe.run(document, { resultTypes: ['violations'], preload: false }).then("
          + "r => done(r.violations.flatMap(v => v.nodes.map("
          + "n => v.id + ' at ' + n.target.join(' ') + ': ' + n.failureSummary))),"
          + "e => done([String(e)]));";

  /** Elements that reach beyond the page's width and are in no region that scrolls. */
  private static final String TOO_WIDE =
      "const scrolls = e => e && e !== document.body && (getComputedStyle(e).overflowX !== 'visible'"
          + " || scrolls(e.parentElement));"
          + "const most = document.documentElement.clientWidth;"
          + "return [...document.body.querySelectorAll('*')].filter(e => !scrolls(e.parentElement)"
          + " && e.getBoundingClientRect().right > most + 0.5).map(e => e.tagName + ' ' + e.id"
          + " + ' ' + e.className + ' ' + e.textContent.slice(0, 40));";

  private final ChromeDriver driver;

  /** Starts it; where there is none the test counts as skipped. */
  public Browser() {
    Optional<Path> chromium = installed("chromium", "chromium-browser", "google-chrome");
    Optional<Path> chromedriver = installed("chromedriver");
    assumeTrue(
        chromium.isPresent() && chromedriver.isPresent(),
        "chromium and chromedriver are not installed");
    SELENIUM.setLevel(Level.SEVERE);
    ChromeOptions options = new ChromeOptions();
    options.setBinary(chromium.orElseThrow().toFile());
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        // A camera that films a clock, and is allowed without a question.
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream");
    driver =
        new ChromeDriver(
            new ChromeDriverService.Builder()
                .usingDriverExecutable(chromedriver.orElseThrow().toFile())
                .withSilent(true)
                .build(),
            options);
  }

  private static Optional<Path> installed(String... names) {
    return Stream.of(System.getenv("PATH").split(":"))
        .flatMap(folder -> Stream.of(names).map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Opens a page from disk, 1280 wide and light. */
  public void open(Path page) {
    open(page.toUri());
  }

  /** Opens a page, 1280 wide and light. */
  public void open(URI page) {
    driver.executeCdpCommand("Emulation.clearDeviceMetricsOverride", Map.of());
    resize(1280, 1600);
    emulate("light");
    driver.get(page.toString());
  }

  public void resize(int width, int height) {
    driver.manage().window().setSize(new Dimension(width, height));
  }

  /** Makes the page's frame as small as a phone's, which is narrower than any window. */
  public void phone(int width, int height) {
    device(new Dimension(width, height), true);
  }

  /** Makes the page's frame as large as a notebook's. */
  public void notebook() {
    device(SIZES.getLast(), false);
  }

  private void device(Dimension size, boolean mobile) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of(
            "width",
            size.getWidth(),
            "height",
            size.getHeight(),
            "deviceScaleFactor",
            1,
            "mobile",
            mobile));
  }

  /** Lets the page think that its reader prefers light or dark. */
  public void emulate(String scheme) {
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  public WebElement find(String css) {
    return driver.findElement(By.cssSelector(css));
  }

  public List<WebElement> all(String css) {
    return driver.findElements(By.cssSelector(css));
  }

  /** Picks the option with this text. */
  public void choose(String css, String text) {
    all(css + " option").stream()
        .filter(option -> option.getText().equals(text))
        .findFirst()
        .orElseThrow()
        .click();
  }

  /** Runs a script after the page has drawn what waits to be drawn. */
  public Object run(String script) {
    driver.executeAsyncScript(
        "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done));");
    return driver.executeScript(script);
  }

  /** Moves a slider as a hand would. */
  public void slide(String css, double value) {
    run(
        "const s = document.querySelector('%s'); s.value = %s;".formatted(css, value)
            + "s.dispatchEvent(new Event('input', { bubbles: true }));");
    run("");
  }

  /** Chooses files as a person does in the browser's own dialog. */
  public void upload(String css, Path... files) {
    find(css)
        .sendKeys(
            Stream.of(files)
                .map(file -> file.toAbsolutePath().toString())
                .collect(Collectors.joining("\n")));
  }

  /**
   * Drags the pointer over an element, in steps.
   *
   * @param fromX where it goes down, as a fraction of the element's width
   * @param fromY the same of its height
   * @param toX where it goes up
   * @param toY the same of its height
   */
  public void drag(String css, double fromX, double fromY, double toX, double toY) {
    WebElement element = find(css);
    driver.executeScript("arguments[0].scrollIntoView({ block: 'center' });", element);
    Dimension size = element.getSize();
    Actions hand = new Actions(driver);
    hand.moveToElement(element, across(size, fromX), down(size, fromY)).clickAndHold();
    for (double part = 0.25; part <= 1; part += 0.25) {
      hand.moveToElement(
          element,
          across(size, fromX + part * (toX - fromX)),
          down(size, fromY + part * (toY - fromY)));
    }
    hand.release().perform();
  }

  /** Selenium counts from an element's middle. */
  private static int across(Dimension size, double fraction) {
    return (int) Math.round((fraction - 0.5) * size.getWidth());
  }

  private static int down(Dimension size, double fraction) {
    return (int) Math.round((fraction - 0.5) * size.getHeight());
  }

  /** Waits until a condition of the page holds, at most half a minute. */
  public void await(String condition) {
    Object held =
        driver.executeAsyncScript(
            "const done = arguments[0]; const end = Date.now() + 25000;"
                + "const look = () => { if (%s) done(true);".formatted(condition)
                + "else if (Date.now() > end) done(false); else setTimeout(look, 20); }; look();");
    assertThat(held).as("%s, in: %s", condition, find("body").getText()).isEqualTo(true);
  }

  /** Milliseconds until the page could be used. */
  public double domReady() {
    return ((Number)
            run("return performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd;"))
        .doubleValue();
  }

  /** Nothing went wrong in the page's scripts, and it asked for nothing but from its own server. */
  public void assertClean() {
    assertThat(driver.manage().logs().get(LogType.BROWSER).getAll()).isEmpty();
    assertThat(
            (List<?>)
                run(
                    "return performance.getEntriesByType('resource').map(e => e.name)"
                        + ".filter(n => !/^(data|file|blob):/.test(n)"
                        + " && new URL(n).origin !== location.origin);"))
        .isEmpty();
  }

  /**
   * The page as it is breaks no rule of axe-core, in light and dark and on a phone and a notebook,
   * and is never wider than the screen. Keeps a screenshot of each.
   *
   * @param name of the screenshots
   */
  public void assertAccessible(String name) throws IOException {
    if (driver.executeScript("return typeof axe;").equals("undefined")) {
      driver.executeScript(axe());
    }
    for (Dimension size : SIZES) {
      boolean phone = size.getWidth() < 500;
      device(size, phone);
      for (String scheme : List.of("light", "dark")) {
        emulate(scheme);
        run("");
        String shown = name + (phone ? "-phone" : "") + "-" + scheme;
        screenshot(shown + ".png");
        assertThat((List<?>) driver.executeAsyncScript(AXE)).as(shown).isEmpty();
      }
      assertThat((Long) run("return document.documentElement.scrollWidth;"))
          .as("the width of %s, with %s", name, run(TOO_WIDE))
          .isLessThanOrEqualTo(size.getWidth());
    }
    emulate("light");
  }

  private static String axe() throws IOException {
    try (InputStream script = ClassLoader.getSystemResourceAsStream("axe.min.js")) {
      return new String(script.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Keeps what the page looks like. */
  public void screenshot(String name) throws IOException {
    Files.createDirectories(SCREENSHOTS);
    Files.write(SCREENSHOTS.resolve(name), driver.getScreenshotAs(OutputType.BYTES));
  }

  @Override
  public void close() {
    driver.quit();
  }
}
