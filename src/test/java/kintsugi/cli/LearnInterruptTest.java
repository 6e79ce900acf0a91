package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import kintsugi.Kintsugi;
import kintsugi.Processes;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.TestWeights;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Ctrl-C while the command learns, in a process of its own. */
@DisabledOnOs(OS.WINDOWS)
class LearnInterruptTest {
  @TempDir Path folder;

  private final List<String> said = new ArrayList<>();
  private Path weights;
  private Path places;
  private Process learning;

  @BeforeEach
  void draw() throws IOException {
    weights = TestWeights.write(folder.resolve("resnet18.safetensors"), 1);
    SyntheticConcrete.write(folder, 8, 1, 1);
    places = Files.createDirectory(folder.resolve("places"));
  }

  @AfterEach
  void end() throws InterruptedException {
    learning.destroyForcibly().waitFor();
  }

  /** Starts learning, interrupts it at a line, and returns its exit status. */
  private int interruptedAt(Predicate<String> line) throws IOException, InterruptedException {
    List<String> command =
        Processes.kintsugi(
            "learn",
            "" + folder.resolve(SyntheticConcrete.NORMAL),
            "--time",
            "1h",
            "--weights",
            "" + weights,
            "--model",
            "" + places.resolve("part.safetensors"),
            "--out",
            "" + places.resolve("learnt"));
    learning = new ProcessBuilder(command).redirectErrorStream(true).start();
    BufferedReader reader = learning.inputReader();
    boolean sent = false;
    for (String next = reader.readLine(); next != null; next = reader.readLine()) {
      said.add(next);
      if (!sent && line.test(next)) {
        sent = true;
        new ProcessBuilder("kill", "-INT", "" + learning.pid()).start().waitFor();
      }
    }
    assertThat(sent).as(said.toString()).isTrue();
    return learning.waitFor();
  }

  private List<String> left() throws IOException {
    try (Stream<Path> files = Files.list(places)) {
      return files.map(file -> "" + file.getFileName()).sorted().toList();
    }
  }

  @Test
  void afterTheFirstCandidateItLeavesTheModelAndThePage() throws Exception {
    int status = interruptedAt(line -> line.matches("[01]\\.\\d{4}  .*patchcore/kintsugi.*"));
    assertThat(status).as(said.toString()).isZero();
    assertThat(said).contains("kintsugi: ending with what there is ...");
    assertThat(said.getLast()).startsWith("next: ./kintsugi predict");
    assertThat(left()).containsExactly("learnt", "part.json", "part.safetensors");
    try (Kintsugi kintsugi = Kintsugi.builder().weights(weights).open()) {
      assertThat(kintsugi.load(places.resolve("part.safetensors")).calibration()).isPresent();
    }
    assertThat(places.resolve("learnt/learn.html")).isNotEmptyFile();
    JsonNode json = JsonMapper.shared().readTree(places.resolve("learnt/learn.json"));
    assertThat(json.path("candidates").values().stream().map(row -> row.path("status").asString()))
        .contains("", "interrupted");
  }

  @Test
  void beforeTheFirstCandidateItLeavesNothing() throws Exception {
    int status = interruptedAt(line -> line.startsWith("the images "));
    assertThat(status).as(said.toString()).isEqualTo(1);
    assertThat(said.getLast())
        .isEqualTo("kintsugi: nothing was learnt yet when the work was interrupted");
    assertThat(left()).isEmpty();
  }
}
