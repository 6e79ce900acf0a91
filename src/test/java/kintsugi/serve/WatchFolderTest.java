package kintsugi.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import kintsugi.InputException;
import kintsugi.Sha256;
import org.junit.jupiter.api.Test;

/** Images that arrive, change, go and cannot be read, and what is found of them afterwards. */
class WatchFolderTest extends WatchFixture {

  private FutureTask<Void> start(WatchFolder watch) {
    FutureTask<Void> run = new FutureTask<>(watch::run, null);
    Thread.ofPlatform().daemon().start(run);
    return run;
  }

  @Test
  void whatIsThereIsScoredInTheOrderOfItsArrivalAndNotAgain() throws Exception {
    arrive("a.png", 5, false, 0);
    arrive("b.png", 1, true, 0);
    Files.writeString(in.resolve("c.png"), "not an image");
    Files.setLastModifiedTime(in.resolve("c.png"), FileTime.fromMillis(1_700_000_003_000L));
    arrive("d.png", 1, true, 1);
    once(options());
    assertThat(results("name")).containsExactly("b.png", "d.png", "c.png", "a.png");
    assertThat(results("event")).containsExactly("answer", "answer", "error", "answer");
    assertThat(results("sha256").getFirst()).isEqualTo(Sha256.of(in.resolve("b.png")));
    assertThat(results().get(2).path("error").asString()).contains("c.png", "plain text");
    assertThat(results("id")).doesNotHaveDuplicates().allMatch(id -> id.matches("\\w{8}-\\d"));
    List<String> table = Files.readAllLines(out.resolve("results.csv"));
    assertThat(table).hasSize(5);
    assertThat(table.get(3)).contains("/c.png", ",error,");
    long anomalous = results("verdict").stream().filter("anomalous"::equals).count();
    assertThat(anomalous).isPositive();
    assertThat(names("maps")).hasSize((int) anomalous);
    byte[] before = Files.readAllBytes(out.resolve("results.jsonl"));
    assertThat(once(options()).lines).containsExactly("begun");
    assertThat(Files.readAllBytes(out.resolve("results.jsonl"))).isEqualTo(before);
  }

  @Test
  void aMapHasTheNameOfItsImage() throws Exception {
    Files.createDirectories(in.resolve("Straße"));
    arrive("Straße/Prüfling «7»: 検査.png", 1, true, 0);
    arrive("ä".repeat(120) + ".png", 2, true, 0);
    WatchOptions all =
        new WatchOptions(
            in,
            out,
            true,
            WatchOptions.Maps.ALL,
            false,
            options().settle(),
            options().patience(),
            options().rescan());
    once(all);
    assertThat(names("maps"))
        .containsExactly(
            "000001-Straße_Prüfling «7»: 検査.png", "000002-" + "ä".repeat(120) + ".png");
  }

  @Test
  void aFileThatGrowsIsScoredOnceWhenItIsWhole() throws Exception {
    byte[] whole = Files.readAllBytes(arrive("a.png", 1, false, 0));
    Files.delete(in.resolve("a.png"));
    Path growing = Files.write(in.resolve("b.png"), Arrays.copyOf(whole, whole.length / 2));
    Told told = new Told();
    CountDownLatch refused = new CountDownLatch(1);
    WatchFolder.Scorer scorerOfWhole =
        (name, sha256, bytes, arrived) -> {
          try {
            return scorer.score(name, sha256, bytes, arrived);
          } catch (InputException e) {
            refused.countDown();
            throw e;
          }
        };
    WatchOptions patient =
        new WatchOptions(
            in,
            out,
            false,
            WatchOptions.Maps.NONE,
            false,
            options().settle(),
            Duration.ofMinutes(1),
            options().rescan());
    WatchFolder watch = new WatchFolder(kintsugi, scorerOfWhole, patient, List.of(), told);
    FutureTask<Void> run = start(watch);
    told.await("begun");
    assertThat(refused.await(1, TimeUnit.MINUTES)).isTrue();
    for (int at = whole.length / 2; at < whole.length; at += 5000) {
      byte[] more = Arrays.copyOfRange(whole, at, Math.min(whole.length, at + 5000));
      Files.write(growing, more, StandardOpenOption.APPEND);
    }
    told.await("b.png");
    arrive("later.png", 1, false, 1);
    told.await("later.png");
    watch.stop();
    run.get();
    assertThat(results("event")).containsExactly("answer", "answer");
  }

  @Test
  void theOrderHoldsBehindAFileThatCannotBeReadYetAndTemporaryNamesAreLeftOut() throws Exception {
    for (String name : List.of(".hidden.png", "a.png.tmp", "a.png~", "a.part", "notes.txt")) {
      Files.writeString(in.resolve(name), "x");
    }
    // Younger than the patience, so that it is waited for.
    Files.writeString(in.resolve("b.png"), "x");
    Files.setLastModifiedTime(in.resolve("b.png"), FileTime.fromMillis(4_000_000_000_000L));
    arrive("c.png", 1, false, 0);
    Files.setLastModifiedTime(in.resolve("c.png"), FileTime.fromMillis(4_000_000_001_000L));
    Told told = once(options());
    assertThat(results("name")).containsExactly("b.png", "c.png");
    assertThat(told.lines).anyMatch(line -> line.startsWith("notice") && line.contains(".txt"));
    assertThat(told.lines).hasSize(4);
  }

  @Test
  void touchedIsTheSameReplacedIsAnotherAndSoIsTheSameContentUnderAnotherName() throws Exception {
    Path file = arrive("a.png", 1, false, 0);
    once(options());
    Files.setLastModifiedTime(file, FileTime.fromMillis(1_800_000_000_000L));
    once(options());
    once(options());
    assertThat(results()).hasSize(1);
    Files.copy(arrive("b.png", 2, false, 1), file, StandardCopyOption.REPLACE_EXISTING);
    Files.copy(file, in.resolve("c.png"));
    once(options());
    assertThat(results("name")).hasSize(4).startsWith("a.png", "b.png").endsWith("c.png");
  }

  @Test
  void movedImagesHaveTheirPlacesAndTheirNamesAreFree() throws Exception {
    arrive("a.png", 1, false, 0);
    arrive("b.png", 2, true, 0);
    Files.writeString(in.resolve("c.png"), "x");
    once(moving());
    assertThat(in).isEmptyDirectory();
    assertThat(names("unreadable")).containsExactly("c.png");
    // The same image with the same time, once more: another part.
    arrive("a.png", 1, false, 0);
    once(moving());
    assertThat(results("name")).containsExactly("a.png", "b.png", "c.png", "a.png");
    assertThat(results("target")).doesNotHaveDuplicates();
    for (var line : results()) {
      Path target = out.resolve(line.path("target").asString());
      assertThat(Sha256.of(target)).isEqualTo(line.path("sha256").asString());
      assertThat(target.getParent().getFileName().toString())
          .isEqualTo(
              switch (line.path("verdict").asString("error")) {
                case "normal" -> "good";
                case "anomalous" -> "bad";
                default -> "unreadable";
              });
    }
  }

  @Test
  void whatIsAtTheTargetAlreadyStaysUnderBothNames() throws IOException {
    arrive("a.png", 1, false, 0);
    once(moving());
    String folderOfA = Path.of(results("target").getFirst()).getParent().toString();
    for (String name : List.of("a-2.png", "a-2-2.png")) {
      Files.writeString(out.resolve(folderOfA).resolve(name), "an earlier one");
    }
    arrive("a.png", 2, false, 0);
    once(moving());
    assertThat(in).isEmptyDirectory();
    assertThat(results("target").getLast()).isEqualTo(folderOfA + "/a-2-3.png");
    assertThat(Sha256.of(out.resolve(results("target").getLast())))
        .isEqualTo(results("sha256").getLast());
    assertThat(out.resolve(folderOfA).resolve("a-2.png")).hasContent("an earlier one");
    assertThat(once(moving()).lines).containsExactly("begun");
  }

  @Test
  void anImageBehindALinkIsCopiedAndTheLinkGoes() throws IOException {
    Path image = Files.move(arrive("a.png", 1, false, 0), folder.resolve("elsewhere.png"));
    Files.createSymbolicLink(in.resolve("b.png"), Path.of("../elsewhere.png"));
    once(moving());
    Path target = out.resolve(results("target").getFirst());
    assertThat(target).isRegularFile();
    assertThat(Files.isSymbolicLink(target)).isFalse();
    assertThat(Sha256.of(target)).isEqualTo(Sha256.of(image));
    assertThat(in).isEmptyDirectory();
  }

  @Test
  void foldersInTheFolderAreWatchedIfWantedButNotTheResults() throws Exception {
    out = in.resolve("out");
    Files.createDirectories(in.resolve("x"));
    Files.move(arrive("a.png", 1, true, 0), in.resolve("x/a.png"));
    once(options());
    assertThat(results()).isEmpty();
    WatchOptions deep = recursive();
    Told told = new Told();
    WatchFolder watch = watch(deep, told);
    FutureTask<Void> run = start(watch);
    told.await("begun");
    told.await("x/a.png");
    Files.createDirectories(in.resolve("y/z"));
    Files.move(arrive("b.png.part", 2, true, 1), in.resolve("y/z/b.png"));
    told.await("y/z/b.png");
    watch.stop();
    run.get();
    assertThat(results("target")).allMatch(t -> t.matches("(good/x/a|bad/x/a|.*/y/z/b)\\.png"));
    assertThat(once(deep).lines).containsExactly("begun");
  }

  @Test
  void aFolderThatGoesEndsTheWatchWithOneLineAndComesBackWithoutALoss() throws Exception {
    arrive("a.png", 1, false, 0);
    Told told = new Told();
    FutureTask<Void> run = start(watch(options(), told));
    told.await("begun");
    told.await("a.png");
    Files.move(in, folder.resolve("elsewhere"));
    assertThatThrownBy(run::get)
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(in + ": there is no such folder")
        .hasMessageContaining("nothing is lost");
    Files.move(folder.resolve("elsewhere"), in);
    arrive("b.png", 2, false, 1);
    once(options());
    assertThat(results("name")).containsExactly("a.png", "b.png");
  }

  @Test
  void aWatchThatIsToLastBeginsAgainWhenItsFolderIsBack() throws Exception {
    Told told = new Told();
    WatchFolder watch = watch(options(), told);
    BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
    assertThat(watch.isRunning()).isFalse();
    FutureTask<Void> run =
        new FutureTask<>(() -> watch.runAlways(options().settle(), failures::add), null);
    Thread.ofPlatform().daemon().start(run);
    told.await("begun");
    assertThat(watch.isRunning()).isTrue();
    Files.move(in, folder.resolve("elsewhere"));
    assertThat(failures.poll(1, TimeUnit.MINUTES)).hasMessageContaining("there is no such folder");
    // The next attempt fails too, in other words; those that follow are not told of.
    assertThat(failures.poll(1, TimeUnit.MINUTES)).hasMessageContaining("there is no such folder");
    assertThat(watch.isRunning()).isFalse();
    Files.move(folder.resolve("elsewhere"), in);
    arrive("a.png", 1, false, 0);
    told.await("begun");
    told.await("a.png");
    watch.stop();
    run.get(1, TimeUnit.MINUTES);
    assertThat(failures).isEmpty();
  }

  @Test
  void aFolderInTheFolderThatCannotBeListedIsLeftOutWithOneNotice() throws Exception {
    Path locked = Files.createDirectory(in.resolve("lost+found"));
    Files.setPosixFilePermissions(locked, Set.of());
    assumeThat(Files.isReadable(locked)).as("root reads everything").isFalse();
    Files.createDirectory(in.resolve("x"));
    Files.move(arrive("a.png", 1, false, 0), in.resolve("x/a.png"));
    Told told = new Told();
    WatchFolder watch = watch(recursive(), told);
    FutureTask<Void> run = start(watch);
    told.await("begun");
    told.await(
        "notice "
            + locked.toRealPath()
            + ": left out, since it cannot be listed (permission denied)");
    told.await("x/a.png");
    Files.move(arrive("b.png", 2, false, 1), in.resolve("x/b.png"));
    told.await("x/b.png");
    watch.stop();
    run.get();
    assertThat(told.lines).isEmpty();
    Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("rwx------"));
  }

  private WatchOptions recursive() {
    return new WatchOptions(
        in,
        out,
        true,
        WatchOptions.Maps.ALL,
        true,
        options().settle(),
        options().patience(),
        options().rescan());
  }

  @Test
  void anImageThatTheScorerFailsAtStopsNothing() throws IOException {
    arrive("a.png", 1, false, 0);
    arrive("b.png", 2, false, 1);
    arrive("c.png", 3, false, 2);
    WatchFolder.Scorer defect =
        (name, sha256, bytes, arrived) -> {
          if (name.equals("b.png")) {
            throw new ArithmeticException("by zero");
          }
          return scorer.score(name, sha256, bytes, arrived);
        };
    new WatchFolder(kintsugi, defect, moving(), List.of(), new Told()).runOnce();
    assertThat(results("event")).containsExactly("answer", "error", "answer");
    assertThat(results("error").get(1)).startsWith("b.png: cannot be scored").contains("by zero");
    assertThat(names("unreadable")).containsExactly("b.png");
  }

  @Test
  void foldersThatCannotBeAreRefusedWithOneLine() throws IOException {
    assertThatThrownBy(() -> once(WatchOptions.of(folder.resolve("none"), out)))
        .hasMessageContaining("there is no such folder");
    assertThatThrownBy(() -> once(WatchOptions.of(in, in)))
        .hasMessageContaining("results would arrive in the watched folder", "(out)");
    Path link = Files.createSymbolicLink(folder.resolve("link"), in);
    assertThatThrownBy(() -> once(WatchOptions.of(in, link)))
        .hasMessageContaining("results would arrive in the watched folder", "(out)");
    Path other = Files.createDirectory(folder.resolve("other"));
    Files.createSymbolicLink(other.resolve("bad"), in);
    assertThatThrownBy(() -> once(WatchOptions.of(in, other)))
        .hasMessageContaining("results would arrive in the watched folder", "(out)");
    Path good = Files.createDirectories(out.resolve("good"));
    assertThatThrownBy(() -> once(WatchOptions.of(good, out)))
        .hasMessageContaining("name another folder (out)");
    Files.writeString(out.resolve("journal.jsonl"), "{\"seq\":0,\"journal\":\"a\"}\nnonsense\n");
    assertThatThrownBy(() -> once(WatchOptions.of(in, out)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("journal.jsonl: line 2 is damaged");
    Files.move(out.resolve("journal.jsonl"), out.resolve("results.csv"));
    assertThatThrownBy(() -> once(WatchOptions.of(in, out)))
        .hasMessageContaining("results.csv: is there already without a journal");
    assertThat(out.resolve("journal.jsonl")).doesNotExist();
  }
}
