package kintsugi.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import kintsugi.Sha256;
import kintsugi.dataset.SyntheticConcrete;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Teaching over HTTP: shown first, then done, then undone. */
class TeachApiTest extends LineFixture {
  private static final String MODEL = "/api/models/part";

  private byte[] image;

  @BeforeEach
  void serve() throws IOException {
    serve(Server.Options.LOCAL, 4);
    Path more = Files.createTempDirectory(folder, "more");
    SyntheticConcrete.write(more, 1, 1, 7);
    image = Files.readAllBytes(more.resolve(SyntheticConcrete.ANOMALOUS).resolve("000.png"));
  }

  private String file() throws IOException {
    return Sha256.of(line.model("part").file());
  }

  @Test
  void whatTeachingChangesIsShownBeforeItIsDoneAndItCanBeUndone() throws Exception {
    String before = file();
    double score = json(post(MODEL + "/predict", image)).get("score").asDouble();
    JsonNode trial = json(post(MODEL + "/teach?name=new.png", image));
    assertThat(trial.get("dry_run").asBoolean()).isTrue();
    assertThat(trial.get("answer_before").get("score").asDouble()).isEqualTo(score);
    assertThat(trial.get("answer_after").get("score").asDouble()).isLessThan(score);
    assertThat(trial.get("before").get("scores")).hasSize(8);
    assertThat(trial.get("after").get("scores")).hasSize(8);
    assertThat(trial.get("missing").asInt()).isZero();
    assertThat(trial.get("largest_change").asDouble()).isPositive();
    assertThat(trial.get("cautions")).hasSize(1);
    assertThat(trial.get("cautions").get(0).asString())
        .startsWith("new.png: its score ")
        .contains("far above the threshold");
    JsonNode entry = trial.get("entry");
    assertThat(entry.get("pixels_sha256").asString()).startsWith(entry.get("id").asString());
    assertThat(entry.has("sha256")).isFalse();
    // That of the answer is of the bytes.
    assertThat(trial.get("answer_before").get("sha256").asString()).isEqualTo(Sha256.of(image));
    assertThat(file()).isEqualTo(before);
    String other = "&model_sha256=" + "0".repeat(64);
    assertThat(error(post(MODEL + "/teach?dry_run=false" + other, image), 409)).contains("changed");
    assertThat(file()).isEqualTo(before);
    String shown = "&model_sha256=" + trial.get("answer_before").get("model_sha256").asString();
    JsonNode done = json(post(MODEL + "/teach?dry_run=false&name=new.png" + shown, image));
    assertThat(done.get("answer_after").get("score"))
        .isEqualTo(trial.get("answer_after").get("score"));
    assertThat(done.get("answer_after").get("model_sha256").asString())
        .isEqualTo(file())
        .isNotEqualTo(before);
    JsonNode taught = json(get(MODEL + "/taught")).get("taught");
    assertThat(taught).hasSize(1);
    assertThat(taught.get(0).get("name").asString()).isEqualTo("new.png");
    assertThat(json(get(MODEL)).get("history")).isEqualTo(taught);
    assertThat(error(post(MODEL + "/teach", image), 422)).contains("taught already");
    String id = done.get("entry").get("id").asString();
    assertThat(json(delete(MODEL + "/taught/" + id)).get("entry").get("id").asString())
        .isEqualTo(id);
    assertThat(json(post(MODEL + "/predict", image)).get("score").asDouble()).isEqualTo(score);
    assertThat(json(get(MODEL + "/taught")).get("taught")).isEmpty();
    assertThat(error(delete(MODEL + "/taught/" + id), 422)).contains("was not taught");
  }

  @Test
  void theNamesInAModelThatWasSentAreNotLookedUp() throws Exception {
    assertThat(put(MODEL, Files.readAllBytes(changed("sent.safetensors"))).statusCode())
        .isEqualTo(200);
    JsonNode trial = json(post(MODEL + "/teach", image));
    assertThat(trial.get("missing").asInt()).isEqualTo(12);
    assertThat(trial.get("before").get("scores")).isEmpty();
    assertThat(trial.get("cautions")).hasSize(1);
    // A change of it, and its file read again, are still what was sent.
    assertThat(put(MODEL + "/threshold", "{\"value\":3}").statusCode()).isEqualTo(200);
    assertThat(post(MODEL + "/reload", new byte[0]).statusCode()).isEqualTo(200);
    JsonNode done = json(post(MODEL + "/teach?dry_run=false", image));
    assertThat(done.get("cautions")).isEmpty();
    assertThat(done.get("missing").asInt()).isEqualTo(12);
    String id = done.get("entry").get("id").asString();
    assertThat(json(delete(MODEL + "/taught/" + id)).get("missing").asInt()).isEqualTo(12);
  }

  @Test
  void whatCannotBeTaughtChangesNothing() throws Exception {
    String before = file();
    byte[] learnt = Files.readAllBytes(normal.getFirst());
    assertThat(error(post(MODEL + "/teach?dry_run=false", learnt), 422)).contains("was fitted to");
    assertThat(error(post(MODEL + "/teach?dry_run=maybe", learnt), 400)).contains("true or false");
    assertThat(error(post(MODEL + "/teach?dry_run=false", new byte[] {1}), 422)).contains("image");
    assertThat(file()).isEqualTo(before);
  }
}
