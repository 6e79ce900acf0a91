package kintsugi.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import kintsugi.Kintsugi;
import kintsugi.backbone.ResNet;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.Choices;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A small model, a folder that images arrive in, and what was told of them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class WatchFixture {
  private static final Duration SOON = Duration.ofMillis(40);

  @TempDir static Path images;
  @TempDir Path folder;
  Kintsugi kintsugi;
  Model calibrated;
  WatchFolder.Scorer scorer;
  Path in;
  Path out;

  @BeforeAll
  void fit() {
    SyntheticConcrete.write(images, 8, 8, 1);
    kintsugi = Kintsugi.builder().threads(2).weights(ResNet.randomWeights(1)).open();
    Path good = images.resolve(SyntheticConcrete.NORMAL);
    Model fitted =
        kintsugi.fit(
            Choices.with(Methods.recipe("padim"), Map.of("resize", "72x72", "crop", "64x64")),
            1,
            kintsugi.images(good));
    calibrated = kintsugi.calibrate(fitted, good, images.resolve(SyntheticConcrete.ANOMALOUS));
    scorer = WatchFolder.Scorer.of(kintsugi, "part", "0123", calibrated);
  }

  @AfterAll
  void close() {
    kintsugi.close();
  }

  @BeforeEach
  void folders() throws IOException {
    in = Files.createDirectory(folder.resolve("in"));
    out = folder.resolve("out");
  }

  /** The calls of a watch, in their order. */
  static final class Told implements WatchFolder.Listener {
    final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    @Override
    public void begun() {
      lines.add("begun");
    }

    @Override
    public void answered(Answer answer, Prediction prediction, Optional<Path> map) {
      lines.add(answer.name());
    }

    @Override
    public void failed(String error) {
      lines.add("failed " + error);
    }

    @Override
    public void notice(String line) {
      lines.add("notice " + line);
    }

    void await(String expected) throws InterruptedException {
      assertThat(lines.poll(1, TimeUnit.MINUTES)).isEqualTo(expected);
    }
  }

  WatchOptions options() {
    return new WatchOptions(
        in, out, false, WatchOptions.Maps.ANOMALOUS, false, SOON, SOON.multipliedBy(3), SOON);
  }

  WatchOptions moving() {
    return new WatchOptions(
        in, out, false, WatchOptions.Maps.ANOMALOUS, true, SOON, SOON.multipliedBy(3), SOON);
  }

  WatchFolder watch(WatchOptions options, Told told, EventSender... senders) {
    return new WatchFolder(kintsugi, scorer, options, List.of(senders), told);
  }

  Told once(WatchOptions options, EventSender... senders) {
    Told told = new Told();
    watch(options, told, senders).runOnce();
    return told;
  }

  /** Renames a copy of an image into place, changed at a second of the day. */
  Path arrive(String name, int second, boolean anomalous, int number) throws IOException {
    Path from =
        images
            .resolve(anomalous ? SyntheticConcrete.ANOMALOUS : SyntheticConcrete.NORMAL)
            .resolve(String.format(java.util.Locale.ROOT, "%03d.png", number));
    Path part = Files.copy(from, in.resolve(name + ".part"));
    Files.setLastModifiedTime(part, FileTime.fromMillis(1_700_000_000_000L + 1000L * second));
    return Files.move(part, in.resolve(name));
  }

  List<JsonNode> results() throws IOException {
    try (Stream<String> lines = Files.lines(out.resolve("results.jsonl"))) {
      return lines.map(line -> JsonMapper.shared().readTree(line)).toList();
    }
  }

  /** A value of every result. */
  List<String> results(String name) throws IOException {
    return results().stream().map(line -> line.path(name).asString("")).toList();
  }

  List<String> names(String below) throws IOException {
    Path place = out.resolve(below);
    if (!Files.isDirectory(place)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(place)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
