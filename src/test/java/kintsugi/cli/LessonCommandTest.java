package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kintsugi.Kintsugi;
import kintsugi.backbone.ResNet;
import kintsugi.image.ImageSource;
import kintsugi.lesson.LessonImages;
import kintsugi.lesson.Topic;
import org.junit.jupiter.api.Test;

/** Playable pages from the command line. */
class LessonCommandTest extends CommandFixture {
  @Test
  void withoutANameThePagesAreListed() {
    Result list = runBare("lesson");
    assertThat(list.status()).isZero();
    assertThat(list.out().lines()).hasSameSizeAs(Topic.ALL);
    assertThat(list.out()).startsWith("threshold ");
  }

  @Test
  void aPageOfOnesOwnImagesNamesThem() throws IOException {
    Path out = folder.resolve("pages");
    Result result =
        run(
            "lesson",
            "mahalanobis",
            "--train",
            "" + normal,
            "--image",
            "" + anomalous.resolve("002.png"),
            "--out",
            "" + out);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out()).contains("page: " + out.resolve("mahalanobis.html"));
    assertThat(Files.readString(out.resolve("mahalanobis.html")))
        .contains("002.png", "\"learnt\":7", "--image " + anomalous.resolve("002.png"));
    Result second =
        run(
            "lesson",
            "nearest",
            "--train",
            "" + normal,
            "--image",
            "" + anomalous.resolve("002.png"),
            "--out",
            "" + out);
    assertThat(second.status()).as(second.err()).isZero();
    assertThat(out).isDirectoryContaining(file -> file.endsWith("mahalanobis.html"));
  }

  @Test
  void whatIsWrongIsOneLine() throws IOException {
    Result near = runBare("lesson", "gausian");
    assertThat(near.status()).isEqualTo(2);
    assertThat(near.err().lines()).hasSize(1);
    assertThat(near.err()).contains("there is no page gausian; the nearest is gaussian; try ");
    Result far = runBare("lesson", "weather");
    assertThat(far.err())
        .contains("there is no page weather; there are threshold, gaussian, mahalanobis");
    Result half = runBare("lesson", "gaussian", "--train", "" + normal);
    assertThat(half.status()).isEqualTo(2);
    assertThat(half.err()).contains("--image");
    Path few = Files.createDirectory(folder.resolve("few"));
    Files.copy(normal.resolve("000.png"), few.resolve("a.png"));
    Files.copy(normal.resolve("001.png"), few.resolve("b.png"));
    Path out = folder.resolve("none");
    assertFails(
        run(
            "lesson",
            "gaussian",
            "--train",
            "" + few,
            "--image",
            "" + normal.resolve("002.png"),
            "--out",
            "" + out),
        out.resolve("gaussian.html"),
        "few: has 2 images, and this page needs 4 or more");
  }

  @Test
  void aPageAboutTheTrainingImagesReadsNoOther() {
    Path out = folder.resolve("alone");
    Result one = run("lesson", "coreset", "--train", "" + normal, "--out", "" + out);
    assertThat(one.status()).as(one.err()).isZero();
    assertThat(out.resolve("coreset.html")).exists();
    Result more =
        runBare("lesson", "coreset", "--train", "" + normal, "--image", "" + normal + "/000.png");
    assertThat(more.status()).isEqualTo(2);
    assertThat(more.err()).contains("coreset has no image in question; leave out --image");
  }

  @Test
  void theThresholdIsPlayedWithOnNormalAndAnomalousImages() throws IOException {
    Path out = folder.resolve("game");
    Result page =
        run(
            "lesson",
            "threshold",
            "--train",
            "" + normal,
            "--anomalous",
            "" + anomalous,
            "--out",
            "" + out);
    assertThat(page.status()).as(page.err()).isZero();
    assertThat(Files.readString(out.resolve("threshold.html")))
        .contains("\"learnt\":4", "\"normals\":4", "--anomalous " + anomalous);
    Path single = Files.createDirectory(folder.resolve("single"));
    Files.copy(anomalous.resolve("002.png"), single.resolve("a.png"));
    Path missing = folder.resolve("no game");
    assertFails(
        run(
            "lesson",
            "threshold",
            "--train",
            "" + normal,
            "--anomalous",
            "" + single,
            "--out",
            "" + missing),
        missing.resolve("threshold.html"),
        "a.png: is the only anomalous image, and this page needs 2 or more");
    Result none = runBare("lesson", "threshold", "--train", "" + normal);
    assertThat(none.status()).isEqualTo(2);
    assertThat(none.err()).contains("threshold compares anomalous images", "--anomalous");
    Result image =
        runBare("lesson", "threshold", "--train", "" + normal, "--image", "" + normal + "/000.png");
    assertThat(image.status()).isEqualTo(2);
    assertThat(image.err()).contains("threshold has no image in question; leave out --image");
    Result other =
        runBare("lesson", "coreset", "--train", "" + normal, "--anomalous", "" + anomalous);
    assertThat(other.status()).isEqualTo(2);
    assertThat(other.err()).contains("coreset compares no anomalous images");
  }

  @Test
  void aListOfFewImagesWithNamesOfAnyKindIsEnoughForPatchCore() throws IOException {
    Path few = Files.createDirectory(folder.resolve("a few"));
    Files.copy(normal.resolve("000.png"), few.resolve("a <b> & c.png"));
    Files.copy(normal.resolve("001.png"), few.resolve("d.png"));
    Path list = Files.writeString(few.resolve("list.txt"), "a <b> & c.png\nd.png\n");
    Path image = Files.copy(anomalous.resolve("002.png"), folder.resolve("x <script> y.png"));
    Path out = folder.resolve("few pages");
    Result result =
        run("lesson", "nearest", "--train", "" + list, "--image", "" + image, "--out", "" + out);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(Files.readString(out.resolve("nearest.html")))
        .contains("\"learnt\":2", "& c.png")
        .doesNotContain("x <script> y.png");
  }

  @Test
  void whatIsComparedIsReadBeforeTheFit() throws IOException {
    Path some = Files.createDirectory(folder.resolve("damaged"));
    Files.writeString(some.resolve("0.png"), "not an image");
    for (int i = 1; i < 5; i++) {
      Files.copy(normal.resolve("00" + i + ".png"), some.resolve(i + ".png"));
    }
    Path image = Files.writeString(folder.resolve("question.png"), "not an image");
    Path out = folder.resolve("nothing");
    assertFails(
        run("lesson", "gaussian", "--train", "" + some, "--image", "" + image, "--out", "" + out),
        out.resolve("gaussian.html"),
        "question.png");
  }

  @Test
  void theLimitOfPixelsHoldsOnEveryPage() {
    for (Topic topic : Topic.ALL) {
      Path out = folder.resolve("limited");
      List<String> words =
          new ArrayList<>(
              List.of("lesson", topic.name(), "--max-pixels", "100", "--train", "" + normal));
      if (topic.compared() == Topic.Compared.ANOMALOUS) {
        words.addAll(List.of("--anomalous", "" + anomalous));
      } else if (topic.compared() != Topic.Compared.NOTHING) {
        words.addAll(List.of("--image", "" + anomalous.resolve("002.png")));
      }
      words.addAll(List.of("--out", "" + out));
      assertFails(run(words.toArray(String[]::new)), out.resolve(topic.name() + ".html"), "pixels");
    }
  }

  @Test
  void ofManyImagesTheOneAfterThoseThatAreLearntFromIsHeldOut() throws IOException {
    Path many = Files.createDirectory(folder.resolve("many"));
    byte[] one = Files.readAllBytes(normal.resolve("000.png"));
    for (int i = 0; i < 131; i++) {
      Files.write(many.resolve("%03d.png".formatted(i)), one);
    }
    try (Kintsugi kintsugi =
        Kintsugi.builder().engine("scalar").threads(1).weights(ResNet.randomWeights(1)).open()) {
      List<ImageSource> test = List.of(ImageSource.of(anomalous.resolve("002.png")));
      LessonImages images = LessonImages.of(kintsugi, many, test, Topic.Compared.TEST_AND_NORMAL);
      assertThat(images.train()).hasSize(128);
      assertThat(images.normal().fileName()).isEqualTo("128.png");
    }
  }
}
