package kintsugi.serve;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.dataset.ImageFolder;

/**
 * The images that arrive in a folder, in the order of their arrival: by the time of their last
 * change, then by name.
 *
 * <p>The operating system tells of changes, and the folder is read again at intervals, since it
 * does not tell of all of them: on network file systems of few, and of none before the start. An
 * image has arrived when size and time of change have stayed the same for the settle time. One that
 * is postponed, since it could not be read, comes again when it has changed, or at last when
 * nothing has changed for the time of patience; until then those behind it wait, each at most as
 * long as the patience, so that the order holds.
 */
final class Arrivals implements AutoCloseable {
  /** Endings of files that are not whole yet, as programs that copy and load name them. */
  private static final List<String> TEMPORARY =
      List.of(".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".swp", "~");

  private final WatchOptions options;
  private final Journal journal;
  private final Consumer<String> notices;
  private final Path root;
  private final Path out;
  private final FolderChanges changes;
  private final Map<String, Arrival> pending = new HashMap<>();
  private final TreeSet<Arrival> ordered = new TreeSet<>(Arrival.ORDER);
  private final Set<String> leftOut = new HashSet<>();
  private final Set<Path> unreadable = new HashSet<>();
  private long nextScan = System.nanoTime();
  private boolean first = true;

  private Arrivals(WatchOptions options, Journal journal, Consumer<String> notices)
      throws IOException {
    this.options = options;
    this.journal = journal;
    this.notices = notices;
    this.root = options.in().toRealPath();
    this.out = options.out().toRealPath();
    this.changes = new FolderChanges(root, notices);
  }

  /**
   * {@return the images that arrive in a folder}
   *
   * @param options the folder and the times
   * @param journal which knows those that are done
   * @param notices receives what was left out, a line each
   * @throws InputException if the folder cannot be listed
   */
  static Arrivals open(WatchOptions options, Journal journal, Consumer<String> notices) {
    try {
      return new Arrivals(options, journal, notices);
    } catch (IOException e) {
      throw gone(options.in(), e);
    }
  }

  /** {@return the path of a file within the watched folder} */
  Path within(Path file) {
    return root.relativize(file);
  }

  /** {@return whether nothing was about to arrive at the last look} */
  boolean isEmpty() {
    return ordered.isEmpty();
  }

  /**
   * {@return the next image that has arrived; empty when none did within a while, or after {@link
   * #close}}
   *
   * @throws InputException if the folder is gone
   */
  Optional<Arrival> next() {
    try {
      if (System.nanoTime() >= nextScan) {
        scan(root);
        first = false;
        nextScan = System.nanoTime() + options.rescan().toNanos();
      }
      takeChanges(0);
      Optional<Arrival> ready = ready(System.nanoTime());
      // Not all systems have told of every change: a last look.
      if (ready.isPresent() && isStill(ready.orElseThrow())) {
        return ready;
      }
      takeChanges(untilNext());
      return Optional.empty();
    } catch (IOException e) {
      throw gone(root, e);
    }
  }

  /** The first, or one that has waited for those before it as long as it has to. */
  private Optional<Arrival> ready(long now) {
    if (ordered.isEmpty() || hasSettled(ordered.first(), now)) {
      return ordered.isEmpty() ? Optional.empty() : Optional.of(ordered.first());
    }
    return ordered.stream()
        .filter(a -> hasSettled(a, now) && now - a.since() >= options.patience().toNanos())
        .findFirst();
  }

  private boolean hasSettled(Arrival arrival, long now) {
    return now - arrival.since()
        >= (arrival.postponed() ? options.patience() : options.settle()).toNanos();
  }

  /** {@return whether an image that cannot be read is not waited for any longer} */
  boolean isTimeUp(Arrival arrival) {
    return arrival.old() || System.nanoTime() - arrival.since() >= options.patience().toNanos();
  }

  private long untilNext() {
    long now = System.nanoTime();
    long wait = nextScan - now;
    if (!ordered.isEmpty()) {
      Arrival next = ordered.first();
      long time = (next.postponed() ? options.patience() : options.settle()).toNanos();
      wait = Math.min(wait, next.since() + time - now);
    }
    return Math.clamp(wait, 1_000_000, options.settle().toNanos() + 1_000_000);
  }

  /** {@return whether an image is as it was; one that has changed arrives again} */
  boolean isStill(Arrival arrival) {
    try {
      return look(arrival.file()) == arrival;
    } catch (IOException e) {
      throw gone(root, e);
    }
  }

  /** Puts off an image that could not be read until it changes, or its time is up. */
  void postpone(Arrival arrival) {
    put(arrival.asPostponed());
  }

  /** Ends the wait for an image that has its answer, or is gone. */
  void remove(Arrival arrival) {
    remove(arrival.key());
  }

  private void remove(String key) {
    Arrival before = pending.remove(key);
    if (before != null) {
      ordered.remove(before);
    }
  }

  private void put(Arrival arrival) {
    remove(arrival.key());
    pending.put(arrival.key(), arrival);
    ordered.add(arrival);
  }

  private void takeChanges(long nanoseconds) throws IOException {
    if (!changes.await(nanoseconds, this::look)) {
      nextScan = System.nanoTime();
    }
  }

  /** Looks at everything in a folder. */
  private void scan(Path folder) throws IOException {
    changes.watch(folder);
    if (folder.equals(root)) {
      for (Arrival arrival : List.copyOf(pending.values())) {
        if (!Files.exists(arrival.file())) {
          remove(arrival.key());
        }
      }
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        if (changes.isClosed()) {
          return;
        }
        look(entry);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  /** Looks at one file or folder; the pending arrival there, null where it is not one. */
  private Arrival look(Path file) throws IOException {
    String name = file.getFileName().toString();
    BasicFileAttributes now;
    try {
      now = Files.readAttributes(file, BasicFileAttributes.class);
    } catch (IOException e) {
      // Gone, or a link that leads nowhere.
      remove(Arrival.key(file));
      return null;
    }
    if (now.isDirectory()) {
      enter(file, name);
      return null;
    }
    if (!isWanted(file, name, now)
        || journal.isDone(Arrival.key(file), now.size(), Arrival.nanoseconds(now))) {
      remove(Arrival.key(file));
      return null;
    }
    Arrival before = pending.get(Arrival.key(file));
    if (before == null || !before.isUnchanged(now)) {
      put(Arrival.seen(file, now, isOld(now)));
    }
    return pending.get(Arrival.key(file));
  }

  private boolean isOld(BasicFileAttributes now) {
    long age = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()) - Arrival.nanoseconds(now);
    return first && age >= options.patience().toNanos();
  }

  private void enter(Path folder, String name) {
    boolean link = Files.isSymbolicLink(folder);
    if (options.recursive() && !link && !name.startsWith(".") && !folder.equals(out)) {
      try {
        scan(folder);
        unreadable.remove(folder);
      } catch (NoSuchFileException | NotDirectoryException e) {
        changes.forget(folder);
      } catch (IOException e) {
        // Such as lost+found; the others are watched all the same.
        changes.forget(folder);
        if (unreadable.add(folder)) {
          notices.accept(
              folder + ": left out, since it cannot be listed (" + AtomicOutput.reason(e) + ")");
        }
      }
    }
  }

  private boolean isWanted(Path file, String name, BasicFileAttributes now) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (name.startsWith(".") || TEMPORARY.stream().anyMatch(lower::endsWith)) {
      return false;
    }
    if (!now.isRegularFile() || !ImageFolder.isImageName(name)) {
      String ending = lower.replaceFirst(".*(?=\\.)", "");
      if (leftOut.size() < 100 && leftOut.add(ending)) {
        notices.accept(
            file
                + ": left out, since its name is not an image's; so is every other "
                + (ending.startsWith(".") ? ending : "file without an image's extension"));
      }
      return false;
    }
    return true;
  }

  private static InputException gone(Path folder, IOException e) {
    String why =
        Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
            ? "cannot be listed (" + AtomicOutput.reason(e) + "); allow it"
            : Files.exists(folder)
                ? "is not a folder; name one"
                : "there is no such folder; name one, or mount it";
    return new InputException(folder + ": " + why + ", and start again: nothing is lost", e);
  }

  /** Ends a wait, from any thread. */
  @Override
  public void close() {
    changes.close();
  }
}
