package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kintsugi.dataset.SyntheticConcrete;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Folders, lists and layouts as people have them, in every command that takes them. */
class DataCommandsTest extends CommandFixture {
  private static final Path CASES = Path.of("src/test/resources/cases");

  private Result fit(Path train, Path to) {
    return run("fit", "padim", "--train", "" + train, "--size", "64x64", "--model", "" + to);
  }

  private Result experiment(Path out, String... data) {
    List<String> line = new java.util.ArrayList<>(List.of("experiment", "padim"));
    line.addAll(List.of(data));
    line.addAll(List.of("--size", "64x64", "--out", "" + out));
    return run(line.toArray(String[]::new));
  }

  private static JsonNode metrics(Path out) {
    return JsonMapper.shared().readTree(out.resolve("metrics.json").toFile());
  }

  @Test
  void hiddenFoldersAreNoClassOfDefects() {
    Path out = folder.resolve("hidden");
    Path data = CASES.resolve("09-hidden-folder-is-a-defect");
    Result result = experiment(out, "--data", "" + data, "--calibrate", "1");
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.err())
        .contains("layout mvtec, object bottle: 8 normal and 3 anomalous images")
        .contains("left out 1 hidden file or folder: .ipynb_checkpoints");
    assertThat(metrics(out).get("test_images").asInt()).isEqualTo(5);
    assertThat(metrics(out).get("classes")).hasSize(2);
  }

  @Test
  void theListsOfTheReportAreLearntFrom() throws IOException {
    Path lists = CASES.resolve("11-csv-blank-line-and-upper-case");
    for (String list : List.of("blank_end.csv", "semicolon.csv", "case.csv")) {
      Result result = fit(lists.resolve(list), folder.resolve(list + ".safetensors"));
      assertThat(result.status()).as(result.err()).isZero();
      assertThat(result.out()).contains("from 2 images");
    }
  }

  @Test
  void masksNextToImagesAreNotLearnt() {
    Path data = CASES.resolve("19-masks-beside-pictures-are-learnt/kol");
    Result result = fit(data, folder.resolve("kol.safetensors"));
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out()).contains("from 2 images");
    assertThat(result.err())
        .contains("left out 2 masks next to their images: Part1_label.bmp, Part2_label.bmp");
  }

  @Test
  void aListStandsWhereverAFolderMay() throws IOException {
    StringBuilder rows = new StringBuilder("\uFEFFFile;Label\r\n");
    for (int i = 0; i < 4; i++) {
      rows.append(SyntheticConcrete.NORMAL).append("/00").append(i).append(".png; OK\r\n");
      rows.append(SyntheticConcrete.ANOMALOUS).append("/00").append(i).append(".png;crack\r\n");
    }
    Path list = Files.writeString(folder.resolve("ALL.CSV"), rows + "\r\n");
    Path made = folder.resolve("from-list.safetensors");
    Result result = fit(list, made);
    assertThat(result.out()).as(result.err()).contains("from 4 images");
    assertThat(result.err()).contains("took 4 of 8 rows for training", "4 with another label");
    String[] calibrate = {
      "calibrate", "--model", "" + made, "--normal", "" + list, "--anomalous", "" + list
    };
    result = run(calibrate);
    assertThat(result.out()).as(result.err()).contains("from 8 images");
    Path out = folder.resolve("list-evaluated");
    String[] evaluate = {
      "evaluate",
      "--model",
      "" + made,
      "--normal",
      "" + list,
      "--anomalous",
      "" + list,
      "--out",
      "" + out
    };
    result = run(evaluate);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(metrics(out).get("classes").get(1).get("label").asString()).isEqualTo("crack");
    Path predicted = folder.resolve("list-predicted");
    result = run("predict", "--model", "" + made, "" + list, "--out", "" + predicted);
    assertThat(result.status()).as(result.err()).isZero();
    // What the threshold does, a line for each image, and where the page is.
    assertThat(result.out().lines()).hasSize(10).first(STRING).startsWith("threshold ");
  }

  @Test
  void anImageOnBothSidesIsNamed() throws IOException {
    String file = normal.resolve("000.png").toString();
    assertFails(
        run(
            "calibrate",
            "--model",
            "" + model,
            "--normal",
            "" + normal,
            "--anomalous",
            "" + normal),
        folder.resolve("none"),
        file + ": is named both as normal and as anomalous");
    Path out = folder.resolve("both");
    String[] evaluate = {
      "evaluate",
      "--model",
      "" + model,
      "--normal",
      "" + normal,
      "--anomalous",
      "" + normal,
      "--out",
      "" + out
    };
    assertFails(run(evaluate), out, file + ": is named both as normal and as anomalous");
    Path twice = Files.writeString(folder.resolve("twice.txt"), file + "\n" + file + "\n");
    Result result = fit(twice, folder.resolve("twice.safetensors"));
    assertThat(result.err())
        .contains(
            "1 image has identical copies in one class and subset, such as "
                + file
                + ", named twice");
    result = run("predict", "--model", "" + model, file, file, "--out", "" + folder.resolve("p2"));
    assertThat(result.err()).contains("named more than once: 000.png");
  }

  @Test
  void tenGoodImagesAndOneBadOneAreEnough() throws IOException {
    Path data = Files.createDirectories(folder.resolve("small"));
    SyntheticConcrete.write(data, 10, 1, 5);
    Path out = folder.resolve("small-out");
    Result result =
        experiment(out, "--data", "" + data, "--normal", "Negative", "--anomalous", "Positive");
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.err())
        .contains("split by fractions")
        .contains(
            "6 normal images for training (--train), 2 normal and 0 anomalous for the threshold")
        .contains("2 normal and 1 anomalous for testing (--test)");
    JsonNode metrics = metrics(out);
    assertThat(metrics.get("image_auroc").isNumber()).isTrue();
    assertThat(metrics.get("image_auroc").asDouble()).isBetween(0.0, 1.0);
    assertThat(metrics.get("train_images").asInt()).isEqualTo(6);
    assertThat(metrics.get("threshold_rule").asString()).isEqualTo("quantile:1.0");
  }

  @Test
  void aPlaceThatIsNotADataSetNamesItsFolders() {
    Path out = folder.resolve("nothing");
    assertFails(
        experiment(out, "--data", "" + CASES),
        out,
        "it holds the folders",
        "name that of normal images (--normal) and those of anomalous ones (--anomalous)");
    Result wrong = experiment(out, "--data", "" + folder, "--layout", "mvtek");
    assertThat(wrong.status()).isEqualTo(2);
    assertThat(wrong.err()).contains("--layout: auto, folders, visa, mvtec2, loco, mvtec");
  }
}
