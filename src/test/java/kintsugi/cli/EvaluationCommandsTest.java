package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import kintsugi.dataset.SyntheticConcrete;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Experiments, evaluations and their comparison. */
class EvaluationCommandsTest extends CommandFixture {
  @Test
  void anExperimentLeavesMetricsScoresAndAPage() throws IOException {
    Path out = folder.resolve("experiment");
    Result result =
        run(
            "experiment",
            "padim",
            "--recipe",
            "padim/matlab",
            "--data",
            "" + folder,
            "--layout",
            "folders",
            "--normal",
            SyntheticConcrete.NORMAL,
            "--anomalous",
            SyntheticConcrete.ANOMALOUS,
            "--train",
            "4",
            "--calibrate",
            "2",
            "--test",
            "2",
            "--seed",
            "3",
            "--out",
            "" + out);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out())
        .contains("AUROC", "predicted anomalous", out.resolve("report.html") + "");
    JsonNode metrics = JsonMapper.shared().readTree(out.resolve("metrics.json"));
    for (String key :
        List.of(
            "algorithm",
            "recipe",
            "engine",
            "weights",
            "seed",
            "image_auroc",
            "threshold",
            "accuracy",
            "precision",
            "recall",
            "specificity",
            "f1",
            "false_positive_rate",
            "false_negative_rate",
            "ms_per_test_image")) {
      assertThat(metrics.has(key)).as(key).isTrue();
    }
    assertThat(metrics.get("confusion").propertyNames()).containsExactly("tn", "fp", "fn", "tp");
    assertThat(metrics.get("seconds").propertyNames())
        .containsExactly("extract", "fit", "calibrate", "test", "report", "total");
    List<String> scores = Files.readAllLines(out.resolve("scores.csv"));
    assertThat(scores).hasSize(5);
    assertThat(scores.getFirst()).isEqualTo("file,anomalous,score,found_anomalous,label");
    String page = Files.readString(out.resolve("report.html"));
    assertThat(page).contains("id=\"encoded-images\">/9j/", ": padim/matlab\"", "--seed 3");
    assertThat(page.replaceAll("(?s)<script>.*?</script>", "")).doesNotContain("http");
  }

  @Test
  void aListWithKindsOfDefectsAndATwinOnTwoSides() throws IOException {
    Path twin = folder.resolve("twin.png");
    Files.copy(normal.resolve("000.png"), twin);
    StringBuilder list = new StringBuilder("file,label,split\n");
    for (int i = 0; i < 8; i++) {
      list.append(normal.resolve("00" + i + ".png")).append(",good,");
      list.append(i < 4 ? "train\n" : i < 6 ? "calibrate\n" : "test\n");
    }
    for (int i = 0; i < 4; i++) {
      list.append(anomalous.resolve("00" + i + ".png")).append(i % 2 == 0 ? ",crack," : ",hole,");
      list.append(i < 2 ? "calibrate\n" : "test\n");
    }
    Path csv =
        Files.writeString(folder.resolve("set.csv"), list + twin.toString() + ",good,test\n");
    Path one = folder.resolve("list-one");
    String[] command = {
      "experiment",
      "padim",
      "--data",
      "" + csv,
      "--layout",
      "list",
      "--verbose",
      "--out",
      "" + one,
      "--recipe",
      "padim/matlab"
    };
    Result result = run(command);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.err())
        .contains("1 image has identical copies in two subsets", "twin.png")
        .contains("engine vector", "test: 5 of 5", "done in");
    assertThat(result.out()).contains("hole                 ", " of 1 right, AUROC ");
    JsonNode metrics = JsonMapper.shared().readTree(one.resolve("metrics.json"));
    assertThat(metrics.get("classes")).hasSize(3);
    assertThat(metrics.get("test_images").asInt()).isEqualTo(5);
    assertThat(metrics.get("threshold_rule").asString()).isEqualTo("youden");
    assertThat(metrics.get("confusion_normalised").get("tn").asDouble())
        .isEqualTo(metrics.get("specificity").asDouble());
    assertThat(metrics.get("confidence95").get("image_auroc").get("high").asDouble())
        .isGreaterThanOrEqualTo(metrics.get("image_auroc").asDouble());
    assertThat(one.resolve("report.html")).content().contains("1 image has identical copies");
    Path two = folder.resolve("list-two");
    command[6] = "--quiet";
    command[8] = "" + two;
    result = run(command);
    assertThat(result.err().lines())
        .satisfiesExactly(
            line -> assertThat(line).contains("identical copies"),
            line -> assertThat(line).contains("fitted to 1 of the images", "figures: " + twin),
            line -> assertThat(line).contains("misses all 2 bad images"));
    Path compared = folder.resolve("compared");
    result = runBare("compare", "" + one, "" + two, "--out", "" + compared);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out()).contains("list-one", "list-two", "padim/matlab");
    assertThat(compared.resolve("compare.html")).exists();
    assertFails(
        runBare("compare", "" + one, "" + csv, "--out", "" + folder.resolve("x")),
        folder.resolve("x"),
        csv + ": is not JSON");
  }

  @Test
  void severalFoldersOfDefectsAndGroups() throws IOException {
    Path data = folder.resolve("kinds");
    for (int i = 0; i < 4; i++) {
      Path kind = Files.createDirectories(data.resolve(i % 2 == 0 ? "crack" : "hole"));
      Files.copy(anomalous.resolve("00" + i + ".png"), kind.resolve("p" + i + ".png"));
    }
    Path out = folder.resolve("kinds-out");
    Result result =
        run(
            "evaluate",
            "--model",
            "" + model,
            "--normal",
            "" + normal,
            "--anomalous",
            "" + data.resolve("crack"),
            "" + data.resolve("hole"),
            "--report-images",
            "none",
            "--out",
            "" + out);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out()).contains("crack                ", "hole                 ");
    String[] command = {
      "experiment",
      "padim",
      "--data",
      "" + data,
      "--normal",
      "" + normal,
      "--anomalous",
      "crack,hole",
      "--train-fraction",
      "0.5",
      "--calibrate",
      "1",
      "--group-by",
      "[^/]*$",
      "--out",
      "" + out
    };
    assertFails(
        run(command),
        folder.resolve("x"),
        out.resolve("metrics.json") + ": is there already (and 2 more)");
    out = folder.resolve("kinds-out-of-experiment");
    command[15] = "" + out;
    result = run(command);
    assertThat(result.status()).as(result.err()).isZero();
    JsonNode metrics = JsonMapper.shared().readTree(out.resolve("metrics.json"));
    assertThat(metrics.get("train_images").asInt()).isEqualTo(4);
    assertThat(metrics.get("test_images").asInt()).isEqualTo(6);
    command[13] = "kinds";
    assertThat(run(command).err()).contains("would lack normal or anomalous ones", "--group-by");
    command[13] = "(";
    result = run(command);
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).contains("--group-by");
    command[12] = "--train";
    command[13] = "3";
    assertThat(run(command).err()).contains("exclude each other");
  }

  @Test
  void threadsChangeNoByteOfTheScores() throws IOException {
    String[] outs = new String[2];
    for (int threads = 1; threads <= 2; threads++) {
      Path out = folder.resolve("threads" + threads);
      Result result =
          run(
              "evaluate",
              "--model",
              "" + model,
              "--normal",
              "" + normal,
              "--anomalous",
              "" + anomalous,
              "--threads",
              "" + threads,
              "--out",
              "" + out);
      assertThat(result.status()).as(result.err()).isZero();
      outs[threads - 1] = Files.readString(out.resolve("scores.csv"));
    }
    assertThat(outs[0]).isEqualTo(outs[1]);
    assertThat(outs[0].lines()).hasSize(13);
  }

  /** VisA's layout: a split file, images, and masks whose values are small. */
  private Path visa() throws IOException {
    Path data = Files.createTempDirectory(folder, "visa");
    Path images = Files.createDirectories(data.resolve("part/Data/Images"));
    StringBuilder csv = new StringBuilder("object,split,label,image,mask\n");
    csv.append("other,train,normal,none.png,\n");
    for (int i = 0; i < 8; i++) {
      String name = "part/Data/Images/" + i + ".png";
      Files.copy(normal.resolve("00" + i + ".png"), images.resolve(i + ".png"));
      csv.append("part,").append(i < 4 ? "train" : "test").append(",normal,").append(name);
      csv.append(",\n");
    }
    for (int i = 0; i < 4; i++) {
      Files.copy(anomalous.resolve("00" + i + ".png"), images.resolve("bad" + i + ".png"));
      BufferedImage mask = new BufferedImage(227, 227, BufferedImage.TYPE_BYTE_GRAY);
      mask.getRaster().setSample(100, 110, 0, 1);
      mask.getRaster().setSample(101, 110, 0, 2);
      for (int k = 0; k < 400; k++) {
        mask.getRaster().setSample(20 + k % 20, 30 + k / 20, 0, 3);
      }
      ImageIO.write(mask, "png", images.resolve("mask" + i + ".png").toFile());
      csv.append("part,test,anomaly,part/Data/Images/bad").append(i);
      csv.append(".png,part/Data/Images/mask").append(i).append(".png\n");
    }
    Files.writeString(Files.createDirectories(data.resolve("split_csv")).resolve("1cls.csv"), csv);
    return data;
  }

  @Test
  void patchCoreOnVisasLayout() throws IOException {
    Path data = visa();
    Path out = folder.resolve("patchcore");
    String[] command = {
      "experiment",
      "patchcore",
      "--data",
      "" + data,
      "--layout",
      "visa",
      "--object",
      "part",
      "--scale",
      "0.4",
      "--train-fraction",
      "0.5",
      "--recipe",
      "patchcore/matlab",
      "--out",
      "" + out
    };
    Result result = run(command);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out()).contains("pixel AUROC");
    JsonNode metrics = JsonMapper.shared().readTree(out.resolve("metrics.json"));
    assertThat(metrics.get("recipe").asString()).isEqualTo("patchcore/matlab");
    assertThat(result.out()).doesNotContain("images of");
    assertThat(out.resolve("report.html"))
        .content()
        .contains("\"object part of " + data.getFileName() + ": patchcore/matlab\"");
    assertThat(metrics.get("train_images").asInt()).isEqualTo(2);
    assertThat(metrics.get("test_images").asInt()).isEqualTo(4);
    assertThat(metrics.get("pixel_auroc").asDouble()).isBetween(0.0, 1.0);
    assertThat(metrics.has("aupro")).isTrue();
    assertThat(metrics.get("aupro_limit").asDouble()).isEqualTo(0.3);
    assertThat(metrics.get("pixel_error").asDouble()).isPositive();
    assertThat(metrics.get("mean_accuracy").asDouble()).isBetween(0.0, 1.0);
    command[7] = "cup";
    assertFails(
        run(command), folder.resolve("x"), "has no object cup; name one of other, part (--object)");
    command[3] = "" + folder;
    assertFails(run(command), folder.resolve("x"), "1cls.csv: there is no such file");
    assertThat(
            run("experiment", "patchcore", "--data", "" + data, "--layout", "visa", "--out", "x")
                .err())
        .contains("holds the objects other, part; name one (--object)");
  }

  @Test
  void imagesThatTheModelWasFittedToAreNamed() throws IOException {
    Path others = folder.resolve("others");
    SyntheticConcrete.write(others, 3, 1, 7);
    Path unseen = others.resolve(SyntheticConcrete.NORMAL);
    // The same image in another container is the same.
    Path copy = unseen.resolve("copy.bmp");
    ImageIO.write(ImageIO.read(normal.resolve("002.png").toFile()), "bmp", copy.toFile());
    Path calibrated = Files.copy(model, folder.resolve("calibrated-again.safetensors"));
    Result result = run("calibrate", "--model", "" + calibrated, "--normal", "" + unseen);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.err())
        .isEqualToNormalizingNewlines(
            "kintsugi: warning: the model was fitted to 1 of the images, which flatters the threshold and the p-values: "
                + copy
                + "; use images that it was not fitted to (--normal)\n");
    String[] evaluate = {
      "evaluate",
      "--model",
      "" + model,
      "--normal",
      "" + normal,
      "--anomalous",
      "" + anomalous,
      "--out",
      "" + folder.resolve("learnt-out"),
      "--quiet"
    };
    assertThat(run(evaluate).err())
        .contains(
            "kintsugi: warning: the model was fitted to 8 of the images, which flatters the figures: "
                + normal.resolve("000.png")
                + ", "
                + normal.resolve("001.png")
                + ", "
                + normal.resolve("002.png")
                + ", …");
    Files.delete(copy);
    assertThat(run("calibrate", "--model", "" + calibrated, "--normal", "" + unseen).err())
        .isEmpty();
  }

  @Test
  void masksAreFoundByTheirNames() throws IOException {
    Path data = visa().resolve("part/Data/Images");
    Path bad = Files.createDirectories(folder.resolve("bad"));
    Path masks = Files.createDirectories(folder.resolve("masks"));
    Files.copy(data.resolve("bad0.png"), bad.resolve("0.png"));
    Files.copy(data.resolve("mask0.png"), masks.resolve("0_mask.png"));
    Path out = folder.resolve("masked");
    String[] command = {
      "evaluate",
      "--model",
      "" + model,
      "--normal",
      "" + normal,
      "--anomalous",
      "" + bad,
      "--masks",
      "" + masks,
      "--out",
      "" + out
    };
    Result result = run(command);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out()).contains("pixel AUROC");
    Files.copy(data.resolve("bad1.png"), bad.resolve("1.png"));
    command[10] = "" + folder.resolve("nowhere");
    assertFails(run(command), folder.resolve("nowhere"), bad.resolve("1.png") + ": has no mask in");
  }

  private static void mask(Path file, String format, int value) throws IOException {
    BufferedImage mask = new BufferedImage(227, 227, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < 227 * 227; i++) {
      boolean inside = value > 255 || i % 227 > 100 && i / 227 < 90;
      mask.getRaster().setSample(i % 227, i / 227, 0, inside ? Math.min(255, value) : 0);
    }
    ImageIO.write(mask, format, file.toFile());
  }

  private Result evaluate(Path bad, Path masks, String... more) {
    List<String> command = new ArrayList<>(List.of("evaluate", "--model", "" + model));
    command.addAll(List.of("--normal", "" + normal, "--anomalous", "" + bad));
    command.addAll(List.of("--masks", "" + masks, "--out", "" + folder.resolve("out")));
    command.addAll(List.of(more));
    return run(command.toArray(String[]::new));
  }

  @Test
  void masksThatSayNothingAreToldByName() throws IOException {
    Path bad = Files.createDirectories(folder.resolve("told"));
    Path masks = Files.createDirectories(folder.resolve("told-masks"));
    for (int i = 0; i < 8; i++) {
      Files.copy(anomalous.resolve("000.png"), bad.resolve(i + ".png"));
    }
    for (int i = 0; i < 4; i++) {
      mask(masks.resolve(i + "_GT.BMP"), "bmp", 0);
    }
    mask(masks.resolve("4_label.png"), "png", 256);
    mask(masks.resolve("5_mask.jpg"), "jpeg", 255);
    mask(masks.resolve("6.jpg"), "jpeg", 255);
    mask(masks.resolve("7.png"), "png", 1);
    Result result = evaluate(bad, masks);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out()).contains("pixel AUROC");
    assertThat(result.err().lines())
        .contains(
            "kintsugi: 4 anomalous images have a mask in which no pixel is anomalous: "
                + String.join(", ", "" + bad.resolve("0.png"), "" + bad.resolve("1.png"))
                + ", "
                + bad.resolve("2.png")
                + " and 1 more",
            "kintsugi: 1 anomalous image has a mask in which every pixel is anomalous: "
                + bad.resolve("4.png"),
            "kintsugi: 2 masks are soft or lossy; pixels above half of the range are taken: "
                + masks.resolve("5_mask.jpg")
                + ", "
                + masks.resolve("6.jpg"));
    // One of another size, and one that is not an image.
    ImageIO.write(
        new BufferedImage(5, 7, BufferedImage.TYPE_BYTE_GRAY),
        "png",
        masks.resolve("7.png").toFile());
    Result wrong = evaluate(bad, masks);
    assertThat(wrong.status()).isOne();
    assertThat(wrong.err())
        .contains(masks.resolve("7.png") + ": is 5x7, its image 227x227; ")
        .contains("(--masks)");
    Files.writeString(masks.resolve("7.png"), "nothing");
    assertThat(evaluate(bad, masks).err()).contains(masks.resolve("7.png") + ": cannot be read");
    Result skipped = evaluate(bad, masks, "--skip-unreadable");
    assertThat(skipped.status()).as(skipped.err()).isZero();
    assertThat(skipped.err())
        .contains("1 mask was left out because unreadable: " + masks.resolve("7.png"));
  }
}
