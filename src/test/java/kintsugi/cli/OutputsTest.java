package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import kintsugi.HeldOutput;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** No command replaces or removes what it did not write, and each says so before its work. */
class OutputsTest extends CommandFixture {
  private static final String METRICS = "{\"image_auroc\": 1, \"recipe\": \"padim/matlab\"}";

  /** The hashes of all files below a folder. */
  private static Map<String, String> hashes(Path in) throws IOException {
    Map<String, String> hashes = new TreeMap<>();
    try (Stream<Path> files = Files.walk(in)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        hashes.put(in.relativize(file).toString(), Weights.sha256(file));
      }
    }
    return hashes;
  }

  /**
   * Runs a command that has to refuse, with an engine that is never opened: there are no weights.
   */
  private void assertRefuses(Path kept, Path named, String... arguments) throws IOException {
    Map<String, String> before = hashes(kept);
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--weights", folder.resolve("nowhere.pth").toString()));
    Result result = runBare(all.toArray(String[]::new));
    assertThat(result.err()).startsWith("kintsugi: " + named + ": ").contains("there already");
    assertThat(result.err().lines()).hasSize(1);
    assertThat(result.status()).isEqualTo(1);
    assertThat(hashes(kept)).isEqualTo(before);
  }

  private Path images(String name, String... images) throws IOException {
    Path pics = Files.createDirectories(folder.resolve(name));
    for (String image : images) {
      Files.copy(anomalous.resolve("000.png"), pics.resolve(image));
    }
    return pics;
  }

  @Test
  void imagesAreNotReplacedByTheirHeatMaps() throws IOException {
    Path pics = images("pics", "part1.png", "part2.png");
    assertRefuses(
        pics,
        pics.resolve("part1.png"),
        "predict",
        "--model",
        "" + model,
        "" + pics,
        "--out",
        "" + pics);
    Path table = Files.writeString(pics.resolve("predictions.csv"), "mine");
    assertRefuses(
        pics,
        table,
        "predict",
        "--model",
        "" + model,
        "" + normal.resolve("000.png"),
        "--out",
        "" + pics);
  }

  @Test
  void aSecondRunReplacesTheFirstAndReadsNoneOfItsOwn() throws IOException {
    Path pics = images("second", "a.png", "b.png");
    Path out = folder.resolve("second-out");
    String[] command = {"predict", "--model", "" + model, "" + pics, "--out", "" + out};
    assertThat(run(command).status()).isZero();
    Map<String, String> first = hashes(out);
    Files.writeString(out.resolve("notes.txt"), "mine");
    command[3] = "" + pics.resolve("b.png");
    assertThat(run(command).status()).isZero();
    assertThat(hashes(out).keySet())
        .containsExactly(
            ".kintsugi-predict.sha256",
            "b.png",
            "notes.txt",
            "predictions.csv",
            "predictions.html",
            "predictions.jsonl");
    assertThat(hashes(out)).containsEntry("b.png", first.get("b.png"));
    assertRefuses(
        out, out.resolve("b.png"), "predict", "--model", "" + model, "" + out, "--out", "" + out);
  }

  @Test
  void imagesOfOneNameHaveTheirOwnHeatMaps() throws IOException {
    Path one = images("one", "x.png", "X.png", "x.bmp.png");
    Path two = images("two", "x.png");
    Path out = folder.resolve("names-out");
    Result result = run("predict", "--model", "" + model, "" + one, "" + two, "--out", "" + out);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(hashes(out).keySet()).contains("X.png", "x-2.png", "x-3.png", "x.bmp.png");
    assertThat(Files.readAllLines(out.resolve("predictions.csv"))).hasSize(5);
  }

  @Test
  void aListOrAPageOfTheUsersIsKept() throws IOException {
    Path here = images("here", "p.png");
    Path list = Files.writeString(here.resolve("scores.csv"), "file,label\np.png,good\n");
    Path page = Files.writeString(here.resolve("report.html"), "mine");
    String[] experiment = {
      "experiment", "padim", "--data", "" + list, "--layout", "list", "--out", "" + here
    };
    assertRefuses(here, list, experiment);
    Files.delete(list);
    assertRefuses(
        here,
        page,
        "evaluate",
        "--model",
        "" + model,
        "--normal",
        "" + normal,
        "--anomalous",
        "" + anomalous,
        "--out",
        "" + here);
    Files.delete(page);
    Path drawn = Files.createDirectories(here.resolve("images")).resolve("00000.jpg");
    Files.writeString(drawn, "mine");
    assertRefuses(
        here,
        drawn,
        "evaluate",
        "--model",
        "" + model,
        "--normal",
        "" + normal,
        "--anomalous",
        "" + anomalous,
        "--report-images",
        "all",
        "--out",
        "" + here);
  }

  @Test
  void otherCommandsKeepTheUsersFilesToo() throws IOException {
    Path here = images("others", "overlay.png");
    Path trained =
        Files.createDirectories(here.resolve("data").resolve(SyntheticConcrete.NORMAL))
            .resolve("003.png");
    Files.writeString(trained, "mine");
    Path audit = Files.writeString(here.resolve("audit.html"), "mine");
    Path against = Files.writeString(here.resolve("against.json"), "mine");
    assertRefuses(here, trained, "demo", "--out", "" + here);
    assertRefuses(here, audit, "audit", "--out", "" + here);
    assertRefuses(here, against, "audit", "--against", "" + here, "--out", "" + here);
    Path doctor = Files.writeString(here.resolve("doctor.html"), "mine");
    assertRefuses(here, doctor, "doctor", "" + model, "" + model, "--out", "" + here);
    Path image = here.resolve("overlay.png");
    assertRefuses(here, image, "trace", "--model", "" + model, "" + image, "--out", "" + here);
    Path metrics = Files.writeString(here.resolve("metrics.json"), METRICS);
    Path compared = Files.writeString(here.resolve("compare.csv"), "mine");
    Map<String, String> before = hashes(here);
    Result compare = runBare("compare", "" + metrics, "" + metrics, "--out", "" + here);
    assertFails(compare, folder.resolve("never"), compared + ": is there already");
    assertThat(hashes(here)).isEqualTo(before);
  }

  @Test
  void aModelReplacesAModelAlone() throws IOException {
    Path here = Files.createDirectories(folder.resolve("models"));
    Path text = Files.writeString(here.resolve("notes.txt"), "mine");
    Path partial = here.resolve("part.safetensors");
    assertThat(run("fit", "padim", "--train", "" + normal, "--partial", "" + partial).status())
        .isZero();
    // The images are there, so that only the output can be refused before the weights are looked
    // for.
    String there = normal.toString();
    assertRefuses(here, text, "fit", "padim", "--train", there, "--model", "" + text);
    assertRefuses(here, text, "fit", "padim", "--train", there, "--partial", "" + text);
    assertRefuses(here, partial, "fit", "padim", "--train", there, "--model", "" + partial);
    assertRefuses(here, text, "merge", "" + partial, "--model", "" + text);
    assertRefuses(folder, model, "fit", "padim", "--train", there, "--partial", "" + model);
    Path copied = Files.copy(model, here.resolve("copied.safetensors"));
    Path summary = Files.writeString(here.resolve("copied.json"), "{\"mine\": 1}");
    assertRefuses(here, summary, "fit", "padim", "--train", there, "--model", "" + copied);
    assertRefuses(here, summary, "calibrate", "--normal", there, "--model", "" + copied);
    Files.delete(summary);
    Result calibrated = run("calibrate", "--normal", "" + normal, "--model", "" + copied);
    assertThat(calibrated.status()).as(calibrated.err()).isZero();
    assertThat(run("calibrate", "--normal", "" + normal, "--model", "" + copied).status()).isZero();
    assertThat(JsonMapper.shared().readTree(summary).has("calibration")).isTrue();
  }

  @Test
  void aConvertedFileReplacesAConvertedFileAlone() throws IOException {
    Path here = Files.createDirectories(folder.resolve("converted"));
    Path text = Files.writeString(here.resolve("notes.txt"), "mine");
    Map<String, String> before = hashes(folder);
    for (Path taken : List.of(text, weights, model)) {
      Result result = runBare("weights", "convert", "" + weights, "" + taken);
      assertFails(result, folder.resolve("never"), taken + ": is there already");
    }
    assertThat(hashes(folder)).isEqualTo(before);
    Path converted = here.resolve("w.safetensors");
    for (int i = 0; i < 2; i++) {
      assertThat(runBare("weights", "convert", "" + weights, "" + converted).status()).isZero();
    }
  }

  @Test
  void twoCalibrationsOfOneModelDoNotLoseOne() throws Exception {
    Path copied = Files.copy(model, folder.resolve("twice.safetensors"));
    Process other = HeldOutput.start("lock", copied);
    try {
      byte[] before = Files.readAllBytes(copied);
      Result result = run("calibrate", "--normal", "" + normal, "--model", "" + copied);
      assertFails(result, folder.resolve("never"), copied + ": another run of Kintsugi");
      assertThat(Files.readAllBytes(copied)).isEqualTo(before);
    } finally {
      other.destroyForcibly().waitFor();
    }
  }
}
