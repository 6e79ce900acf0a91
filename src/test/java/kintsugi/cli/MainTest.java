package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import kintsugi.detector.TestWeights;
import kintsugi.image.ImageDecoder;
import kintsugi.image.Interpolation;
import kintsugi.image.Pixels;
import kintsugi.image.Resize;
import kintsugi.weights.Safetensors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Models, predictions, weights, and the failures of a command line and its files. */
class MainTest extends CommandFixture {
  @Test
  void aPredictionIsAnImageALineAndARow() throws IOException {
    Path out = folder.resolve("predictions");
    Path other = Files.createDirectories(folder.resolve("other"));
    Files.copy(anomalous.resolve("000.png"), other.resolve("000.png"));
    Result result =
        run(
            "predict",
            "--model",
            "" + model,
            "" + other,
            "" + anomalous.resolve("000.png"),
            "--out",
            "" + out);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(out.toFile().list())
        .containsExactlyInAnyOrder(
            "000.png",
            "000-2.png",
            "predictions.html",
            "predictions.jsonl",
            "predictions.csv",
            ".kintsugi-predict.sha256");
    List<String> lines = Files.readAllLines(out.resolve("predictions.jsonl"));
    JsonNode first = JsonMapper.shared().readTree(lines.get(0));
    JsonNode second = JsonMapper.shared().readTree(lines.get(1));
    assertThat(first.get("score").asDouble()).isEqualTo(second.get("score").asDouble());
    assertThat(second.get("overlay").asString()).isEqualTo("000-2.png");
    List<String> rows = Files.readAllLines(out.resolve("predictions.csv"));
    assertThat(rows).hasSize(3);
    assertThat(rows.getFirst())
        .isEqualTo(
            "file,score,threshold,anomalous,overlay,verdict,regions_disagree,regions,sentence,p_value");
    assertThat(first.get("anomalous").asBoolean())
        .isEqualTo(first.get("verdict").asString().equals("anomalous"));
    assertThat(rows.get(1)).contains("," + first.get("regions").size() + ",", sentence(first));
  }

  private static String sentence(JsonNode line) {
    return line.get("sentence").asString();
  }

  @Test
  void verdictAndRegionsThatDisagreeAreNotLeftUnsaid() throws IOException {
    Path out = folder.resolve("disagreeing");
    String[] command = {
      "predict",
      "--model",
      "" + model,
      "" + anomalous.resolve("000.png"),
      "--pixel-threshold",
      "-1000",
      "--out",
      "" + out
    };
    Result everywhere = run(command);
    assertThat(everywhere.status()).as(everywhere.err()).isZero();
    JsonNode line = JsonMapper.shared().readTree(out.resolve("predictions.jsonl"));
    boolean predicted = line.get("anomalous").asBoolean();
    assertThat(line.get("regions_disagree").asBoolean()).isEqualTo(!predicted);
    assertThat(line.get("regions")).hasSize(1);
    assertThat(line.get("place").asString()).isEqualTo("most of the image");
    assertThat(everywhere.out()).contains(sentence(line), "one region over most of the image");
    command[5] = "1000";
    Result nowhere = run(command);
    line = JsonMapper.shared().readTree(out.resolve("predictions.jsonl"));
    assertThat(line.get("anomalous").asBoolean()).isEqualTo(predicted);
    assertThat(line.get("regions_disagree").asBoolean()).isEqualTo(predicted);
    assertThat(line.get("regions")).isEmpty();
    assertThat(nowhere.out().contains("no region lies above the pixel threshold 1000.00"))
        .isEqualTo(predicted);
  }

  @Test
  void anExplanationNamesBoxesPatchesAndChannels() throws IOException {
    Path out = folder.resolve("explained");
    Result result =
        run(
            "predict",
            "--model",
            "" + model,
            "" + anomalous.resolve("000.png"),
            "--explain",
            "--pixel-threshold",
            "0.4",
            "--out",
            "" + out);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out()).contains("box ", "patch row ", "layer");
    JsonNode explanation =
        JsonMapper.shared()
            .readTree(Files.readString(out.resolve("predictions.jsonl")))
            .get("explanation");
    assertThat(explanation.get("boxes").get(0).propertyNames())
        .containsExactly("x", "y", "width", "height", "peak");
    assertThat(explanation.get("patches")).hasSize(5);
    assertThat(explanation.get("patches").get(0).get("channels")).hasSize(5);
  }

  @Test
  void shardsAreMergedAndAModelGrows() throws IOException {
    Path[] shards = {folder.resolve("shard0"), folder.resolve("shard1")};
    for (int i = 0; i < 8; i++) {
      Path name = Path.of("00" + i + ".png");
      Files.createDirectories(shards[i % 2]);
      Files.copy(normal.resolve(name), shards[i % 2].resolve(name));
    }
    String[] parts = {folder + "/part0.safetensors", folder + "/part1.safetensors"};
    for (int i = 0; i < 2; i++) {
      Result part = run("fit", "padim", "--train", "" + shards[i], "--partial", parts[i]);
      assertThat(part.status()).as(part.err()).isZero();
      assertThat(part.out()).startsWith("images of 227x227, input 256x256\n");
    }
    Path named = folder.resolve("named.json");
    assertThat(run("merge", parts[0], parts[1], "--model", "" + named).status()).isZero();
    Path merged = folder.resolve("merged.safetensors");
    Result result = run("merge", parts[0], parts[1], "--model", "" + merged);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(named).as("its summary does not replace it").hasSameBinaryContentAs(merged);
    assertThat(result.out())
        .contains("padim/kintsugi from 8 images", "covariances: median condition");
    assertThat(result.err()).contains("8 images cannot determine the covariances of 100 channels");
    JsonNode summary = JsonMapper.shared().readTree(folder.resolve("merged.json"));
    assertThat(summary.get("choices").get("epsilon").asDouble()).isEqualTo(1e-4);
    assertThat(summary.get("fit").get("images").asInt()).isEqualTo(8);
    String updated = folder + "/updated.safetensors";
    result =
        run("fit", "padim", "--train", "" + shards[1], "--update", parts[0], "--model", updated);
    assertThat(result.out()).as(result.err()).contains("from 8 images");
    assertThat(
            run(
                    "fit",
                    "padim",
                    "--train",
                    "" + shards[1],
                    "--update",
                    parts[0],
                    "--seed",
                    "2",
                    "--model",
                    updated)
                .err())
        .contains("leave out recipe, seed and choices");
    Path never = folder.resolve("never.safetensors");
    assertFails(
        run("merge", parts[0], "" + weights, "--model", "" + never),
        never,
        weights + ": is not a model of Kintsugi");
  }

  /** Images of several sizes and aspects, by the default and by a published recipe. */
  @Test
  void imagesOfMixedSizes() throws IOException {
    Path mixed = Files.createDirectories(folder.resolve("mixed"));
    int[][] sizes = {{90, 60}, {120, 80}, {60, 40}, {80, 80}};
    for (int[] size : sizes) {
      Pixels image = ImageDecoder.read(normal.resolve("00" + size[0] % 7 + ".png"));
      Pixels small = Resize.resize(image, size[0], size[1], Interpolation.BILINEAR);
      ImageIO.write(small.toImage(), "png", mixed.resolve(size[0] + ".png").toFile());
    }
    Path model = folder.resolve("mixed.safetensors");
    String[] fit = {"fit", "patchcore", "--train", "" + mixed, "--model", "" + model};
    Result result = run(fit);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out()).startsWith("images of 60x40 to 120x80, input 320x208\n");
    assertThat(run("calibrate", "--model", "" + model, "--normal", "" + mixed).status()).isZero();
    Path out = folder.resolve("mixed-out");
    result = run("predict", "--model", "" + model, "" + mixed, "--out", "" + out);
    assertThat(result.status()).as(result.err()).isZero();
    result =
        run(
            "fit",
            "patchcore",
            "--recipe",
            "patchcore/matlab",
            "--train",
            "" + mixed,
            "--model",
            fit[5]);
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err())
        .contains(
            "fit with patchcore/kintsugi (--recipe), which takes images of any size", "(--size)");
  }

  @Test
  void choicesAreKeptInTheModelAndItsSummary() {
    Path chosen = folder.resolve("chosen.safetensors");
    Result result =
        run(
            "fit",
            "padim",
            "--recipe",
            "padim/anomalib",
            "--train",
            "" + normal,
            "--taps",
            "layer2,layer3",
            "--channels",
            "20",
            "--replacement",
            "--crop",
            "224x224",
            "--score",
            "top-5",
            "--model",
            "" + chosen);
    assertThat(result.status()).as(result.err()).isZero();
    JsonNode choices = JsonMapper.shared().readTree(folder.resolve("chosen.json")).get("choices");
    assertThat(choices.get("name").asString()).isEqualTo("padim/anomalib*");
    assertThat(choices.get("taps").toString()).isEqualTo("[\"layer2\",\"layer3\"]");
    assertThat(choices.get("replacement").asBoolean()).isTrue();
    assertThat(choices.get("score").asString()).isEqualTo("top-5");
    result =
        run(
            "calibrate",
            "--model",
            "" + chosen,
            "--normal",
            "" + normal,
            "--threshold",
            "quantile:0.5");
    assertThat(result.out())
        .as(result.err())
        .contains("by quantile:0.5", "of 1000 good parts about 556 rejected", "4 of 8 here");
    Path never = folder.resolve("never.safetensors");
    Result none =
        run("fit", "padim", "--train", "" + normal, "--taps", "layer9", "--model", "" + never);
    assertFails(none, never, "layer9: ResNet-18 has no such tap");
    none = run("fit", "padim", "--train", "" + normal, "--channels", "x", "--model", "" + never);
    assertThat(none.status()).isEqualTo(2);
    assertThat(none.err()).contains("--channels: x is not a whole number; write N|all");
  }

  @Test
  void weightsAreInspectedAndConverted() throws IOException {
    Path half = folder.resolve("half.safetensors");
    Result converted = runBare("weights", "convert", "" + weights, "" + half, "--half");
    assertThat(converted.status()).as(converted.err()).isZero();
    JsonNode contents =
        JsonMapper.shared().readTree(runBare("weights", "inspect", "" + half, "--json").out());
    JsonNode first = contents.get("tensors").get(0);
    assertThat(first.get("name").asString()).isEqualTo("conv1.weight");
    assertThat(first.get("type").asString()).isEqualTo("F16");
    assertThat(first.get("shape").toString()).isEqualTo("[64,3,7,7]");
    assertThat(first.get("largest").asDouble()).isPositive();
    assertThat(contents.get("sha256").asString()).hasSize(64);
    assertThat(runBare("weights", "inspect", "" + half).out()).contains("conv1.weight", "sha256");
    Path never = folder.resolve("unwritten.safetensors");
    Path text = Files.writeString(folder.resolve("text.pth"), "<html>");
    assertFails(runBare("weights", "convert", "" + text, "" + never), never, text.toString());
    assertThat(runBare("weights").status()).isEqualTo(2);
  }

  @Test
  void theWholeNetworkClassifies() throws IOException {
    String whole = "" + TestWeights.writeWhole(folder.resolve("whole.safetensors"), 1);
    String image = "" + normal.resolve("000.png");
    Path labels = Files.writeString(folder.resolve("labels.txt"), "class name\n".repeat(1000));
    Result classified =
        runBare("weights", "classify", image, "--weights", whole, "--labels", "" + labels);
    assertThat(classified.status()).as(classified.err()).isZero();
    assertThat(classified.out().lines()).hasSize(5).allMatch(line -> line.endsWith("class name"));
    Result asJson = runBare("weights", "classify", image, "--weights", whole, "--json");
    JsonNode classes = JsonMapper.shared().readTree(asJson.out());
    assertThat(classes.get(0).get("probability").asDouble())
        .isGreaterThanOrEqualTo(classes.get(4).get("probability").asDouble())
        .isBetween(0.0, 1.0);
    assertFails(run("weights", "classify", image), folder.resolve("x"), "holds no tensor layer4");
  }

  @Test
  void missingEmptyAndLonelyFolders() throws IOException {
    Path target = folder.resolve("never.safetensors");
    Path missing = folder.resolve("missing");
    assertFails(
        run("fit", "padim", "--train", "" + missing, "--model", "" + target),
        target,
        missing.toString());
    Path empty = Files.createDirectories(folder.resolve("empty"));
    assertFails(
        run("fit", "padim", "--train", "" + empty, "--model", "" + target),
        target,
        empty + ": holds no image");
    Path lonely = Files.createDirectories(folder.resolve("lonely"));
    Files.copy(normal.resolve("000.png"), lonely.resolve("000.png"));
    assertFails(
        run("fit", "padim", "--train", "" + lonely, "--model", "" + target),
        target,
        lonely.toString(),
        "at least 2");
  }

  @Test
  void brokenImages() throws IOException {
    Path broken = Files.createDirectories(folder.resolve("broken"));
    Path out = folder.resolve("never");
    byte[] whole = Files.readAllBytes(normal.resolve("000.png"));
    for (byte[] content :
        List.of(new byte[0], "text".getBytes(), java.util.Arrays.copyOf(whole, 5000))) {
      Path image = Files.write(broken.resolve("image.jpg"), content);
      assertFails(
          run("predict", "--model", "" + model, "" + broken, "--out", "" + out),
          out,
          image.toString(),
          "--skip-unreadable");
    }
    Files.copy(anomalous.resolve("000.png"), broken.resolve("z.png"));
    Result lenient =
        run("predict", "--model", "" + model, "" + broken, "--skip-unreadable", "--out", "" + out);
    assertThat(lenient.status()).isZero();
    assertThat(lenient.err()).contains("left out " + broken.resolve("image.jpg"));
    assertThat(out.resolve("z.png")).exists();
  }

  @Test
  void anImageAboveTheLimitOfPixels() {
    Path out = folder.resolve("never");
    Path image = anomalous.resolve("000.png");
    String[] predict = {"predict", "--model", "" + model, "" + image, "--out", "" + out};
    List<String> limited = new ArrayList<>(List.of(predict));
    limited.addAll(List.of("--max-pixels", "1000"));
    assertFails(
        run(limited.toArray(String[]::new)),
        out,
        image + ": cannot be read as an image",
        "at most 1000 are read; raise the limit (--max-pixels)");
    limited.set(limited.size() - 1, "0");
    Result wrong = run(limited.toArray(String[]::new));
    assertThat(wrong.status()).isEqualTo(2);
    assertThat(wrong.err()).contains("--max-pixels: from 1 to 715827874, not 0");
  }

  @Test
  void brokenWeightsAndModels() throws IOException {
    Path target = folder.resolve("never.safetensors");
    Path good = weights;
    try {
      weights = folder.resolve("resnet18-short.safetensors");
      var tensors = new java.util.LinkedHashMap<>(Safetensors.read(good).tensors());
      tensors.remove("layer2.0.conv1.weight");
      new Safetensors(java.util.Map.of(), tensors).write(weights);
      assertFails(
          run("fit", "padim", "--train", "" + normal, "--model", "" + target),
          target,
          weights.toString(),
          "layer2.0.conv1.weight");
      weights = TestWeights.write(folder.resolve("resnet18-other.safetensors"), 2);
      assertFails(
          run("predict", "--model", "" + model, "" + normal, "--out", "" + target),
          target,
          "was fitted with other weights");
    } finally {
      weights = good;
    }
    Path cut = folder.resolve("cut.safetensors");
    Files.write(cut, java.util.Arrays.copyOf(Files.readAllBytes(model), 100_000));
    assertFails(
        run("predict", "--model", "" + cut, "" + normal, "--out", "" + target),
        target,
        cut + ": is cut short");
    Path uncalibrated = folder.resolve("uncalibrated.safetensors");
    assertThat(run("fit", "padim", "--train", "" + normal, "--model", "" + uncalibrated).status())
        .isZero();
    assertFails(
        run(
            "predict",
            "--model",
            "" + uncalibrated,
            "" + normal,
            "--explain",
            "--out",
            "" + target),
        target,
        "no threshold yet",
        "calibrate");
  }

  @Test
  void aWrongCommandLineEndsWithTwo() {
    assertThat(run("fit", "padim").status()).isEqualTo(2);
    assertThat(run("dance").status()).isEqualTo(2);
    assertThat(run("info", "--engine", "steam").err()).contains("steam is not an engine");
    assertThat(run("info", "--threads", "0").status()).isEqualTo(2);
    Result tornado = run("info", "--engine", "tornado");
    assertThat(tornado.status()).isEqualTo(2);
    assertThat(tornado.err()).contains("install it", "TORNADOVM_HOME");
    Result counts =
        run(
            "experiment",
            "padim",
            "--data",
            "" + folder,
            "--normal",
            "a",
            "--anomalous",
            "b",
            "--train",
            "-3",
            "--out",
            "" + folder.resolve("never"));
    assertThat(counts.status()).isEqualTo(2);
    assertThat(counts.err()).contains("--train: at least 2");
    Result other = run("fit", "padam", "--train", "" + normal, "--model", "" + model);
    assertThat(other.status()).isEqualTo(2);
    assertThat(other.err()).contains("there is no method padam");
  }

  @Test
  void infoNamesWhatRuns() {
    Result info = run("info", "--json");
    JsonNode facts = JsonMapper.shared().readTree(info.out());
    assertThat(facts.get("weights").asString()).isEqualTo(weights.toString());
    assertThat(facts.get("engine").asString()).startsWith("vector");
    assertThat(run("info", "--engine", "scalar").out()).contains("scalar (chosen by name)");
  }
}
