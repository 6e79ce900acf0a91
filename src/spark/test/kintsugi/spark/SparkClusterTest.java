package kintsugi.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * A Master and two Workers as processes on this machine, one of whose executors is killed while it
 * works. Takes about a minute; {@code -Dkintsugi.cluster=off} leaves it out.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@DisabledIfSystemProperty(named = "kintsugi.cluster", matches = "off")
class SparkClusterTest extends SparkFixture {
  @TempDir static Path processes;

  private LoopbackCluster cluster;
  private final Map<String, String> before = new HashMap<>();

  @BeforeAll
  void start() {
    cluster = new LoopbackCluster(processes);
  }

  @AfterAll
  void end() {
    if (cluster != null) {
      cluster.close();
      assertThat(cluster.executors()).isEmpty();
    }
  }

  @BeforeEach
  void configure() {
    Map<String, String> wanted = new HashMap<>(cluster.configuration());
    wanted.put("spark.extraListeners", Killer.class.getName());
    wanted.forEach((name, value) -> before.put(name, System.setProperty(name, value)));
  }

  @AfterEach
  void restore() {
    before.forEach(
        (name, value) -> {
          if (value == null) {
            System.clearProperty(name);
          } else {
            System.setProperty(name, value);
          }
        });
  }

  /** Runs a command, one of whose executors is killed after some tasks. */
  private void survives(int tasks, String... arguments) {
    Killer.after(tasks, () -> cluster.executors().getFirst());
    Result result = run(arguments);
    assertThat(result.status()).as("%s%n%s", result.err(), cluster.logs()).isZero();
    assertThat(Killer.killed()).isNotNull();
    assertThat(Killer.killed().isAlive()).isFalse();
  }

  private static List<String> lines(Path table) throws IOException {
    try (Stream<Path> files = Files.list(table)) {
      List<Path> parts = files.filter(file -> ("" + file).endsWith(".json")).toList();
      List<String> lines = new ArrayList<>();
      for (Path part : parts) {
        lines.addAll(Files.readAllLines(part));
      }
      return lines.stream().sorted().toList();
    }
  }

  private String[] score(Path out) {
    return new String[] {
      "score",
      "" + anomalous,
      "" + normal,
      "--model",
      "" + model,
      "--format",
      "json",
      "--partitions",
      "6",
      "--out",
      "" + out
    };
  }

  @Test
  void scoresAreTheSameAfterAnExecutorIsKilled() throws IOException {
    Path out = folder.resolve("cluster-scores");
    survives(2, score(out));
    System.setProperty("spark.master", "local[2]");
    Path expected = folder.resolve("local-scores");
    succeeds(score(expected));
    assertThat(lines(out)).hasSize(12).isEqualTo(lines(expected));
  }

  @Test
  void aBankIsTheSameAfterAnExecutorIsKilled() throws IOException {
    for (List<String> how : List.of(List.of("--exact"), List.of("--quiet"))) {
      Path one = folder.resolve("cluster" + how + ".safetensors");
      survives(how.contains("--exact") ? 25 : 11, coreset(one, how));
      Path expected = folder.resolve("local" + how + ".safetensors");
      System.setProperty("spark.master", "local[2]");
      succeeds(coreset(expected, how));
      System.setProperty("spark.master", cluster.configuration().get("spark.master"));
      assertThat(Files.readAllBytes(one)).isEqualTo(Files.readAllBytes(expected));
    }
  }

  private String[] coreset(Path file, List<String> more) {
    return Stream.concat(
            Stream.of(
                "coreset",
                "patchcore",
                "--ratio",
                "0.05",
                "--parts",
                "4",
                "--train",
                "" + normal,
                "--model",
                "" + file),
            more.stream())
        .toArray(String[]::new);
  }
}
