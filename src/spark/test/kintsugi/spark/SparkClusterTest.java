package kintsugi.spark;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * A Master and two Workers as processes on this machine, one of whose executors is killed while it
 * works. {@code -Dkintsugi.cluster=off} leaves it out.
 */
@DisabledIfSystemProperty(named = "kintsugi.cluster", matches = "off")
class SparkClusterTest extends SparkFixture {
  /** Of a command that takes some ten seconds where the machine has nothing else to do. */
  private static final Duration PATIENCE = Duration.ofMinutes(6);

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
    }
  }

  @BeforeEach
  void configure() {
    if (cluster == null) {
      // The one before did not get its work done.
      cluster = new LoopbackCluster(processes);
    }
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

  /** Runs a command, an executor of which is killed after each of some numbers of tasks. */
  private Result survives(List<Integer> tasks, String... arguments) {
    Killer.after(tasks, cluster::executors);
    Result result = onCluster(arguments);
    assertThat(result.status()).as("%s%n%s", result.err(), cluster.logs()).isZero();
    assertThat(Killer.killed()).hasSameSizeAs(tasks);
    assertThat(Killer.killed()).noneMatch(ProcessHandle::isAlive);
    return result;
  }

  /** Runs a command, which has to end: one that does not says where it is. */
  private Result onCluster(String... arguments) {
    CompletableFuture<Result> result = new CompletableFuture<>();
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  try {
                    result.complete(run(arguments));
                  } catch (Throwable e) {
                    result.completeExceptionally(e);
                  }
                });
    if (!Patience.until(PATIENCE, result::isDone)) {
      String where =
          Stream.of(thread.getStackTrace()).map(each -> "\n  " + each).collect(joining());
      String logs = cluster.logs();
      cluster.close();
      cluster = null;
      fail(String.join(" ", arguments) + " has not ended; it is" + where + "\n" + logs);
    }
    return result.join();
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

  private String[] score(Path out, String... more) {
    return Stream.concat(
            Stream.of(
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
                "" + out),
            Stream.of(more))
        .toArray(String[]::new);
  }

  /** Also where Spark starts tasks a second time that take long, and ends the other one. */
  @Test
  void scoresAreTheSameAfterAnExecutorIsKilled() throws IOException {
    speculate();
    String damaged = damaged();
    Path out = folder.resolve("cluster-scores");
    String left = survives(List.of(2), score(out, "--skip-unreadable", damaged)).err();
    System.setProperty("spark.master", "local[2]");
    Path expected = folder.resolve("local-scores");
    succeeds(score(expected));
    assertThat(lines(out)).hasSize(12).isEqualTo(lines(expected));
    assertThat(left.lines()).filteredOn(line -> line.contains(damaged)).hasSize(1);
  }

  @Test
  void aDamagedImageIsOneLineAlsoWithSpeculation() throws IOException {
    speculate();
    String damaged = damaged();
    AtomicReference<Result> failed = new AtomicReference<>();
    String heard =
        heard(() -> failed.set(onCluster(score(folder.resolve("failed-scores"), damaged))));
    assertThat(failed.get().status()).isEqualTo(1);
    assertThat(failed.get().err().lines()).singleElement().asString().contains(damaged);
    assertThat(heard).doesNotContain("\tat ");
  }

  private static String damaged() throws IOException {
    return Files.writeString(folder.resolve("damaged.png"), "not an image").toString();
  }

  private void speculate() {
    Killer.after(List.of(), List::of);
    Map.of(
            "spark.speculation", "true",
            "spark.speculation.interval", "20ms",
            "spark.speculation.quantile", "0.1",
            "spark.speculation.multiplier", "1.01",
            "spark.speculation.minTaskRuntime", "1ms")
        .forEach((name, value) -> before.put(name, System.setProperty(name, value)));
  }

  /** Killed while images are read, and while the sums, some of which are lost, are factored. */
  @Test
  void aFitIsTheSameAfterExecutorsAreKilled() {
    Path expected = folder.resolve("one-machine.safetensors");
    kintsugi.save(kintsugi.fit("padim", normal), expected);
    Path file = folder.resolve("cluster-fit.safetensors");
    survives(
        List.of(3, 40),
        "fit",
        "padim",
        "--train",
        "" + normal,
        "--partitions",
        "6",
        "--model",
        "" + file);
    assertThat(file).hasSameBinaryContentAs(expected);
  }

  @Test
  void aBankIsTheSameAfterAnExecutorIsKilled() throws IOException {
    for (List<String> how : List.of(List.of("--exact"), List.of("--quiet"))) {
      Path one = folder.resolve("cluster" + how + ".safetensors");
      survives(List.of(how.contains("--exact") ? 25 : 11), coreset(one, how));
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
