package kintsugi.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import kintsugi.Sha256;
import kintsugi.detector.Model;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Models that are changed while they are served. */
class ChangeApiTest extends LineFixture {
  private static final String MODEL = "/api/models/part";

  @BeforeEach
  void serve() throws IOException {
    serve(Server.Options.LOCAL, 64);
  }

  private Path file() {
    return line.model("part").file();
  }

  private JsonNode predicted() throws Exception {
    return json(post(MODEL + "/predict", Files.readAllBytes(anomalous.getFirst())));
  }

  @Test
  void aThresholdIsTriedWithoutAnyChangeAndThenSavedIntoTheFile() throws Exception {
    String before = Sha256.of(file());
    JsonNode tried = json(get(MODEL + "/threshold?value=0.9"));
    assertThat(tried.get("value").asDouble()).isEqualTo(0.9);
    assertThat(tried.get("sentence").asString()).startsWith("of 1000 good parts ");
    assertThat(Sha256.of(file())).isEqualTo(before);
    double used = json(get(MODEL + "/calibration")).get("threshold").asDouble();
    assertThat(json(get(MODEL + "/threshold")).get("value").asDouble()).isEqualTo(used);
    assertThat(used).isNotEqualTo(0.9);
    JsonNode set = json(put(MODEL + "/threshold", "{\"value\":0.9}"));
    assertThat(set).isEqualTo(tried);
    JsonNode answer = predicted();
    assertThat(answer.get("threshold").asDouble()).isEqualTo(0.9);
    assertThat(answer.get("model_sha256").asString())
        .isEqualTo(Sha256.of(file()))
        .isNotEqualTo(before);
    assertThat(kintsugi.load(file()).requireCalibration().threshold()).isEqualTo(0.9);
    JsonNode rolled = json(post(MODEL + "/rollback", new byte[0]));
    assertThat(rolled.get("threshold").asDouble()).isEqualTo(used);
    assertThat(rolled.get("can_roll_back").asBoolean()).isFalse();
    assertThat(Sha256.of(file())).isEqualTo(before);
    assertThat(error(post(MODEL + "/rollback", new byte[0]), 409)).contains("no earlier version");
  }

  @Test
  void anotherThresholdDoesNotMakeACalibrationCurrent() throws Exception {
    Model now = kintsugi.load(file());
    List<String> taken = List.of("0123456789ab");
    new Model(
            now.detector(), now.calibration(), now.fingerprint(), now.seed(), now.training(), taken)
        .save(file());
    post(MODEL + "/reload", new byte[0]);
    for (JsonNode effect :
        List.of(
            json(get(MODEL + "/threshold?value=0.9")),
            json(put(MODEL + "/threshold", "{\"value\":0.9}")),
            json(get(MODEL)))) {
      assertThat(effect.get("warnings").toString()).contains("before images were taught");
    }
    assertThat(kintsugi.load(file()).isCalibrationCurrent()).isFalse();
  }

  @Test
  void whatIsNotAThresholdIsRefused() throws Exception {
    assertThat(error(get(MODEL + "/threshold?value=NaN"), 400)).contains("finite");
    assertThat(error(get(MODEL + "/threshold?value=high"), 400)).contains("high is not a number");
    assertThat(error(put(MODEL + "/threshold", "{}"), 400)).contains("name a value");
    assertThat(error(put(MODEL + "/threshold", "{"), 400)).contains("not JSON");
    assertThat(error(put(MODEL + "/threshold", "{\"rule\":\"best\"}"), 400)).contains("best");
  }

  @Test
  void aModelThatIsSentReplacesTheOneBeforeAndOneThatIsBrokenDoesNot() throws Exception {
    Path other = changed("other.safetensors");
    byte[] bytes = Files.readAllBytes(other);
    double score = predicted().get("score").asDouble();
    JsonNode replaced = json(put(MODEL, bytes));
    assertThat(replaced.get("sha256").asString()).isEqualTo(Sha256.of(other));
    assertThat(replaced.get("versions").asInt()).isEqualTo(2);
    assertThat(predicted().get("score").asDouble()).isEqualTo(score);
    bytes[bytes.length - 1] ^= 1;
    assertThat(error(put(MODEL, bytes), 422))
        .startsWith("the model that was sent: is not a model")
        .doesNotContain(folder.toString());
    assertThat(predicted().get("model_sha256").asString()).isEqualTo(Sha256.of(other));
    assertThat(error(put("/api/models/new", bytes), 404)).contains("[part]");
    try (Stream<Path> left = Files.list(file().getParent())) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("part.safetensors", ".kintsugi-part.safetensors.earlier1");
    }
  }

  @Test
  void aFileThatAnotherProgramChangedIsReadAgainAndNotWrittenOver() throws Exception {
    Files.copy(changed("again.safetensors"), file(), StandardCopyOption.REPLACE_EXISTING);
    String changed = Sha256.of(file());
    assertThat(error(put(MODEL + "/threshold", "{\"value\":0.9}"), 409)).contains("reload it");
    assertThat(Sha256.of(file())).isEqualTo(changed);
    assertThat(json(post(MODEL + "/reload", new byte[0])).get("sha256").asString())
        .isEqualTo(changed);
    Files.writeString(file(), "nothing");
    assertThat(error(post(MODEL + "/reload", new byte[0]), 422)).contains("part.safetensors");
    assertThat(predicted().get("model_sha256").asString()).isEqualTo(changed);
  }

  @Test
  void aRollbackDoesNotOverwriteAnotherProgramsWorkAndKeepsWhatItReplaces() throws Exception {
    json(put(MODEL + "/threshold", "{\"value\":0.9}"));
    byte[] ours = Files.readAllBytes(file());
    Files.copy(changed("theirs.safetensors"), file(), StandardCopyOption.REPLACE_EXISTING);
    byte[] theirs = Files.readAllBytes(file());
    assertThat(error(post(MODEL + "/rollback", new byte[0]), 409)).contains("reload it");
    assertThat(file()).hasBinaryContent(theirs);
    Files.write(file(), ours);
    json(post(MODEL + "/rollback", new byte[0]));
    assertThat(file().resolveSibling(".kintsugi-part.safetensors.rolled-back"))
        .hasBinaryContent(ours);
    assertThat(kintsugi.load(file()).requireCalibration().threshold()).isNotEqualTo(0.9);
  }

  @Test
  void aModelThatAnotherProgramWritesIsAConflict() throws Exception {
    Path lock = file().resolveSibling(".kintsugi-part.safetensors.lock");
    try (FileChannel held =
        FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      assertThat(held.tryLock()).isNotNull();
      assertThat(error(post(MODEL + "/reload", new byte[0]), 409)).contains("another run");
    }
  }

  @Test
  void aFullDiskIsToldToTheSenderAndWhatAKillLeftIsRemoved() throws Exception {
    byte[] sent = new byte[1 << 17];
    Path full = Path.of("/dev/full");
    Assumptions.assumeTrue(Files.exists(full));
    assertThatThrownBy(() -> ChangeApi.receive(new ByteArrayInputStream(sent), full))
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.status()).isEqualTo(Refusal.FAILED))
        .hasMessageContaining("make room");
    Path left = Files.writeString(line.model("part").upload(), "half a model");
    Path foreign = Files.writeString(left.resolveSibling(".kintsugi-other-1.put"), "");
    serve(Server.Options.LOCAL, 4, Map.of("part", file()));
    assertThat(left).doesNotExist();
    assertThat(foreign).exists();
  }

  @Test
  void onlyThePaintedRegionCountsUntilItIsRemoved() throws Exception {
    JsonNode whole = predicted();
    BufferedImage image = ImageIO.read(anomalous.getFirst().toFile());
    BufferedImage mask =
        new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < mask.getWidth() * mask.getHeight() / 4; i++) {
      mask.getRaster().setSample(i % mask.getWidth(), i / mask.getWidth(), 0, 255);
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(mask, "png", png);
    assertThat(error(get(MODEL + "/region"), 404)).contains("no region");
    assertThat(json(put(MODEL + "/region", png.toByteArray())).get("scope").asBoolean()).isTrue();
    for (JsonNode box : predicted().get("regions")) {
      assertThat(box.get("y").asDouble()).isLessThan(mask.getHeight() / 4.0);
    }
    assertThat(predicted().get("score")).isNotEqualTo(whole.get("score"));
    assertThat(get(MODEL + "/region").statusCode()).isEqualTo(200);
    assertThat(file().resolveSibling("part.region.png")).exists();
    assertThat(json(delete(MODEL + "/region")).get("scope").asBoolean()).isFalse();
    assertThat(predicted().get("score")).isEqualTo(whole.get("score"));
    assertThat(error(put(MODEL + "/region", "no image"), 422)).contains("cannot be read");
  }

  @Test
  void whatAPersonSaysOfAnImageIsRecorded() throws Exception {
    String id = predicted().get("id").asString();
    byte[] said = ("{\"id\":\"" + id + "\",\"truth\":\"bad\"}").getBytes(StandardCharsets.UTF_8);
    assertThat(json(post(MODEL + "/feedback", said)).get("truth").asString()).isEqualTo("bad");
    assertThat(json(get("/api/history")).get("answers").get(0).get("truth").asString())
        .isEqualTo("bad");
    byte[] wrong = "{\"id\":\"0\",\"truth\":\"bad\"}".getBytes(StandardCharsets.UTF_8);
    assertThat(error(post(MODEL + "/feedback", wrong), 404)).contains("history");
  }
}
