package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import kintsugi.report.Browser;
import org.junit.jupiter.api.Test;

/** Regions of interest, foreground and alignment from the command line. */
class RegionCommandsTest extends CommandFixture {
  private static final String LEFT =
      "{\"width\":256,\"height\":256,\"include\":[[[0,0],[128,0],[128,256],[0,256]]]}";

  /** Of the drawn images. */
  private static final int SIDE = 227;

  private Path left() throws IOException {
    return Files.writeString(folder.resolve("left-half.json"), LEFT);
  }

  private Result fit(Path to, String... more) {
    List<String> line =
        new ArrayList<>(
            List.of("fit", "padim", "--train", "" + normal, "--size", "64x64", "--model", "" + to));
    line.addAll(Arrays.asList(more));
    return run(line.toArray(String[]::new));
  }

  private Path masks(String name, int from) throws IOException {
    Path masks = Files.createDirectories(folder.resolve(name));
    try (Stream<Path> images = Stream.concat(Files.list(normal), Files.list(anomalous))) {
      for (Path image : images.toList()) {
        BufferedImage mask = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
        Graphics2D pen = mask.createGraphics();
        pen.setColor(Color.WHITE);
        pen.fillRect(from * SIDE / 128, 0, SIDE, SIDE);
        pen.dispose();
        ImageIO.write(mask, "png", masks.resolve(image.getFileName().toString()).toFile());
      }
    }
    return masks;
  }

  @Test
  void aRegionIsKeptInTheModelAndDrawn() throws IOException {
    Path made = folder.resolve("left.safetensors");
    Result result = fit(made, "--roi", "" + left());
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.err()).contains("looked at 50 % of the images");
    Path out = folder.resolve("left-out");
    Result calibrated = run("calibrate", "--model", "" + made, "--normal", "" + normal);
    assertThat(calibrated.status()).as(calibrated.err()).isZero();
    Path first = anomalous.resolve("000.png");
    Result predicted = run("predict", "--model", "" + made, "" + first, "--out", "" + out);
    assertThat(predicted.status()).as(predicted.err()).isZero();
    BufferedImage drawn = ImageIO.read(out.resolve("000.png").toFile());
    BufferedImage image = ImageIO.read(first.toFile());
    int column = image.getWidth() * 3 / 4;
    assertThat(drawn.getRGB(column, 100) & 0xff)
        .isCloseTo((int) Math.round(0.55 * (image.getRGB(column, 100) & 0xff)), within(2));
    Result updated =
        run(
            "fit",
            "padim",
            "--train",
            "" + normal,
            "--update",
            "" + made,
            "--model",
            "" + folder.resolve("none"),
            "--foreground");
    assertThat(updated.status()).isEqualTo(2);
    assertThat(updated.err()).contains("--update continues with the region");
  }

  @Test
  void singleImagesHaveRegionsOfTheirOwnInEveryCommand() throws IOException {
    Path right = masks("right", 64);
    Path all = masks("right-edge", 120);
    Path made = folder.resolve("own.safetensors");
    Result result = fit(made, "--roi", "" + right, "--ignore", "" + all);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.err()).contains("looked at 44 % of the images");
    Result calibrated =
        run("calibrate", "--model", "" + made, "--normal", "" + normal, "--roi", "" + right);
    assertThat(calibrated.status()).as(calibrated.err()).isZero();
    Path out = folder.resolve("own-out");
    String[] evaluate = {
      "evaluate",
      "--model",
      "" + made,
      "--normal",
      "" + normal,
      "--anomalous",
      "" + anomalous,
      "--roi",
      "" + right,
      "--out",
      "" + out
    };
    Result evaluated = run(evaluate);
    assertThat(evaluated.status()).as(evaluated.err()).isZero();
    Files.delete(right.resolve("000.png"));
    assertFails(
        fit(folder.resolve("none"), "--roi", "" + right),
        folder.resolve("none"),
        "000.png: has no region in " + right,
        "(--roi)");
    Path file = left();
    assertFails(
        run(
            "predict",
            "--model",
            "" + made,
            "" + normal,
            "--roi",
            "" + file,
            "--out",
            "" + folder.resolve("none")),
        folder.resolve("none"),
        "left-half.json: is not a folder of regions");
  }

  @Test
  void pixelFiguresAreThoseOfWhatIsLookedAt() throws IOException {
    Path made = folder.resolve("figures.safetensors");
    assertThat(fit(made).status()).isZero();
    run("calibrate", "--model", "" + made, "--normal", "" + normal, "--anomalous", "" + anomalous);
    Path defects = masks("defects", 100);
    Path right = masks("right-part", 64);
    assertThat(figures(made, defects, right, "--roi")).contains("\"pixel_auroc\" : 0");
    // Without the right part none of its pixels is anomalous.
    assertThat(figures(made, defects, right, "--ignore")).doesNotContain("\"pixel_auroc\" : 0");
  }

  private String figures(Path made, Path defects, Path part, String option) throws IOException {
    Path out = folder.resolve("figures" + option);
    Result result =
        run(
            "evaluate",
            "--model",
            "" + made,
            "--normal",
            "" + normal,
            "--anomalous",
            "" + anomalous,
            "--masks",
            "" + defects,
            option,
            "" + part,
            "--out",
            "" + out);
    assertThat(result.status()).as(result.err()).isZero();
    return Files.readString(out.resolve("metrics.json"));
  }

  @Test
  void aFileThatIsNotARegionIsOneLine() throws IOException {
    Path broken = Files.writeString(folder.resolve("broken.json"), "{\"width\":256");
    assertFails(
        fit(folder.resolve("none"), "--roi", "" + broken),
        folder.resolve("none"),
        "broken.json: is not a region (its JSON ends in the middle)");
    Path narrow =
        Files.writeString(
            folder.resolve("narrow.json"),
            "{\"width\":100,\"height\":256,\"include\":[[[0,0],[9,0],[9,9]]]}");
    assertFails(
        fit(folder.resolve("none"), "--ignore", "" + narrow),
        folder.resolve("none"),
        "its region 100x256",
        "(--ignore)");
    assertFails(
        fit(folder.resolve("none"), "--foreground"),
        folder.resolve("none"),
        ".png: shows nothing before its background",
        "(--foreground)");
    Result align = fit(folder.resolve("none"), "--align", "5,90");
    assertThat(align.status()).isEqualTo(2);
    assertThat(align.err()).contains("--align").contains("degrees from 0 to 15");
  }

  @Test
  void aPreviewShowsTheRegionsAndLearnsNothing() throws IOException {
    Path out = folder.resolve("preview");
    Result result =
        run(
            "fit",
            "padim",
            "--train",
            "" + normal,
            "--size",
            "64x64",
            "--roi",
            "" + left(),
            "--align",
            "4",
            "--preview",
            "" + out);
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out()).startsWith("page: ").contains("7 images would be refused");
    assertThat(out.resolve("regions.html"))
        .content()
        .contains("50 % looked at", "too little in common");
    try (Browser browser = new Browser()) {
      browser.open(out.resolve("regions.html"));
      browser.assertAccessible("regions");
      browser.assertClean();
    }
    BufferedImage first = ImageIO.read(out.resolve("regions/00000.jpg").toFile());
    BufferedImage image = ImageIO.read(normal.resolve("000.png").toFile());
    assertThat(mean(first, 0.75)).isLessThan(0.7 * mean(image, 0.75));
    assertThat(mean(first, 0.25)).isGreaterThan(0.9 * mean(image, 0.25));
    assertThat(run("merge", "" + model, "--preview", "" + out).status()).isEqualTo(2);
  }

  private static double mean(BufferedImage image, double place) {
    double sum = 0;
    int column = (int) (place * image.getWidth());
    for (int y = 0; y < image.getHeight(); y++) {
      sum += image.getRGB(column, y) & 0xff;
    }
    return sum / image.getHeight();
  }
}
