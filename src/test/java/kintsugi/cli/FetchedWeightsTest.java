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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands of a user who has no weights, with a server on loopback in place of torchvision's. */
class FetchedWeightsTest {
  @TempDir Path folder;

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
    System.setProperty("kintsugi.home", folder.resolve("project").toString());
    cache = folder.resolve("cache");
    System.setProperty("kintsugi.cache", cache.toString());
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
    System.clearProperty("kintsugi.cache");
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
        .contains("no ResNet-18 weights found; copy " + Fetch.TORCHVISION + " into " + cache)
        .contains("(--weights)");
    assertThat(server.requests()).isEmpty();
    assertThat(model).doesNotExist();
  }

  @Test
  void withoutANetworkTheReasonIsSaid() throws IOException {
    server.close();
    Result result = runBare(fit);
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err().lines().toList().getLast())
        .contains("no ResNet-18 weights found: " + RunOptions.source.from())
        .contains(": cannot be reached (Connection refused); copy ", " into " + cache)
        .contains("(--weights)");
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

  /** Weights that just could not be fetched cannot be fetched now: a copy can. */
  @Test
  void aDemonstrationWithoutANetworkNamesAWayThatWorks() throws IOException {
    server.close();
    Result result = runBare("demo", "--out", "" + folder.resolve("demo"));
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out())
        .contains("for figures: ./kintsugi weights fetch --from resnet18-f37072fd.pth, then");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "calibrate --model none --normal .",
        "evaluate --model none --normal . --anomalous . --out out",
        "predict --model none . --out out",
        "predict --model . none --out out",
        "teach --model none none",
        "teach --model none --list",
        "teach --model none --undo last",
        "trace --model . none --out out",
        "watch . --model none --out out",
        "serve --model none",
        "serve --model w=. --tls-cert none --tls-key none --port 0",
        "serve --model w=. --token-file none --port 0",
        "fit padim --train . --update none --model out",
        "fit padim --train none --model out",
        "experiment padim --data none --out out",
        "grid --data none --recipes padim --out out",
        "merge none --model out",
        "audit --against none",
        "doctor none none",
        "export none --npz out",
        "weights classify none"
      })
  void aMissingFileIsSaidBeforeAnythingIsFetched(String typed) {
    String there = "" + folder.resolve(SyntheticConcrete.NORMAL);
    String[] arguments = typed.split(" ");
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = arguments[i].replaceFirst("^(w=)?\\.$", "$1" + there);
      arguments[i] =
          arguments[i].matches("none|out") ? "" + folder.resolve(arguments[i]) : arguments[i];
    }
    Result result = runBare(arguments);
    assertThat(result.status()).as(result.err()).isEqualTo(1);
    assertThat(result.err()).contains(folder.resolve("none") + ": ", "there is no such f");
    assertThat(result.err()).hasLineCount(1);
    assertThat(server.requests()).isEmpty();
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void aDemonstrationWithoutWeightsShowsNoFiguresAndNamesTheWayToThem() throws IOException {
    Path out = folder.resolve("demo");
    Result result = runBare("demo", "--offline", "--out", "" + out);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.err()).contains("RANDOM WEIGHTS", "no ResNet-18 weights found;");
    assertThat(result.out())
        .contains(
            "for figures: ./kintsugi weights fetch, then", "page: " + out.resolve("report.html"))
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
