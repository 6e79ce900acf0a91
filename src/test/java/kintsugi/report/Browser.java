package kintsugi.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;

/** Headless Chromium, for pages that have to work in a real browser. */
@SuppressWarnings("exports") // A test exports nothing.
public final class Browser implements AutoCloseable {
  private static final Path SCREENSHOTS = Path.of("target", "screenshots");

  /** Held, so that its level is; it would warn of every Chromium that is newer than it. */
  private static final Logger SELENIUM = Logger.getLogger("org.openqa.selenium");

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
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage");
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
    driver.executeCdpCommand("Emulation.clearDeviceMetricsOverride", Map.of());
    resize(1280, 1600);
    emulate("light");
    driver.get(page.toUri().toString());
  }

  public void resize(int width, int height) {
    driver.manage().window().setSize(new Dimension(width, height));
  }

  /** Makes the page's frame as small as a phone's, which is narrower than any window. */
  public void phone(int width, int height) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", true));
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

  /** Milliseconds until the page could be used. */
  public double domReady() {
    return ((Number)
            run("return performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd;"))
        .doubleValue();
  }

  /** Nothing went wrong in the page's scripts, and it asked for nothing from the network. */
  public void assertClean() {
    assertThat(driver.manage().logs().get(LogType.BROWSER).getAll()).isEmpty();
    assertThat(
            (List<?>)
                run(
                    "return performance.getEntriesByType('resource').map(e => e.name)"
                        + ".filter(n => !/^(data|file):/.test(n));"))
        .isEmpty();
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
