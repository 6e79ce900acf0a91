package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import kintsugi.Kintsugi;
import kintsugi.detector.Model;
import kintsugi.report.Browser;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The command that learns, on drawn images. */
class LearnCommandTest extends CommandFixture {

  private Result learn(String name, String... more) {
    String[] all =
        Arrays.copyOf(
            new String[] {
              "learn",
              normal.toString(),
              "--model",
              folder.resolve(name + ".safetensors").toString(),
              "--out",
              folder.resolve(name).toString()
            },
            6 + more.length);
    System.arraycopy(more, 0, all, 6, more.length);
    return run(all);
  }

  @Test
  void itLeavesAModelForPredictAPageAndTheCommandThatMakesItAgain() throws IOException {
    Result learnt =
        learn(
            "first",
            "--time",
            "1s",
            "--bad",
            "" + anomalous,
            "--seed",
            "3",
            "--max-pixels",
            "5000000",
            "--skip-unreadable",
            "--quiet");
    assertThat(learnt.status()).as(learnt.err()).isZero();
    assertThat(learnt.out())
        .contains(
            "8 images of ", "AUROC", "false alarms", "on new images AUROC", "next: ./kintsugi");
    JsonNode json = JsonMapper.shared().readTree(folder.resolve("first/learn.json"));
    assertThat(json.path("counts").path("bad").asInt()).isEqualTo(4);
    assertThat(json.path("candidates").size()).isGreaterThan(5);
    assertThat(json.path("estimate").path("against").asString()).isEqualTo("bad images");
    try (Browser browser = new Browser()) {
      browser.open(folder.resolve("first/learn.html"));
      assertThat(browser.all("#candidates tbody tr")).isNotEmpty();
      browser.assertAccessible("learn");
      browser.assertClean();
    }

    Path learntModel = folder.resolve("first.safetensors");
    Result predicted =
        run(
            "predict",
            "--model",
            "" + learntModel,
            "" + anomalous,
            "--out",
            "" + folder.resolve("p"));
    assertThat(predicted.status()).as(predicted.err()).isZero();

    String again = json.path("again").asString();
    assertThat(again)
        .startsWith("./kintsugi fit ")
        .contains("--seed 3")
        .endsWith(" --max-pixels 5000000 --skip-unreadable");
    String[] words = again.replace("./kintsugi ", "").split(" ");
    Result fitted = runBare(words);
    assertThat(fitted.status()).as(fitted.err()).isZero();
    try (Kintsugi kintsugi = Kintsugi.builder().weights(weights).open()) {
      Model same = kintsugi.load(folder.resolve("again-first.safetensors"));
      kintsugi
          .load(learntModel)
          .detector()
          .tensors()
          .forEach(
              (name, tensor) ->
                  assertThat(same.detector().tensors().get(name).bytes())
                      .isEqualTo(tensor.bytes()));
    }
  }

  @Test
  void theBadImagesOfAListAreThoseThatItCallsBad() throws IOException {
    List<Path> goods;
    List<Path> bads;
    try (var good = Files.list(normal);
        var bad = Files.list(anomalous)) {
      goods = good.sorted().toList();
      bads = bad.sorted().toList();
    }
    StringBuilder unlabelled = new StringBuilder("file\n");
    StringBuilder labelled = new StringBuilder("file,label,split\n");
    for (Path file : goods) {
      unlabelled.append(file).append('\n');
      labelled.append(file).append(",good,train\n");
    }
    for (Path file : bads) {
      labelled
          .append(file)
          .append(",crack,")
          .append(file == bads.getFirst() ? "test" : "calibrate");
      labelled.append('\n');
    }
    assertThat(badIn("unlabelled", unlabelled)).isZero();
    assertThat(badIn("labelled", labelled)).isEqualTo(bads.size() - 1);
  }

  /** How many bad images are found in a list that is named as the good ones. */
  private int badIn(String name, CharSequence rows) throws IOException {
    Path list = Files.writeString(folder.resolve(name + ".csv"), rows);
    Path out = folder.resolve("of-" + name);
    Result learnt =
        run(
            "learn",
            "" + list,
            "--model",
            "" + folder.resolve("of-" + name + ".safetensors"),
            "--out",
            "" + out,
            "--time",
            "1s");
    assertThat(learnt.status()).as(learnt.err()).isZero();
    JsonNode json = JsonMapper.shared().readTree(out.resolve("learn.json"));
    return json.path("counts").path("bad").asInt();
  }

  @Test
  void aWrongTimeOrLimitIsAWrongCommandLine() {
    assertThat(learn("wrong", "--time", "soon").err()).contains("--time", "10m", "soon");
    for (String time : List.of("0s", "00m", "-5s", "soon", "1")) {
      assertThat(learn("wrong", "--time", time).status()).as(time).isEqualTo(2);
    }
    assertThat(learn("wrong", "--ms-per-image", "-1").status()).isEqualTo(2);
    assertThat(folder.resolve("wrong")).doesNotExist();
  }

  @Test
  void tooFewImagesLeaveNothing() throws IOException {
    Path few = Files.createDirectories(folder.resolve("few"));
    try (var files = Files.list(normal)) {
      for (Path file : files.limit(3).toList()) {
        Files.copy(file, few.resolve(file.getFileName()));
      }
    }
    Path out = folder.resolve("nothing");
    Result refused =
        run("learn", "" + few, "--model", "" + folder.resolve("n.safetensors"), "--out", "" + out);
    assertFails(refused, out, "3 readable good images", "at least 6");
    assertThat(folder.resolve("n.safetensors")).doesNotExist();
  }
}
