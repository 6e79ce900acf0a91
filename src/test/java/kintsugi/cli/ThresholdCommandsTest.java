package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kintsugi.dataset.SyntheticConcrete;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Thresholds that a person sets, what they do, and warnings of those that cannot be meant. */
class ThresholdCommandsTest extends CommandFixture {
  private static JsonNode json(Path file) {
    return JsonMapper.shared().readTree(file);
  }

  private Path copied(String name) throws IOException {
    return Files.copy(model, folder.resolve(name + ".safetensors"));
  }

  private Result threshold(Path of, String rule) {
    return run("calibrate", "--model", "" + of, "--threshold", rule);
  }

  private Result evaluate(Path of, Path out) {
    return run(
        "evaluate",
        "--model",
        "" + of,
        "--normal",
        "" + normal,
        "--anomalous",
        "" + anomalous,
        "--quiet",
        "--out",
        "" + out);
  }

  @Test
  void aThresholdAloneNeedsNoImages() throws IOException {
    Path own = copied("own");
    Result result = threshold(own, "value:0.3");
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out())
        .startsWith(own + ": threshold 0.3000 by value:0.3")
        .contains("of 1000 good parts at most about ", " here), of 1000 bad at most about ");
    JsonNode calibration = json(folder.resolve("own.json")).get("calibration");
    assertThat(calibration.get("threshold").asDouble()).isEqualTo(0.3);
    assertThat(calibration.get("scores").get("normal")).hasSize(8);
    assertThat(calibration.get("scores").get("anomalous")).hasSize(4);
    // What was set by hand does not stand in the way of another rule.
    assertThat(threshold(own, "max-fpr:0.2").status()).isZero();
    JsonNode alone = json(folder.resolve("own.json")).get("calibration");
    Path again = copied("again");
    String[] withImages = {
      "calibrate",
      "--model",
      "" + again,
      "--normal",
      "" + normal,
      "--anomalous",
      "" + anomalous,
      "--threshold",
      "max-fpr:0.2"
    };
    assertThat(run(withImages).status()).isZero();
    assertThat(alone).isEqualTo(json(folder.resolve("again.json")).get("calibration"));
    assertThat(alone.get("rule").get("kind").asString()).isEqualTo("MAX_FPR");
    assertThat(alone.get("false_positives").propertyNames())
        .containsExactly("samples", "found", "expected", "at_most", "low", "high");
  }

  @Test
  void aRateOfFalseAlarmsIsPromisedAsFarAsTheImagesAllow() throws IOException {
    Path own = copied("promise");
    String[] command = {"calibrate", "--model", "" + own, "--max-false-alarms", "0.2"};
    Result result = run(command);
    assertThat(result.status()).as(result.err()).isZero();
    // Of 8 images ⌊9 · 0.2⌋ − 1 = 0 lie above.
    assertThat(result.out())
        .contains("by conformal:0.2 from 12 images", "of 1000 good parts about 111 rejected");
    assertThat(threshold(own, "conformal:0.2").out()).isEqualTo(result.out());
    byte[] before = Files.readAllBytes(own);
    Result tooMuch = run("calibrate", "--model", "" + own, "--max-false-alarms", "0.01");
    assertThat(tooMuch.status()).isEqualTo(1);
    assertThat(tooMuch.err())
        .contains(
            own
                + ": a rate of false alarms of at most 0.01 needs 99 normal images, and 91 of them"
                + " are missing; calibrate with more (--normal), or promise no less than 0.12"
                + " (--max-false-alarms)");
    assertThat(own).hasBinaryContent(before);
    Path out = folder.resolve("promise-out");
    Path image = anomalous.resolve("000.png");
    assertThat(run("predict", "--model", "" + own, "" + image, "--out", "" + out).status())
        .isZero();
    JsonNode line = json(out.resolve("predictions.jsonl"));
    assertThat(line.get("p_value").asDouble()).isBetween(1 / 9.0, 1.0);
    assertThat(line.get("anomalous").asBoolean()).isEqualTo(line.get("p_value").asDouble() <= 0.2);
  }

  @Test
  void aPromiseAndAnotherRuleExcludeEachOtherAndAnExperimentSaysWhatItLacksBeforeItFits() {
    Result both =
        run(
            "calibrate",
            "--model",
            "" + model,
            "--threshold",
            "youden",
            "--max-false-alarms",
            "0.1");
    assertThat(both.status()).isEqualTo(2);
    assertThat(both.err()).contains("--threshold and --max-false-alarms exclude each other");
    Path none = folder.resolve("none.safetensors");
    String[] fit = {
      "fit",
      "padim",
      "--train",
      "" + normal,
      "--model",
      "" + none,
      "--threshold",
      "youden",
      "--max-false-alarms",
      "0.1"
    };
    assertThat(run(fit).status()).isEqualTo(2);
    Result experiment =
        run(
            "experiment",
            "padim",
            "--data",
            "" + normal.getParent(),
            "--normal",
            "" + normal.getFileName(),
            "--anomalous",
            "" + anomalous.getFileName(),
            "--max-false-alarms",
            "0.001",
            "--out",
            "" + folder.resolve("promise-experiment"));
    assertThat(experiment.status()).isEqualTo(1);
    assertThat(experiment.err()).contains("needs 999 normal images", "(--max-false-alarms)");
    assertThat(folder.resolve("promise-experiment")).doesNotExist();
  }

  @Test
  void whatIsMissingForAThresholdIsNamed() throws IOException {
    Result nothing = run("calibrate", "--model", "" + model);
    assertThat(nothing.status()).isEqualTo(2);
    assertThat(nothing.err()).contains("--normal", "--threshold");
    Result bad =
        run(
            "calibrate",
            "--model",
            "" + model,
            "--threshold",
            "youden",
            "--anomalous",
            "" + anomalous);
    assertThat(bad.status()).isEqualTo(2);
    assertThat(bad.err()).contains("--anomalous needs --normal");
    Path fitted = folder.resolve("fitted.safetensors");
    assertThat(run("fit", "padim", "--train", "" + normal, "--model", "" + fitted).status())
        .isZero();
    assertFails(
        threshold(fitted, "value:0.3"),
        folder.resolve("x"),
        fitted + ": the model has no threshold yet");
  }

  @Test
  void aThresholdAboveEverythingIsALoudWarningAndHasNoPrecision() throws IOException {
    Path high = copied("high");
    Result set = threshold(high, "value:1000");
    assertThat(set.err()).contains("kintsugi: warning: the threshold 1000.0000 misses all 4 bad");
    assertThat(json(folder.resolve("high.json")).get("warnings").toString())
        .contains("misses all 4 bad images")
        .doesNotContain("(anomalous)");
    Path out = folder.resolve("high-out");
    Result result = evaluate(high, out);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out())
        .startsWith("of 1000 good parts at most 369 rejected (0 of 8 here), of 1000 bad at least ")
        .contains("precision - (none predicted anomalous)")
        .doesNotContain("NaN");
    assertThat(result.err())
        .contains(
            "warning: the threshold 1000.0000 misses all 4 bad images", "set a lower one, or");
    JsonNode metrics = json(out.resolve("metrics.json"));
    assertThat(metrics.get("precision").isNull()).isTrue();
    assertThat(metrics.get("confidence95").get("precision").get("low").isNull()).isTrue();
    assertThat(metrics.get("false_negatives").get("found").asInt()).isEqualTo(4);
    assertThat(metrics.get("false_positives").get("high").asDouble()).isBetween(0.36, 0.37);
    assertThat(metrics.get("warnings").toString()).contains("misses all 4 bad images");
    assertThat(out.resolve("metrics.json")).content().doesNotContain("NaN");
  }

  @Test
  void aThresholdBelowEverythingIsToldByEveryCommandThatUsesIt() throws IOException {
    Path low = copied("low");
    assertThat(threshold(low, "value:-1000").err()).contains("rejects 8 of 8 good images");
    Path out = folder.resolve("low-out");
    Result predicted =
        run("predict", "--model", "" + low, "" + anomalous.resolve("000.png"), "--out", "" + out);
    assertThat(predicted.status()).as(predicted.err()).isZero();
    assertThat(predicted.out())
        .startsWith(
            "threshold -1000.0000 by value:-1000.0: of 1000 good parts at most about 1000 ");
    assertThat(predicted.err())
        .contains(
            "warning: the threshold -1000.0000 rejects 8 of 8 good images",
            "warning: the model was fitted to 8 of the images of its calibration");
    Result evaluated = evaluate(low, folder.resolve("low-evaluated"));
    assertThat(evaluated.err()).contains("rejects 8 of 8 good images");
    JsonNode warnings = json(folder.resolve("low-evaluated/metrics.json")).get("warnings");
    assertThat(warnings.toString())
        .contains("rejects 8 of 8 good images", "of the images of its calibration");
  }

  /** The command that the page has for another threshold, up to its value. */
  private static String setThreshold(Path out) throws IOException {
    String page = Files.readString(out.resolve("report.html"));
    String data = page.substring(page.indexOf("id=\"data\">") + "id=\"data\">".length());
    data = data.substring(0, data.indexOf("</script>"));
    return JsonMapper.shared().readTree(data).get("heading").get("set_threshold").asString();
  }

  private List<String> experiment(Path out, String... more) {
    List<String> command = new ArrayList<>(List.of("experiment", "padim", "--data", "" + folder));
    command.addAll(List.of("--layout", "folders", "--normal", SyntheticConcrete.NORMAL));
    command.addAll(List.of("--anomalous", SyntheticConcrete.ANOMALOUS, "--train", "4"));
    command.addAll(List.of("--calibrate", "2", "--test", "2", "--out", "" + out));
    command.addAll(List.of(more));
    return command;
  }

  @Test
  void thePagesCommandSetsTheThresholdOfTheModelThatAnExperimentKeeps() throws IOException {
    Path out = folder.resolve("kept");
    Path kept = folder.resolve("kept.safetensors");
    Result result = run(experiment(out, "--model", "" + kept).toArray(String[]::new));
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out()).startsWith("of 1000 good parts ");
    assertThat(json(folder.resolve("kept.json")).get("calibration").get("threshold"))
        .isEqualTo(json(out.resolve("metrics.json")).get("threshold"));
    String command = setThreshold(out);
    assertThat(command).isEqualTo("./kintsugi calibrate --model " + kept + " --threshold value:");
    String[] typed = (command.substring("./kintsugi ".length()) + "0.125").split(" ");
    assertThat(run(typed).status()).isZero();
    assertThat(json(folder.resolve("kept.json")).get("calibration").get("threshold").asDouble())
        .isEqualTo(0.125);
    Path taken = Files.writeString(folder.resolve("taken.txt"), "mine");
    Path never = folder.resolve("never");
    assertFails(
        run(experiment(never, "--model", "" + taken).toArray(String[]::new)),
        never.resolve("report.html"),
        taken + ": is there already and is not a model");
  }

  @Test
  void withoutAModelTheCommandRepeatsTheExperiment() throws IOException {
    Path out = folder.resolve("repeated");
    Result result = run(experiment(out, "--threshold", "value:0.7").toArray(String[]::new));
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(json(out.resolve("metrics.json")).get("threshold").asDouble()).isEqualTo(0.7);
    assertThat(setThreshold(out))
        .startsWith("./kintsugi experiment padim --data ")
        .doesNotContain("value:0.7")
        .endsWith(" --threshold value:");
  }
}
