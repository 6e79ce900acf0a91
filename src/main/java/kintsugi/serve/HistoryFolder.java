package kintsugi.serve;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.report.Json;
import kintsugi.serve.History.Listed;

/**
 * The history on the disk, where a folder was named for it: each answer's image as it came and the
 * answer as JSON, in files that are named by its id. The oldest go when all of them are above a
 * size, or are older than a limit, which is looked at when an answer comes and every hour. Files of
 * other names are left alone.
 */
final class HistoryFolder implements AutoCloseable {
  private static final Duration SWEEP = Duration.ofHours(1);
  private static final String IMAGE = ".image";
  private static final String JSON = ".json";
  private static final Pattern OWN = Pattern.compile("[0-9a-z]{1,13}-\\d{1,19}\\.(image|json)");

  private final Path folder;
  private final Line.Keeping limit;
  private final Consumer<String> notices;
  private final Deque<Kept> kept = new ArrayDeque<>();
  private final ScheduledExecutorService sweeper =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("kintsugi-history").factory());
  private long bytes;

  /** The files of an answer. */
  private record Kept(String id, long bytes, Instant time) {
    static Kept of(Path file) throws IOException {
      BasicFileAttributes of = Files.readAttributes(file, BasicFileAttributes.class);
      return new Kept(Names.stem(file), of.size(), of.lastModifiedTime().toInstant());
    }

    Kept with(Kept other) {
      return new Kept(id, bytes + other.bytes, time.isBefore(other.time) ? time : other.time);
    }
  }

  /**
   * Counts what an earlier run left.
   *
   * @param notices hears once that the folder cannot be written
   * @throws InputException if the folder cannot be used
   */
  HistoryFolder(Line.Keeping limit, Consumer<String> notices) {
    this(limit, notices, SWEEP);
  }

  HistoryFolder(Line.Keeping limit, Consumer<String> notices, Duration every) {
    this.folder = limit.folder();
    this.limit = limit;
    this.notices = notices;
    try {
      Files.createDirectories(folder);
      try (Stream<Path> files = Files.list(folder)) {
        Map<String, Kept> all = new HashMap<>();
        for (Path file : files.toList()) {
          if (OWN.matcher(file.getFileName().toString()).matches()) {
            all.merge(Names.stem(file), Kept.of(file), Kept::with);
          }
        }
        all.values().stream()
            .sorted(Comparator.comparing(Kept::time).thenComparing(Kept::id))
            .forEach(this::count);
      }
      sweep(0);
    } catch (IOException e) {
      throw new InputException(
          folder
              + ": cannot hold the history ("
              + AtomicOutput.reason(e)
              + "); name another folder (history)",
          e);
    }
    sweeper.scheduleWithFixedDelay(
        this::sweepAgain, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void count(Kept answer) {
    kept.addLast(answer);
    bytes += answer.bytes;
  }

  /** Keeps an answer and its image. That it cannot is a notice, and not the sender's failure. */
  synchronized void add(Listed listed, byte[] image) {
    byte[] json = json(listed);
    long coming = image.length + json.length;
    if (coming > limit.bytes()) {
      return;
    }
    try {
      sweep(coming);
      try {
        Files.write(folder.resolve(listed.id() + IMAGE), image);
        Files.write(folder.resolve(listed.id() + JSON), json);
      } catch (IOException e) {
        // Half an answer, which nobody would count.
        delete(listed.id());
        throw e;
      }
      count(new Kept(listed.id(), coming, Instant.now()));
    } catch (IOException e) {
      notice(e);
    }
  }

  /** Writes an answer again, of which a person has said something. */
  synchronized void judged(Listed listed) {
    Path file = folder.resolve(listed.id() + JSON);
    if (Files.exists(file)) {
      try {
        AtomicOutput.file(file, part -> Files.write(part, json(listed)));
      } catch (InputException e) {
        notices.accept(e.getMessage());
      }
    }
  }

  private void notice(IOException e) {
    notices.accept(
        folder + ": the history cannot be written (" + AtomicOutput.reason(e) + "); make room");
  }

  private static byte[] json(Listed listed) {
    Listed without = new Listed(listed.id(), listed.answer(), null, listed.truth());
    return Json.pretty(without).getBytes(StandardCharsets.UTF_8);
  }

  private synchronized void sweepAgain() {
    try {
      sweep(0);
    } catch (IOException e) {
      notice(e);
    }
  }

  /** Makes room for what comes, and removes what is too old. */
  private void sweep(long coming) throws IOException {
    Instant oldest = Instant.now().minus(limit.age());
    while (!kept.isEmpty()
        && (bytes + coming > limit.bytes() || kept.peekFirst().time.isBefore(oldest))) {
      Kept first = kept.removeFirst();
      bytes -= first.bytes;
      delete(first.id);
    }
  }

  private void delete(String id) throws IOException {
    Files.deleteIfExists(folder.resolve(id + IMAGE));
    Files.deleteIfExists(folder.resolve(id + JSON));
  }

  /** Ends the look at every hour. */
  @Override
  public void close() {
    sweeper.shutdownNow();
  }
}
