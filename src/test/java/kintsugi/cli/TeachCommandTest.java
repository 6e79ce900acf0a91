package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import kintsugi.Kintsugi;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.Calibration;
import kintsugi.detector.Model;
import kintsugi.metric.ThresholdRule;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The command that teaches images to a model and takes them back. */
class TeachCommandTest extends CommandFixture {

  private Result teach(Path own, String... more) {
    String[] all = new String[more.length + 3];
    all[0] = "teach";
    all[1] = "--model";
    all[2] = "" + own;
    System.arraycopy(more, 0, all, 3, more.length);
    return run(all);
  }

  private static Path more(int count) {
    Path place = folder.resolve("more-" + count);
    SyntheticConcrete.write(place, count, 1, 7);
    return place.resolve(SyntheticConcrete.NORMAL);
  }

  @Test
  void anImageIsShownTaughtListedAndUndone() throws IOException {
    Path own = Files.copy(model, folder.resolve("own.safetensors"));
    Path image = more(2).resolve("001.png");
    Result shown = teach(own, "" + image, "--dry-run");
    assertThat(shown.status()).as(shown.err()).isZero();
    assertThat(shown.out())
        .contains(
            "would teach ", " 4096 patches  " + image, "its score: ", "calibration: 12 scored, ")
        .contains("predicted", "\nthreshold: ", own + ": not changed (--dry-run)")
        .doesNotContain("taught", "teaching");
    assertThat(shown.err()).doesNotContain("CAUTION");
    assertThat(own).hasSameBinaryContentAs(model);
    assertThat(folder.resolve("own.json")).doesNotExist();
    Result taught = teach(own, "" + image, "--note", "dust is fine");
    assertThat(taught.status()).as(taught.err()).isZero();
    assertThat(taught.out()).contains("teaching ", "saved; images taught to it: 1");
    JsonNode summary = JsonMapper.shared().readTree(folder.resolve("own.json"));
    String id = summary.get("taught").get(0).get("id").asString();
    assertThat(summary.get("taught").get(0).get("note").asString()).isEqualTo("dust is fine");
    assertThat(summary.get("fit").get("images").asInt()).isEqualTo(9);
    Result listed = teach(own, "--list");
    assertThat(listed.out()).startsWith(id).contains(image + "  (dust is fine)");
    Path other = folder.resolve("x");
    assertFails(teach(own, "" + image), other, image + ": is taught already", "(--undo)");
    assertFails(teach(own, "--undo", "nothing"), other, "its history has " + id);
    Result undone = teach(own, "--undo", "last");
    assertThat(undone.status()).as(undone.err()).isZero();
    assertThat(undone.out()).contains("undoing " + id);
    assertFails(teach(own, "--undo", "last"), other, own + ": nothing was taught to this model");
    assertThat(teach(own, "--list").out()).contains("nothing was taught");
  }

  @Test
  void anImageFarAboveTheThresholdIsTaughtOnlyAfterACaution() throws IOException {
    Path own = Files.copy(model, folder.resolve("careful.safetensors"));
    Path cracked = more(7).resolveSibling(SyntheticConcrete.ANOMALOUS).resolve("000.png");
    assertThat(run("calibrate", "--model", "" + own, "--threshold", "value:0.01").status())
        .isZero();
    for (String[] command : new String[][] {{"" + cracked, "--dry-run"}, {"" + cracked}}) {
      Result result = teach(own, command);
      assertThat(result.status()).as(result.err()).isZero();
      assertThat(result.err())
          .containsOnlyOnce("CAUTION: " + cracked + ": its score ")
          .contains("is far above the threshold ");
    }
  }

  @Test
  void missingImagesOfTheCalibrationAreCountedAndCanBeNamedAgain() throws IOException {
    Path own = folder.resolve("gone.safetensors");
    Path place = more(4);
    Files.copy(model, own);
    assertThat(run("calibrate", "--model", "" + own, "--normal", "" + place).status()).isZero();
    Path moved = Files.move(place, folder.resolve("moved"));
    Path image = more(3).resolve("002.png");
    Result shown = teach(own, "" + image, "--dry-run");
    assertThat(shown.status()).as(shown.err()).isZero();
    assertThat(shown.out())
        .contains(
            "it stays, since 4 of the calibration's images are gone or changed", "(--normal, ");
    assertThat(shown.err())
        .contains("warning: with this change: the calibration was made before images were taught");
    Result found = teach(own, "" + image, "--dry-run", "--normal", "" + moved);
    assertThat(found.out()).contains("calibration: 4 scored, ").doesNotContain("gone or changed");
    assertThat(found.err()).doesNotContain("before images were taught");
  }

  @Test
  void aModelThatIsNotCalibratedSaysSoAndAWrongCommandLineIsRefused() {
    Path own = folder.resolve("plain.safetensors");
    assertThat(run("fit", "padim", "--train", "" + normal, "--model", "" + own).status()).isZero();
    Result taught = teach(own, "" + more(5).resolve("000.png"), "" + more(5).resolve("003.png"));
    assertThat(taught.status()).as(taught.err()).isZero();
    assertThat(taught.out())
        .contains("not calibrated -> ", "calibrate --model " + own + " --normal DIR")
        .contains("the model is not calibrated", "saved; images taught to it: 2");
    assertThat(teach(own).status()).isEqualTo(2);
    assertThat(teach(own, "--list", "--undo", "last").status()).isEqualTo(2);
    assertThat(teach(own, "--undo", "").status()).isEqualTo(2);
    String none = "" + folder.resolve("none.pth");
    Result listed = runBare("teach", "--model", "" + own, "--list", "--weights", none);
    assertThat(listed.status()).as("needs no weights: " + listed.err()).isZero();
    assertThat(listed.out()).hasLineCount(2);
    for (String[] other : new String[][] {{"--undo", "last"}, {"--list"}}) {
      String[] noted = {"--note", "dust", other[0], other[other.length - 1]};
      Result refused = teach(own, Arrays.copyOf(noted, 2 + other.length));
      assertThat(refused.status()).isEqualTo(2);
      assertThat(refused.err()).contains("--note");
    }
  }

  @Test
  void whatChangesNoScoreOrNoThresholdIsSaid() {
    Path own = folder.resolve("bank.safetensors");
    Result fit =
        run("fit", "patchcore", "--ratio", "0.001", "--train", "" + normal, "--model", "" + own);
    assertThat(fit.status()).as(fit.err()).isZero();
    Result known = teach(own, "" + more(6).resolve("000.png"), "--dry-run");
    assertThat(known.out()).contains(" 0 patches ");
    assertThat(known.err()).contains("knows all of its patches", "set a higher threshold");
    Path learnt = folder.resolve("cross.safetensors");
    try (Kintsugi kintsugi = Kintsugi.builder().weights(Weights.read(weights)).open()) {
      Model plain = kintsugi.load(model);
      List<Calibration.Seen> seen =
          kintsugi.images(normal).stream()
              .map(image -> Calibration.Seen.heldOut(plain, image, image.name().hashCode(), 0, 1))
              .toList();
      kintsugi.save(
          plain.with(
              Calibration.of(plain.recipe().display(), seen, List.of(), ThresholdRule.MAX_NORMAL)),
          learnt);
    }
    assertThat(teach(learnt, "" + more(6).resolve("001.png"), "--dry-run").out())
        .contains("from a cross-validation", "calibrate --model " + learnt + " --normal DIR")
        .doesNotContain("gone or changed");
  }
}
