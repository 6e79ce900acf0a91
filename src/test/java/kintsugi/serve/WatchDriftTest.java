package kintsugi.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.awt.image.RescaleOp;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;
import kintsugi.metric.ThresholdRule;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Another light in the middle of a stream. */
class WatchDriftTest extends WatchFixture {
  private static final int NORMAL = 150;
  private static final int BRIGHT = 150;

  @Test
  void anAlarmIsALineOfItsOwnOnceBehindTheImageThatRaisedIt() throws IOException {
    List<Prediction> normal = new ArrayList<>();
    List<Prediction> bright = new ArrayList<>();
    // Nothing is anomalous, so that everything is compared.
    Model all = kintsugi.calibrate(calibrated, ThresholdRule.parse("value:1000"));
    for (File file : images.resolve(SyntheticConcrete.NORMAL).toFile().listFiles()) {
      if (file.getName().endsWith(".png")) {
        BufferedImage image = ImageIO.read(file);
        normal.add(kintsugi.predict(all, image));
        bright.add(kintsugi.predict(all, new RescaleOp(1.2f, 0, null).filter(image, null)));
      }
    }
    for (int i = 0; i < NORMAL + BRIGHT; i++) {
      Files.writeString(in.resolve(String.format(Locale.ROOT, "%03d.png", i)), "image " + i);
    }
    // In the order of the names.
    Told told = new Told();
    WatchFolder.Scorer stream =
        (name, sha256, bytes, arrived) -> {
          int i = Integer.parseInt(name.substring(0, 3));
          Prediction prediction = (i < NORMAL ? normal : bright).get(i % normal.size());
          Answer.Job job = new Answer.Job(name, sha256, "part", "0123");
          return new WatchFolder.Result(Answer.of(job, prediction, 1, Instant.now()), prediction);
        };
    new WatchFolder(kintsugi, stream, options(), List.of(), told).runOnce();
    List<JsonNode> lines = results();
    assertThat(lines).hasSize(NORMAL + BRIGHT + 1);
    List<String> events = results("event");
    assertThat(events.stream().filter("drift"::equals)).hasSize(1);
    int at = events.indexOf("drift");
    assertThat(at).isGreaterThan(NORMAL);
    JsonNode drift = lines.get(at);
    assertThat(drift.path("id").asString())
        .isEqualTo(lines.get(at - 1).path("id").asString() + "-drift");
    assertThat(drift.path("statistic").asDouble()).isGreaterThan(10_000);
    assertThat(drift.path("drivers").size()).isPositive();
    assertThat(drift.path("since").asInt()).isBetween(NORMAL - 20, NORMAL + 60);
    assertThat(told.lines.stream().filter(line -> line.startsWith("notice images have changed")))
        .singleElement(InstanceOfAssertFactories.STRING)
        .contains(drift.path("since").asString(), drift.path("since_time").asString(), "luminance");
    Path table = out.resolve("results.csv");
    assertThat(Files.readAllLines(table)).hasSize(NORMAL + BRIGHT + 1);
  }
}
