package kintsugi.cli;

import static kintsugi.cli.CommandFixture.runBare;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import kintsugi.cli.CommandFixture.Result;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.TestWeights;
import kintsugi.weights.Fetch;
import kintsugi.weights.LoopbackServer;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands of a user who has no weights, with a server on loopback in place of torchvision's. */
class FetchedWeightsTest {
  @TempDir Path folder;

  private final String home = System.getProperty("user.home");
  private byte[] file;
  private LoopbackServer server;
  private Path cache;
  private Path model;
  private String[] fit;

  @BeforeEach
  void begin() throws IOException {
    Path weights = TestWeights.write(folder.resolve("w.safetensors"), 1);
    file = Files.readAllBytes(weights);
    server = new LoopbackServer((from, out) -> LoopbackServer.send(file, from, file.length, out));
    RunOptions.source =
        new Fetch.Source(server.address("resnet18.safetensors"), Weights.sha256(weights), true);
    System.setProperty("user.home", folder.resolve("home").toString());
    System.setProperty("kintsugi.home", folder.resolve("project").toString());
    cache = folder.resolve("home/.cache/kintsugi");
    SyntheticConcrete.write(folder, 3, 1, 1);
    model = folder.resolve("model.safetensors");
    fit =
        new String[] {
          "fit",
          "padim",
          "--train",
          "" + folder.resolve(SyntheticConcrete.NORMAL),
          "--model",
          "" + model
        };
  }

  @AfterEach
  void end() throws IOException {
    RunOptions.source = Fetch.Source.USUAL;
    System.setProperty("user.home", home);
    System.clearProperty("kintsugi.home");
    server.close();
  }

  private static String[] with(String[] arguments, String more) {
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 1);
    all[arguments.length] = more;
    return all;
  }

  @Test
  void aFitFetchesWhatItDoesNotFindAndFindsItFromThenOn() {
    Result first = runBare(fit);
    assertThat(first.status()).as(first.err()).isZero();
    assertThat(first.err().lines().findFirst().orElseThrow())
        .startsWith("kintsugi: no ResNet-18 weights found; fetching " + RunOptions.source.from())
        .contains(RunOptions.source.sha256())
        .endsWith(", into " + cache);
    assertThat(cache.resolve("resnet18.safetensors")).hasBinaryContent(file);
    assertThat(cache.toFile().list()).hasSize(1);
    Result second = runBare(fit);
    assertThat(second.status()).as(second.err()).isZero();
    assertThat(second.err()).doesNotContain("fetching");
    assertThat(server.requests()).hasSize(1);
  }

  @Test
  void offlineAsksNobodyAndNamesTheWaysOut() {
    Result result = runBare(with(fit, "--offline"));
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err().lines()).hasSize(1);
    assertThat(result.err())
        .contains("no ResNet-18 weights found in", Fetch.TORCHVISION, "" + cache)
        .contains("copy it into any of these folders", "(--weights)", "KINTSUGI_WEIGHTS");
    assertThat(server.requests()).isEmpty();
    assertThat(model).doesNotExist();
  }

  @Test
  void withoutANetworkTheReasonIsSaid() throws IOException {
    server.close();
    Result result = runBare(fit);
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err().lines().toList().getLast())
        .contains("no ResNet-18 weights found in")
        .contains(", and " + RunOptions.source.from() + ": cannot be reached (Connection refused)")
        .contains("copy it into any of these folders", "(--weights)", "KINTSUGI_WEIGHTS");
    assertThat(model).doesNotExist();
    assertThat(cache).isEmptyDirectory();
  }

  @Test
  void aFileThatIsNotTheExpectedOneIsNotUsed() {
    String other = "0".repeat(64);
    RunOptions.source = new Fetch.Source(RunOptions.source.from(), other, true);
    Result result = runBare(fit);
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err()).contains("where " + other + " is expected");
    assertThat(cache).isEmptyDirectory();
  }

  @Test
  void weightsThatAreNamedAreNotReplacedByOthers() {
    Result result = runBare(with(fit, "--weights=" + folder.resolve("none.pth")));
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err()).contains("none.pth: the weights named (--weights) do not exist");
    assertThat(server.requests()).isEmpty();
  }

  @Test
  void aDemonstrationWithoutWeightsShowsNoFiguresAndNamesTheWayToThem() throws IOException {
    Path out = folder.resolve("demo");
    Result result = runBare("demo", "--offline", "--out", "" + out);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.err()).contains("RANDOM WEIGHTS", "no ResNet-18 weights found in");
    assertThat(result.out())
        .contains("./kintsugi weights fetch", "page: " + out.resolve("report.html"))
        .doesNotContainIgnoringCase("auroc")
        .doesNotContainIgnoringCase("accuracy")
        .doesNotContainIgnoringCase("threshold")
        .doesNotContain("predicted");
    String page = Files.readString(out.resolve("report.html"));
    String shown =
        page.substring(page.indexOf("id=\"data\""), page.indexOf("id=\"encoded-images\""));
    assertThat(shown)
        .contains("RANDOM WEIGHTS", "./kintsugi weights fetch", Fetch.TORCHVISION)
        .doesNotContainIgnoringCase("auroc")
        .doesNotContain("threshold", "\"score\"");
    assertThat(out.resolve("metrics.json")).doesNotExist();
    assertThat(out.resolve("scores.csv")).doesNotExist();
  }
}
