package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import kintsugi.report.Browser;
import kintsugi.weights.Checkpoint;
import kintsugi.weights.StoredTensor;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Proof and insight: audit and trace. */
class AuditCommandsTest extends CommandFixture {

  @Test
  void anAuditIsATableAFileAndAPage() throws IOException {
    Path out = folder.resolve("audit");
    Result result = run("audit", "--only", "map,metric", "--out", "" + out);
    assertThat(result.status()).as(result.out() + result.err()).isZero();
    assertThat(result.out()).contains("every bound kept", "blur σ=4 reflect", "vector, winograd4");
    JsonNode audit = JsonMapper.shared().readTree(out.resolve("audit.json"));
    assertThat(audit.get("passed").asBoolean()).isTrue();
    assertThat(audit.get("findings").size()).isGreaterThan(50);
    assertThat(audit.get("findings").get(0).get("share").asDouble()).isLessThanOrEqualTo(1);
    try (Browser browser = new Browser()) {
      browser.open(out.resolve("audit.html"));
      assertThat(browser.find("h1").getText()).isEqualTo("Audit: every bound kept");
      browser.choose("#section", "metric");
      int rows = browser.all("#findings tbody tr").size();
      assertThat(rows).isBetween(10, 30);
      browser.find("#broken").click();
      assertThat(browser.all("#findings tbody tr")).isEmpty();
      browser.assertClean();
    }
    Result none = run("audit", "--only", "weather", "--out", "" + folder.resolve("x"));
    assertThat(none.status()).isEqualTo(2);
    assertThat(none.err()).contains("there is no section weather; there are image, convolution");
  }

  @Test
  void aTraceLeavesEveryStepAndAgreesWithItsRecipe() throws IOException {
    Path out = folder.resolve("trace");
    String image = "" + anomalous.resolve("001.png");
    String model = "" + folder.resolve("matlab.safetensors");
    run("fit", "padim", "--recipe", "padim/matlab", "--train", "" + normal, "--model", model);
    run("calibrate", "--model", model, "--normal", "" + normal, "--anomalous", "" + anomalous);
    Result result = run("trace", image, "--model", model, "--out", "" + out);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out()).contains("forward substitution y", "layer3.1.bn2 (tap)", "ms");
    Path predictions = folder.resolve("trace-predictions");
    run("predict", "--model", model, image, "--out", "" + predictions);
    double score =
        JsonMapper.shared()
            .readTree(Files.readString(predictions.resolve("predictions.jsonl")))
            .get("score")
            .asDouble();
    assertThat(result.out()).contains(String.format("score %.4f", score));
    Map<String, StoredTensor> tensors = Checkpoint.read(out.resolve("trace.npz"));
    assertThat(tensors.get("input").shape()).containsExactly(3, 224, 224);
    assertThat(tensors.get("layer2").shape()).containsExactly(128, 28, 28);
    // Σ at the patch gives the patch's distance.
    float[] distances = tensors.get("distances").floats();
    float largest = 0;
    for (float d : distances) {
      largest = Math.max(largest, d);
    }
    JsonNode page = pageData(Files.readString(out.resolve("trace.html")));
    double squares = 0;
    for (JsonNode step : page.get("steps")) {
      if (step.get("name").asString().startsWith("forward")) {
        for (JsonNode y : step.get("values")) {
          squares += y.asDouble() * y.asDouble();
        }
      }
    }
    assertThat(Math.sqrt(squares)).isCloseTo(largest, within(1e-3 * largest));
    Result against =
        run("audit", "--against", "" + out.resolve("trace.npz"), "--out", "" + folder.resolve("a"));
    assertThat(against.status()).as(against.out() + against.err()).isZero();
    assertThat(against.out()).contains("every stage agrees with padim/matlab");
    assertThat(folder.resolve("a/against.json")).exists();
    try (Browser browser = new Browser()) {
      browser.open(out.resolve("trace.html"));
      assertThat(browser.all("#steps figure")).hasSize(page.get("steps").size());
      browser.screenshot("trace.png");
      browser.assertClean();
    }
    Result beyond = run("trace", image, "--model", model, "--patch", "3,99", "--out", "" + out);
    assertThat(beyond.status()).isEqualTo(2);
    assertThat(beyond.err()).contains("3,99 is not a patch of a grid of 56 rows");
  }

  private static JsonNode pageData(String page) {
    int from = page.indexOf("id=\"data\">") + "id=\"data\">".length();
    return JsonMapper.shared().readTree(page.substring(from, page.indexOf("</script>", from)));
  }

  @Test
  void patchCoreIsTracedToItsNeighbours() {
    String bank = "" + folder.resolve("bank.safetensors");
    Result fit =
        run(
            "fit",
            "patchcore",
            "--recipe",
            "patchcore/matlab",
            "--train",
            "" + normal,
            "--size",
            "96x96",
            "--model",
            bank);
    assertThat(fit.status()).as(fit.err()).isZero();
    run("calibrate", "--model", bank, "--normal", "" + normal, "--anomalous", "" + anomalous);
    Path out = folder.resolve("bank-trace");
    String image = "" + anomalous.resolve("002.png");
    Result result = run("trace", image, "--model", bank, "--patch", "4,5", "--out", "" + out);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out()).contains("nearest bank patch m", "weight", "patch row 4, column 5");
    Result against =
        run("audit", "--against", "" + out.resolve("trace.npz"), "--out", "" + folder.resolve("b"));
    assertThat(against.out()).as(against.err()).contains("agrees with patchcore/matlab");
  }

  @Test
  void theDoctorNamesTheFirstStageThatDiffers() throws IOException {
    String a = "" + folder.resolve("a.safetensors");
    String b = "" + folder.resolve("b.safetensors");
    for (String model : new String[] {a, b}) {
      Result fit =
          run(
              "fit",
              "padim",
              "--recipe",
              "padim/anomalib",
              "--train",
              "" + normal,
              "--size",
              "64x64",
              "--border",
              model.equals(a) ? "reflect" : "replicate",
              "--model",
              model);
      assertThat(fit.status()).as(fit.err()).isZero();
    }
    Path out = folder.resolve("doctor");
    Result same = run("doctor", a, a, "--images", "" + anomalous, "--out", "" + out);
    assertThat(same.status()).as(same.out() + same.err()).isZero();
    assertThat(same.out()).contains("every stage that both have is the same");
    Result differs = run("doctor", a, b, "--images", "" + anomalous, "--out", "" + out);
    assertThat(differs.status()).as(differs.err()).isEqualTo(1);
    assertThat(differs.out())
        .contains(
            "the first stage that differs: map",
            "likely A: bilinear, σ=4, reflect; B: bilinear, σ=4, replicate");
    JsonNode json = JsonMapper.shared().readTree(out.resolve("doctor.json"));
    assertThat(json.get("first").asString()).isEqualTo("map");
    assertThat(json.get("same").asBoolean()).isFalse();
    assertThat(json.get("stages").size()).isGreaterThan(6);
    try (Browser browser = new Browser()) {
      browser.open(out.resolve("doctor.html"));
      assertThat(browser.find("h1").getText()).isEqualTo("The first stage that differs: map");
      assertThat(browser.find("#causes li").getText()).contains("σ=4, replicate");
      assertThat(browser.find("#stages tr.broken th").getText()).isEqualTo("map");
      browser.assertAccessible("doctor");
      browser.assertClean();
    }
    Result none = run("doctor", a, b, "--out", "" + folder.resolve("x"));
    assertThat(none.status()).isEqualTo(1);
    assertThat(none.err().lines()).hasSize(1);
    assertThat(none.err()).contains("name images to compare them on (--images)");
    Result damaged = run("doctor", a, "" + anomalous.resolve("001.png"), "--images", "" + normal);
    assertThat(damaged.status()).isEqualTo(1);
    assertThat(damaged.err().lines()).hasSize(1);
    assertThat(run("doctor", a).status()).isEqualTo(2);
  }
}
