package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import kintsugi.lesson.Topic;
import org.junit.jupiter.api.Test;

/** Playable pages from the command line. */
class LessonCommandTest extends CommandFixture {
  @Test
  void withoutANameThePagesAreListed() {
    Result list = runBare("lesson");
    assertThat(list.status()).isZero();
    assertThat(list.out().lines()).hasSameSizeAs(Topic.ALL);
    assertThat(list.out()).startsWith("gaussian ");
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
    assertThat(far.err()).contains("there is no page weather; there are gaussian, mahalanobis");
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
        "few: has 2 images, and a page needs 4 or more");
  }
}
