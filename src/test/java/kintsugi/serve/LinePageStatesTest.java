package kintsugi.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import javax.imageio.ImageIO;
import kintsugi.dataset.SyntheticConcrete;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;

/** The server's page where something is missing: a place, the server, a calibration, an image. */
class LinePageStatesTest extends LinePageFixture {
  private void awaitIntake(String words) {
    browser.await("document.querySelector('#intake').textContent.includes('" + words + "')");
  }

  @Test
  void anImageThatMeetsAFullQueueIsSentAgain() throws Exception {
    serve(Server.Options.LOCAL, 1);
    open();
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch free = new CountDownLatch(1);
    Thread other =
        Thread.ofVirtual().start(() -> line.waiting().entered(1, () -> held(entered, free)));
    entered.await();
    browser.upload("#files", normal.getFirst());
    awaitIntake("queue is full");
    free.countDown();
    other.join();
    awaitVerdict(normal.getFirst().getFileName().toString());
    assertThat(text("#intake")).isEmpty();
  }

  private static String held(CountDownLatch entered, CountDownLatch free) {
    entered.countDown();
    try {
      free.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return "";
  }

  @Test
  void aServerThatIsGoneIsSaidAndFoundAgain() throws Exception {
    serve(Server.Options.LOCAL, 4);
    open();
    int port = server.port();
    server.close();
    browser.await("document.querySelector('#banner').textContent.includes('does not answer')");
    assertThat(text("#link")).isEqualTo("not connected");
    browser.assertAccessible("line-gone");
    serve(options(port, Server.Access.LOCAL), 4);
    browser.await("document.querySelector('#banner').textContent === ''");
    browser.await("document.querySelector('#link').textContent === 'live'");
  }

  private static Server.Options options(int port, Server.Access access) {
    Server.Options local = Server.Options.LOCAL;
    return new Server.Options(local.host(), port, local.maxBody(), access, local.notices());
  }

  @Test
  void aTokenIsAskedForUntilItIsTheServers() throws Exception {
    Path file = folder.resolve("token");
    Files.writeString(file, "a-secret-of-the-line");
    Optional<Path> none = Optional.empty();
    serve(options(0, new Server.Access(Optional.of(file), none, none, List.of(), List.of())), 4);
    browser.open(URI.create(server.url()));
    browser.await("document.querySelector('#login').open");
    browser.assertAccessible("line-login");
    browser.find("#token").sendKeys("another-secret-of-it", Keys.ENTER);
    browser.await("document.querySelector('#login-told').textContent.includes('not accept')");
    browser.find("#token").sendKeys("a-secret-of-the-line", Keys.ENTER);
    browser.await("document.querySelector('#link').textContent === 'live'");
    assertThat(browser.find("#login").isDisplayed()).isFalse();
    browser.upload("#files", normal.getFirst());
    awaitVerdict(normal.getFirst().getFileName().toString());
    browser.find("#strip button").click();
    browser.await("document.querySelector('#photo').naturalWidth > 0");
  }

  @Test
  void aModelThatIsNotCalibratedHasScoresAloneAndAnotherCanBeChosen() throws Exception {
    Path fresh = folder.resolve("fresh.safetensors");
    kintsugi.save(
        kintsugi.fit(
            kintsugi.load(model).recipe(),
            1,
            kintsugi.images(folder.resolve(SyntheticConcrete.NORMAL))),
        fresh);
    serve(Server.Options.LOCAL, 4, Map.of("part", model, "fresh", fresh));
    open();
    browser.choose("#model", "fresh");
    browser.await("!document.querySelector('#uncalibrated').hidden");
    assertThat(text("#model-summary")).endsWith("not calibrated");
    browser.upload("#files", anomalous.getFirst());
    awaitVerdict(anomalous.getFirst().getFileName().toString());
    assertThat(text("#answer .verdict b")).isEqualTo("Not calibrated");
    browser.await("document.querySelectorAll('#strip li').length === 1");
    browser.assertAccessible("line-uncalibrated");
    browser.choose("#model", "part");
    browser.await("!document.querySelector('#calibrated').hidden");
    browser.await("document.querySelectorAll('#strip li').length === 0");
  }

  @Test
  void whatIsNotAnImageIsRefusedInALineAndTheNextIsScored() throws Exception {
    serve(Server.Options.LOCAL, 4);
    open();
    Path broken = folder.resolve("broken.png");
    Files.writeString(broken, "not an image");
    browser.upload("#files", broken, normal.getFirst());
    awaitVerdict(normal.getFirst().getFileName().toString());
    awaitIntake("broken.png");
    assertThat(browser.all("#strip li")).hasSizeLessThan(2);
  }

  @Test
  void anImageThatBrowsersDoNotShowIsSeenByItsHeatMap() throws IOException {
    serve(Server.Options.LOCAL, 4);
    open();
    Path tiff = folder.resolve("image.tif");
    BufferedImage image = ImageIO.read(anomalous.getFirst().toFile());
    assertThat(ImageIO.write(image, "tiff", tiff.toFile())).isTrue();
    browser.upload("#files", tiff);
    awaitVerdict("image.tif");
    awaitIntake("Browsers do not show this format");
    browser.await("document.querySelectorAll('#boxes rect').length > 0");
    assertThat(browser.find("#photo").isDisplayed()).isFalse();
    assertThat(browser.find("#heat").isDisplayed()).isTrue();
  }

  @Test
  void aPromiseThatSoFewImagesCannotKeepIsNotSaved() throws Exception {
    serve(Server.Options.LOCAL, 4);
    open();
    browser.await("document.querySelector('#handle').hasAttribute('aria-valuenow')");
    byte[] before = Files.readAllBytes(line.model("part").file());
    browser.find("#promise-form button").click();
    browser.await("document.querySelector('#saved').textContent.startsWith('Not saved: ')");
    assertThat(text("#saved")).contains("99");
    assertThat(Files.readAllBytes(line.model("part").file())).isEqualTo(before);
  }
}
