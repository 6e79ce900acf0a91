package kintsugi.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is remembered of images, in memory and on the disk. */
class HistoryTest extends LineFixture {
  private static final String PREDICT = "/api/models/part/predict";

  private Path place;
  private byte[] image;

  @BeforeEach
  void begin() throws IOException {
    place = Files.createTempDirectory(folder, "history");
    image = Files.readAllBytes(anomalous.getFirst());
    keeping = Optional.empty();
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(place)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private String predicted() throws Exception {
    return json(post(PREDICT, image)).get("id").asString();
  }

  @Test
  void theMemoryHoldsTheLastHundredAndTheImagesOfTheNewestAlone() throws IOException {
    History history = new History(10 * image.length, Optional.empty());
    Answer answer =
        new Answer("a", "b", "c", "d", 4, 3, 1, null, null, null, "e", List.of(), "f", 1, "g");
    History.Drawing small = new History.Drawing(Tensor.zeros(1, 1), null, null, null);
    for (int i = 0; i < 2 * History.COUNT; i++) {
      history.add(new History.Listed("" + i, answer, null, null), image, small, () -> {});
    }
    List<History.Listed> newest = history.newest(1000);
    assertThat(newest).hasSize(History.COUNT);
    assertThat(newest.getFirst().id()).isEqualTo("199");
    long images =
        newest.stream().filter(each -> history.find(each.id()).image().isPresent()).count();
    assertThat(images).isEqualTo(9);
    assertThat(history.find("199").image()).isPresent();
    assertThat(history.after("197")).extracting(History.Listed::id).containsExactly("198", "199");
  }

  @Test
  void nothingTouchesTheDiskUnlessAFolderIsNamed() throws Exception {
    serve(Server.Options.LOCAL, 4);
    Path own = line.model("part").file().getParent();
    predicted();
    try (Stream<Path> files = Files.list(own)) {
      assertThat(files.toList()).containsExactly(line.model("part").file());
    }
  }

  @Test
  void aFolderKeepsImagesAndAnswersWithWhatAPersonSaysOfThem() throws Exception {
    Files.writeString(place.resolve("notes.txt"), "mine");
    keeping = Optional.of(new Line.Keeping(place, 1 << 20, Duration.ofDays(1)));
    serve(Server.Options.LOCAL, 4);
    String id = predicted();
    assertThat(names()).containsExactly(id + ".image", id + ".json", "notes.txt");
    assertThat(place.resolve(id + ".image")).hasBinaryContent(image);
    byte[] said = ("{\"id\":\"" + id + "\",\"truth\":\"bad\"}").getBytes(StandardCharsets.UTF_8);
    post("/api/models/part/feedback", said);
    JsonNode kept = JsonMapper.shared().readTree(place.resolve(id + ".json"));
    assertThat(kept.get("truth").asString()).isEqualTo("bad");
    assertThat(kept.get("verdict").asString()).isNotEmpty();
    assertThat(kept.has("thumbnail")).isFalse();
  }

  @Test
  void theOldestGoWhenTheFolderIsFullOrTheyAreTooOld() throws Exception {
    keeping = Optional.of(new Line.Keeping(place, 3L * image.length, Duration.ofDays(1)));
    serve(Server.Options.LOCAL, 4);
    String first = predicted();
    String last = first;
    for (int i = 0; i < 4; i++) {
      last = predicted();
    }
    assertThat(names()).hasSize(4).contains(last + ".image").doesNotContain(first + ".image");
    server.close();
    Path old = Files.writeString(place.resolve("a-1.json"), "{}");
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
    Path foreign = Files.writeString(place.resolve("other.json"), "{}");
    Files.setLastModifiedTime(foreign, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
    serve(Server.Options.LOCAL, 4);
    assertThat(old).doesNotExist();
    assertThat(foreign).exists();
  }

  private static History.Listed listed(String id) {
    Answer answer =
        new Answer("a", "b", "c", "d", 4, 3, 1, null, null, null, "e", List.of(), "f", 1, "g");
    return new History.Listed(id, answer, null, null);
  }

  @Test
  @Timeout(60)
  void whatIsTooOldGoesWithoutAnotherImage() throws Exception {
    Duration short_ = Duration.ofMillis(1);
    try (WatchService changes = place.getFileSystem().newWatchService();
        HistoryFolder history =
            new HistoryFolder(new Line.Keeping(place, 1 << 20, short_), line -> {}, short_)) {
      place.register(changes, StandardWatchEventKinds.ENTRY_DELETE);
      history.add(listed("a-1"), image);
      while (!names().isEmpty()) {
        WatchKey key = changes.take();
        key.pollEvents();
        key.reset();
      }
    }
  }

  @Test
  void roomIsMadeFirstAndWhatCannotBeWrittenLeavesNothing() throws IOException {
    List<String> notices = new ArrayList<>();
    long size = 3L * image.length;
    try (HistoryFolder history =
        new HistoryFolder(new Line.Keeping(place, size, Duration.ofDays(1)), notices::add)) {
      history.add(listed("a-1"), image);
      history.add(listed("a-2"), new byte[(int) size]);
      assertThat(names()).containsExactly("a-1.image", "a-1.json");
      // A folder is in the way of the answer.
      Files.createDirectories(place.resolve("a-3.json/in-the-way"));
      history.add(listed("a-3"), image);
      assertThat(names()).containsExactly("a-1.image", "a-1.json", "a-3.json");
      assertThat(notices).hasSize(1).first().asString().contains("the history cannot be written");
    }
  }

  @Test
  void driftIsKnownPerModel() throws Exception {
    serve(Server.Options.LOCAL, 4);
    predicted();
    JsonNode drift = json(get("/api/models/part/drift"));
    assertThat(drift.get("n").asInt()).isEqualTo(1);
    assertThat(drift.get("alarm").asBoolean()).isFalse();
    assertThat(drift.get("limit").asDouble()).isEqualTo(10_000);
    assertThat(drift.get("since").isNull()).isTrue();
    assertThat(new String(get("/metrics").body(), StandardCharsets.UTF_8))
        .contains("kintsugi_drift_statistic{model=\"part\"} ");
  }
}
