package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** Folders within folders, and models before calibration. */
class PredictCommandTest extends CommandFixture {

  private Path tree(String name, String... images) throws IOException {
    Path root = folder.resolve(name);
    for (String image : images) {
      Path file = root.resolve(image);
      Files.createDirectories(file.getParent());
      if (image.endsWith(".png")) {
        Files.copy(anomalous.resolve("000.png"), file);
      } else {
        BufferedImage read = ImageIO.read(normal.resolve("001.png").toFile());
        ImageIO.write(read, "jpeg", file.toFile());
      }
    }
    return root;
  }

  /** The heat maps in a folder and below, without what else a report has. */
  private static Set<String> maps(Path out) throws IOException {
    try (Stream<Path> files = Files.walk(out)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> out.relativize(file).toString())
          .filter(name -> !name.matches("predictions\\.[a-z]+|\\.kintsugi-.*"))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private Result predict(Path images, Path out, String... more) {
    List<String> all =
        new ArrayList<>(List.of("predict", "--model", "" + model, "" + images, "--out", "" + out));
    all.addAll(List.of(more));
    Result result = run(all.toArray(String[]::new));
    assertThat(result.status()).as(result.err()).isZero();
    return result;
  }

  @Test
  void foldersAreReadHoweverDeepAndKept() throws IOException {
    Path root =
        tree(
            "deep",
            "x.png",
            "x.jpg",
            "a/x.png",
            "b/x.png",
            "b/c/x.png",
            "b/x.png.d/y.png",
            ".hidden/h.png",
            "@eaDir/t.png");
    Path out = folder.resolve("deep-out");
    Result result = predict(root, out, "--recursive");
    assertThat(maps(out))
        .containsExactly("a/x.png", "b/c/x.png", "b/x.png", "b/x.png.d/y.png", "x-2.png", "x.png");
    assertThat(result.err()).contains("2 hidden files or folders");
    // x.jpg, which is before x.png, has the plain name.
    assertThat(Files.readAllLines(out.resolve("predictions.csv")))
        .hasSize(7)
        .anyMatch(row -> row.contains("" + root.resolve("x.jpg")) && row.contains(",x.png,"));
    assertThat(out.resolve("predictions.html")).isRegularFile();
    // Without the option the folder's own are read.
    predict(root, out);
    assertThat(maps(out)).containsExactly("x-2.png", "x.png");
    assertThat(out.resolve("b")).doesNotExist();
  }

  @Test
  void aFolderNamedLikeAHeatMapOrAFileOfTheReportHasItsPlace() throws IOException {
    Path root = tree("clash", "x.jpg", "x.png/y.png", "predictions.csv/z.png");
    Path out = folder.resolve("clash-out");
    predict(root, out, "--recursive");
    assertThat(maps(out)).hasSize(3);
    assertThat(out.resolve("predictions.csv")).isRegularFile();
    assertThat(maps(out)).anyMatch(name -> name.endsWith("/y.png"));
  }

  @Test
  void anOutputFolderAmongTheImagesIsNotReadAgain() throws IOException {
    Path root = tree("among", "a/x.png", "b/x.png");
    Path out = root.resolve("out");
    predict(root, out, "--recursive");
    Set<String> first = maps(out);
    Result again = predict(root, out, "--recursive");
    assertThat(maps(out)).isEqualTo(first).containsExactly("a/x.png", "b/x.png");
    assertThat(again.err()).contains("left out 2 images in the output folder");
    predict(root, out);
    assertThat(maps(out)).isEqualTo(first);
  }

  @Test
  void imagesOfAListKeepTheFoldersInWhichTheyDiffer() throws IOException {
    Path root = tree("listed", "one/x.png", "two/x.png");
    Path list = Files.writeString(root.resolve("list.csv"), "file\none/x.png\ntwo/x.png\n");
    Path out = folder.resolve("listed-out");
    predict(list, out);
    assertThat(maps(out)).containsExactly("one/x.png", "two/x.png");
    Files.writeString(list, "file\none/x.png\n");
    predict(list, out);
    assertThat(maps(out)).containsExactly("x.png");
  }

  @Test
  void aModelBeforeCalibrationHasScoresAndMapsOfOneScaleButNoVerdicts() throws IOException {
    Path fitted = folder.resolve("fitted.safetensors");
    assertThat(run("fit", "padim", "--train", "" + normal, "--model", "" + fitted).status())
        .isZero();
    Path out = folder.resolve("fitted-out");
    Result result =
        run("predict", "--model", "" + fitted, "" + normal, "" + anomalous, "--out", "" + out);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.err())
        .contains("not calibrated", "./kintsugi calibrate --model " + fitted + " --normal DIR");
    assertThat(result.out().lines().filter(line -> line.startsWith("not calibrated "))).hasSize(12);
    List<String> rows = Files.readAllLines(out.resolve("predictions.csv"));
    assertThat(rows).hasSize(13);
    // A score, and neither a threshold nor a prediction.
    assertThat(rows.get(1)).matches("[^,]+,[\\d.E-]+,,,000\\.png,\"not calibrated\",false,0,.*");
    assertThat(Files.readString(out.resolve("predictions.jsonl")))
        .contains("\"verdict\":\"not calibrated\"")
        .doesNotContain("\"threshold\"")
        .doesNotContain("\"anomalous\":");
    // One scale: all strips are the same.
    assertThat(maps(out).stream().map(name -> strip(out.resolve(name))).distinct()).hasSize(1);
    try (Stream<Path> left = Files.list(out)) {
      assertThat(left.map(file -> "" + file.getFileName())).noneMatch(n -> n.endsWith(".tmp"));
    }
  }

  private static String strip(Path file) {
    try {
      BufferedImage image = ImageIO.read(file.toFile());
      BufferedImage strip = image.getSubimage(0, image.getHeight() - 28, image.getWidth(), 28);
      int[] pixels = strip.getRGB(0, 0, strip.getWidth(), 28, null, 0, strip.getWidth());
      return Arrays.toString(pixels);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
