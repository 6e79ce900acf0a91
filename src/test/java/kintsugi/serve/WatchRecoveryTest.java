package kintsugi.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import kintsugi.InputException;
import kintsugi.Sha256;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every state in which a kill can leave the files, made by cutting those of a whole run. */
class WatchRecoveryTest extends WatchFixture {
  private byte[] journal;
  private byte[] results;
  private byte[] table;
  private Path moved;
  private Path place;

  @BeforeEach
  void scoreThree() throws IOException {
    arrive("a.png", 1, false, 0);
    arrive("b.png", 2, true, 1);
    place = arrive("c.png", 3, true, 2);
    once(moving());
    journal = Files.readAllBytes(out.resolve("journal.jsonl"));
    results = Files.readAllBytes(out.resolve("results.jsonl"));
    table = Files.readAllBytes(out.resolve("results.csv"));
    moved = out.resolve(results("target").getLast());
  }

  /** Where line n of a text begins, from 0; from the end if it is negative. */
  private static int line(byte[] text, int n) {
    int[] starts =
        IntStream.concat(
                IntStream.of(0), IntStream.range(1, text.length).filter(i -> text[i - 1] == '\n'))
            .toArray();
    return starts[n < 0 ? starts.length + n : n];
  }

  private void cut(String name, byte[] whole, int size) throws IOException {
    Files.write(out.resolve(name), Arrays.copyOf(whole, size));
  }

  /** Some bytes of a line: none, one, half, all but the line feed, all. */
  private static IntStream cuts(int start, int end) {
    return IntStream.of(start, start + 1, (start + end) / 2, end - 1, end);
  }

  @Test
  void aKillBeforeTheJournalHasTheLineLeavesTheImageToTheNextStart() throws IOException {
    // The line of an image and the one that says it was moved are the last two.
    int start = line(journal, -2);
    for (int size : cuts(start, line(journal, -1) - 1).toArray()) {
      Files.move(moved, place);
      cut("journal.jsonl", journal, size);
      cut("results.jsonl", results, line(results, 2));
      cut("results.csv", table, line(table, 3));
      once(moving());
      assertThat(results("name")).containsExactly("a.png", "b.png", "c.png");
      assertThat(results("id")).doesNotHaveDuplicates();
      assertThat(Files.readAllLines(out.resolve("results.csv"))).hasSize(4);
      assertThat(moved).exists();
      assertThat(place).doesNotExist();
    }
  }

  @Test
  void aKillAfterThatLosesNothingOfTheLineTheRowAndTheMove() throws IOException {
    int size = line(journal, -1);
    for (int lines : cuts(line(results, 2), results.length).toArray()) {
      for (int row : cuts(line(table, 3), table.length).skip(2).toArray()) {
        Files.move(moved, place);
        cut("journal.jsonl", journal, size);
        cut("results.jsonl", results, lines);
        cut("results.csv", table, row);
        assertThat(once(moving()).lines).containsExactly("begun");
        assertThat(Files.readAllBytes(out.resolve("results.jsonl"))).isEqualTo(results);
        assertThat(Files.readAllBytes(out.resolve("results.csv"))).isEqualTo(table);
        assertThat(Files.readAllBytes(out.resolve("journal.jsonl"))).isEqualTo(journal);
        assertThat(moved).exists();
        assertThat(place).doesNotExist();
      }
    }
  }

  @Test
  void aKillAfterTheMoveKeepsWhatComesUnderTheSameName() throws IOException {
    cut("journal.jsonl", journal, line(journal, -1));
    // The same image with the same time: the one that was scored is at its target already.
    arrive("c.png", 3, true, 2);
    once(moving());
    assertThat(results("name")).containsExactly("a.png", "b.png", "c.png", "c.png");
    assertThat(place).doesNotExist();
    assertThat(out.resolve(results("target").getLast())).exists().isNotEqualTo(moved);
  }

  @Test
  void aStopBetweenAnyTwoStepsLosesNothingAndWritesNothingTwice() throws IOException {
    int stops = 0;
    for (boolean stopped = true; stopped; stops++) {
      out = Files.createDirectory(folder.resolve("out" + stops));
      arrive("a.png", 1, true, 0);
      // An image that is moved in two steps, as one to another disk is.
      Path elsewhere = Files.move(arrive("b.png", 2, true, 1), folder.resolve("b" + stops));
      Files.createSymbolicLink(in.resolve("b.png"), elsewhere);
      stopped = isStoppedAt(stops);
      once(moving());
      assertThat(results("name")).as("stop %d", stops).containsExactly("a.png", "b.png");
      assertThat(results("id")).as("stop %d", stops).doesNotHaveDuplicates();
      assertThat(Files.readAllLines(out.resolve("results.csv"))).as("stop %d", stops).hasSize(3);
      assertThat(in).as("stop %d", stops).isEmptyDirectory();
      for (var line : results()) {
        Path target = out.resolve(line.path("target").asString());
        assertThat(target).isRegularFile();
        assertThat(Sha256.of(target)).isEqualTo(line.path("sha256").asString());
        String map = line.path("map").asString("");
        assertThat(map.isEmpty() || Files.exists(out.resolve(map))).isTrue();
      }
      assertThat(elsewhere).exists();
    }
    assertThat(stops).isGreaterThan(10);
  }

  private static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** Scores what is there, up to the step of a number; false where there are fewer steps. */
  private boolean isStoppedAt(int step) {
    AtomicInteger steps = new AtomicInteger();
    Runnable between =
        () -> {
          if (steps.getAndIncrement() == step) {
            throw new Stopped();
          }
        };
    Told told = new Told();
    try (WatchResults results = WatchResults.open(out, between);
        Arrivals arrivals = Arrivals.open(moving(), results.journal(), told::notice)) {
      WatchScoring scoring = new WatchScoring(kintsugi, scorer, moving(), told, results, arrivals);
      do {
        arrivals.next().ifPresent(scoring::score);
      } while (!arrivals.isEmpty());
      return false;
    } catch (Stopped e) {
      return true;
    }
  }

  @Test
  void aFileThatTookTheTargetSinceAStopIsKeptAndSoIsTheImage() throws IOException {
    Files.move(moved, place);
    cut("journal.jsonl", journal, line(journal, -1));
    Files.writeString(moved, "another");
    assertThatThrownBy(() -> once(moving()))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("c.png", "something else is there", "nothing is lost");
    assertThat(place).exists();
    assertThat(moved).hasContent("another");
    Files.delete(moved);
    once(moving());
    assertThat(results("name")).containsExactly("a.png", "b.png", "c.png");
    assertThat(moved).exists();
    assertThat(place).doesNotExist();
  }

  @Test
  void theFirstImagesRowHasItsHeaderOnce() throws IOException {
    cut("journal.jsonl", journal, line(journal, 2));
    for (int row : cuts(0, line(table, 2)).toArray()) {
      cut("journal.jsonl", journal, line(journal, 2));
      cut("results.jsonl", results, 0);
      cut("results.csv", table, row);
      once(moving());
      String whole = new String(table, StandardCharsets.UTF_8);
      assertThat(out.resolve("results.csv"))
          .hasContent(whole.lines().limit(2).reduce((a, b) -> a + "\n" + b).orElseThrow());
    }
  }

  @Test
  void resultsThatWereMovedAwayBeginAnew() throws IOException {
    Files.delete(out.resolve("results.jsonl"));
    Files.delete(out.resolve("results.csv"));
    once(moving());
    assertThat(out.resolve("results.jsonl")).isEmptyFile();
    arrive("d.png", 4, false, 3);
    once(moving());
    assertThat(results("name")).containsExactly("d.png");
    assertThat(Files.readAllLines(out.resolve("results.csv"))).hasSize(2);
  }

  @Test
  void aGrownJournalIsWrittenAnewAndKnowsTheSame() throws IOException {
    Path stays = arrive("stays.png", 5, false, 4);
    once(options());
    String text = Files.readString(out.resolve("journal.jsonl"));
    StringBuilder grown = new StringBuilder(text);
    for (int i = 0; i < 20_000; i++) {
      grown.append("{\"channel\":\"webhook\",\"sent_to\":").append(i).append("}\n");
    }
    Files.writeString(out.resolve("journal.jsonl"), grown);
    assertThat(once(options()).lines).containsExactly("begun");
    List<String> kept = Files.readAllLines(out.resolve("journal.jsonl"));
    assertThat(kept).hasSizeLessThan(10).anyMatch(line -> line.contains("19999"));
    assertThat(kept.getFirst()).contains(results("id").getFirst().substring(0, 8));
    arrive("e.png", 6, false, 5);
    once(options());
    assertThat(results("name")).endsWith("stays.png", "e.png");
    assertThat(results("id")).hasSize(5).doesNotHaveDuplicates();
    assertThat(stays).exists();
  }
}
