package kintsugi.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import javax.imageio.ImageIO;
import kintsugi.detector.Choices;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.image.Region;
import kintsugi.metric.ThresholdRule;
import org.junit.jupiter.api.Test;

/** A region that is painted over images of which the calibration saw all. */
class PaintedRegionTest extends LineFixture {
  private static final int SIDE = 64;
  private static final int FITTED = 4;
  private static final int CALIBRATED = 40;
  private static final int BEFORE = 20;
  private static final int WITHIN = 60;

  /** Noise that is brighter at the top, each image a little darker or brighter. */
  private static void draw(Path file, Random random) throws IOException {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    int light = random.nextInt(20);
    for (int i = 0; i < SIDE * SIDE; i++) {
      int grey = light + random.nextInt(20) + (i < SIDE * SIDE / 4 ? 160 : 80);
      image.setRGB(i % SIDE, i / SIDE, grey * 0x010101);
    }
    ImageIO.write(image, "png", file.toFile());
  }

  private static Path drawn(String name, int count, Random random) throws IOException {
    Path place = Files.createDirectories(folder.resolve(name));
    for (int i = 0; i < count; i++) {
      draw(place.resolve(String.format(Locale.ROOT, "%03d.png", i)), random);
    }
    return place;
  }

  /** Images of which nothing changes but the region raise no alarm, in the line and its watch. */
  @Test
  void itIsNotAChangeOfTheImages() throws IOException {
    Random random = new Random(1);
    Path good = drawn("fitted", FITTED, random);
    Model fitted =
        kintsugi.fit(
            Choices.with(Methods.recipe("padim"), Map.of("resize", "64x64", "channels", "8")),
            1,
            kintsugi.images(good));
    Model calibrated =
        kintsugi.calibrate(
            fitted,
            kintsugi.images(drawn("calibrated", CALIBRATED, random)),
            List.of(),
            Optional.of(ThresholdRule.parse("value:1000")));
    Path file = folder.resolve("painted.safetensors");
    kintsugi.save(calibrated, file);
    serve(Server.Options.LOCAL, 64, Map.of("part", file));
    Served served = line.model("part");
    BitSet top = new BitSet();
    top.set(0, SIDE * SIDE / 4);
    WatchFolder.Scorer scorer = line.scorer("part");
    WatchFolder.Scorer painted =
        (name, sha256, bytes, arrived) -> {
          if (name.equals(String.format(Locale.ROOT, "%03d.png", BEFORE))) {
            served.look(Optional.of(Region.of(SIDE, SIDE, top)));
          }
          return scorer.score(name, sha256, bytes, arrived);
        };
    Path in = drawn("arriving", BEFORE + WITHIN, random);
    long day = 1_700_000_000_000L;
    for (File image : in.toFile().listFiles()) {
      assertThat(image.setLastModified(day)).isTrue();
    }
    Path out = folder.resolve("watched");
    WatchOptions options = WatchOptions.of(in, out);
    new WatchFolder(kintsugi, painted, options, List.of(), new WatchFixture.Told()).runOnce();
    assertThat(served.current().monitor().drift().status().compared()).isEqualTo(WITHIN);
    assertThat(served.current().monitor().drift().status().alarm()).isFalse();
    assertThat(Files.readAllLines(out.resolve("results.jsonl")))
        .hasSize(BEFORE + WITHIN)
        .noneMatch(line -> line.contains("\"event\":\"drift\""));
  }
}
