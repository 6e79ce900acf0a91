package kintsugi.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** The model of a fit in parts, next to that of one machine. */
class SparkFitTest extends SparkFixture {

  private Path fitted(List<String> images, int partitions, String... more) {
    Path file = folder.resolve("fit-" + partitions + more.length + ".safetensors");
    List<String> arguments = new ArrayList<>(List.of("fit", "padim", "--model", "" + file));
    arguments.addAll(List.of("--partitions", "" + partitions));
    arguments.addAll(List.of(more));
    arguments.add("--train");
    arguments.addAll(images);
    succeeds(arguments.toArray(String[]::new));
    return file;
  }

  @Test
  void theModelIsThatOfOneMachine() {
    List<String> images =
        new ArrayList<>(kintsugi.images(normal).stream().map(each -> each.name()).toList());
    Path one = folder.resolve("one.safetensors");
    kintsugi.save(kintsugi.fit("padim", normal), one);

    assertThat(fitted(List.of("" + normal), 1)).hasSameBinaryContentAs(one);
    // More tasks than images, of which some have none.
    for (int partitions : new int[] {2, 7, 64}) {
      Collections.shuffle(images, new Random(partitions));
      assertThat(fitted(images, partitions)).hasSameBinaryContentAs(one);
    }
  }

  @Test
  void imagesOfOtherSizesAreNamedOnce() throws IOException {
    assertThat(mixed(1)).contains("2.png: is 96x96", "128x128 is needed", "(partition 0)");
    // No part has two sizes.
    assertThat(mixed(4)).contains("96x96", "128x128", "(--size)");
  }

  @Test
  void whatAClusterDoesNotOfferNamesTheWayOut() {
    for (List<String> options :
        List.of(List.of("--roi", "mask.png"), List.of("--foreground"), List.of("--align", "8"))) {
      List<String> fit =
          new ArrayList<>(List.of("fit", "padim", "--train", "" + normal, "--model", "none"));
      fit.addAll(options);
      Result result = run(fit.toArray(String[]::new));
      assertThat(result.status()).isEqualTo(2);
      assertThat(result.err().lines())
          .singleElement()
          .asString()
          .contains(
              options.getFirst() + " is not offered on a cluster",
              "with `./kintsugi fit " + options.getFirst() + "`");
    }
  }

  /** The line of a fit to images of two sizes. */
  private String mixed(int partitions) throws IOException {
    Path images = Files.createDirectory(folder.resolve("mixed" + partitions));
    for (int i = 0; i < 4; i++) {
      int side = i == 2 ? 96 : 128;
      BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
      ImageIO.write(image, "png", images.resolve(i + ".png").toFile());
    }
    Path file = folder.resolve("mixed.safetensors");
    String[] fit = {
      "fit",
      "padim",
      "--train",
      "" + images,
      "--resize",
      "same",
      "--crop",
      "same",
      "--partitions",
      "" + partitions,
      "--model",
      "" + file
    };

    Result result = run(fit);

    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err().lines()).hasSize(1);
    assertThat(file).doesNotExist();
    return result.err();
  }
}
