package kintsugi.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import kintsugi.InputException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The right to add to a table, of one driver at a time: a file in its folder, which the driver
 * writes anew every now and then as a sign of life. Two at a time would score images twice, and the
 * first to end would remove what the tasks of the other have under way. The lock of a driver that
 * was killed counts for nothing on its own machine, where its process is seen to be missing, and
 * elsewhere once it is {@link #STALE} old. A driver that was stopped for so long, and lost its lock
 * to another, ends its work.
 */
final class TableLock implements AutoCloseable {
  /** Without a sign of life. Drivers write one every {@link #SIGN}. */
  private static final Duration STALE = Duration.ofMinutes(3);

  private static final Duration SIGN = Duration.ofSeconds(30);

  /** Spark takes no file for data whose name begins so. */
  private static final String NAME = "_kintsugi.lock";

  private final FileSystem files;
  private final Path file;
  private final Holder own;
  private final boolean folderIsOwn;
  private final Runnable cancel;
  private final ScheduledExecutorService alive =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("kintsugi-table-lock").factory());

  /** What the lock was lost to; null while it is held. */
  private volatile String lost;

  private TableLock(
      FileSystem files,
      Path file,
      Holder own,
      boolean folderIsOwn,
      Duration period,
      Runnable cancel) {
    this.files = files;
    this.file = file;
    this.own = own;
    this.folderIsOwn = folderIsOwn;
    this.cancel = cancel;
    long millis = period.toMillis();
    alive.scheduleAtFixedRate(this::sign, millis, millis, TimeUnit.MILLISECONDS);
  }

  /**
   * The lock of a table.
   *
   * @param folder the table's address
   * @param cancel ends the work under way when the lock is lost; it may be called more than once
   * @throws InputException if another driver has it, or the folder cannot be written
   */
  static TableLock of(String folder, Configuration configuration, Runnable cancel) {
    return of(folder, configuration, SIGN, cancel);
  }

  /**
   * The same with another time between signs of life.
   *
   * @param period between them
   */
  static TableLock of(
      String folder, Configuration configuration, Duration period, Runnable cancel) {
    Path file = new Path(Located.address(folder), NAME);
    try {
      FileSystem files = file.getFileSystem(configuration);
      Holder own = Holder.own();
      boolean folderIsOwn = !files.exists(file.getParent());
      if (!isCreated(files, file, own)) {
        removeStale(folder, files, file, requireStale(folder, files, file));
        if (!isCreated(files, file, own)) {
          throw taken(folder, "");
        }
      }
      // Where creating a file that is there succeeds, the last one has it.
      if (!read(files, file).equals(Optional.of(own))) {
        throw taken(folder, "");
      }
      return new TableLock(files, file, own, folderIsOwn, period, cancel);
    } catch (IOException e) {
      throw new InputException(
          folder + ": cannot be written (" + InputException.quoted(e.getMessage()) + ")", e);
    }
  }

  private static boolean isCreated(FileSystem files, Path file, Holder own) throws IOException {
    try (OutputStream out = files.create(file, false)) {
      out.write(own.text());
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }

  /** The holder of a lock that counts for nothing; nothing where its file is not whole. */
  private static Optional<Holder> requireStale(String folder, FileSystem files, Path file)
      throws IOException {
    Optional<Holder> other = read(files, file);
    if (other.filter(Holder::isGone).isPresent()) {
      return other;
    }
    // A process that was only stopped for a while is still there.
    if (other.filter(Holder::isHere).isPresent() || age(files, file) < STALE.toMillis()) {
      throw taken(folder, other.map(each -> " " + each).orElse(""));
    }
    return other;
  }

  /** In milliseconds; 0 where another driver has just removed it. */
  private static long age(FileSystem files, Path file) throws IOException {
    try {
      return System.currentTimeMillis() - files.getFileStatus(file).getModificationTime();
    } catch (FileNotFoundException e) {
      return 0;
    }
  }

  /**
   * Removes a stale lock, by a rename first, which one of several drivers that judged it succeeds
   * in. One that comes later has renamed the new lock of another, and puts it back.
   *
   * @param judged its holder
   */
  static void removeStale(String folder, FileSystem files, Path file, Optional<Holder> judged)
      throws IOException {
    Path aside = file.suffix("." + Holder.own().id());
    if (!isRenamed(files, file, aside)) {
      throw taken(folder, "");
    }
    Optional<Holder> removed = read(files, aside);
    if (!removed.equals(judged)) {
      isRenamed(files, aside, file);
      throw taken(folder, removed.map(each -> " " + each).orElse(""));
    }
    files.delete(aside, false);
  }

  private static boolean isRenamed(FileSystem files, Path from, Path to) throws IOException {
    try {
      return files.rename(from, to);
    } catch (FileNotFoundException e) {
      return false;
    }
  }

  private static InputException taken(String folder, String holder) {
    return new InputException(
        folder
            + ": another run of score is adding to it"
            + holder
            + "; wait until it has ended, or name another folder (out); the lock of a run that was"
            + " killed on another machine ends after "
            + STALE.toMinutes()
            + " minutes");
  }

  private static Optional<Holder> read(FileSystem files, Path file) throws IOException {
    try (var in = files.open(file)) {
      return Holder.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (FileNotFoundException | ChecksumException e) {
      return Optional.empty();
    }
  }

  /** What fails now may succeed the next time. */
  private void sign() {
    try {
      Optional<Holder> now = read(files, file);
      if (now.equals(Optional.of(own)) && lost == null) {
        try (OutputStream out = files.create(file, true)) {
          out.write(own.text());
        }
      } else if (now.isPresent() || !files.exists(file)) {
        // One that is not there was another's in between, or was removed by a person.
        lost = now.map(each -> ", another run of score has it " + each).orElse("");
        // Each time: there may have been no job yet.
        cancel.run();
      }
    } catch (IOException | RuntimeException e) {
      System.getLogger("kintsugi").log(System.Logger.Level.DEBUG, e.getMessage());
    }
  }

  /**
   * The result of work that needs the lock.
   *
   * @throws InputException if the lock was lost meanwhile, whatever became of the work
   */
  <T> T during(Supplier<T> work) {
    try {
      T result = work.get();
      requireHeld(null);
      return result;
    } catch (Exception e) {
      // Also those that Scala throws without declaring them.
      requireHeld(e);
      throw e;
    }
  }

  private void requireHeld(Exception cause) {
    if (lost != null) {
      throw new InputException(
          file.getParent()
              + ": this run has lost the table's lock"
              + lost
              + "; it was ended, lest images be scored twice; when no other is running, run it"
              + " again: images that the table has are left out",
          cause);
    }
  }

  /** Ends it, and removes its file, and the folder if it was created for that and is empty. */
  @Override
  public void close() {
    alive.shutdown();
    try {
      if (!alive.awaitTermination(SIGN.toSeconds(), TimeUnit.SECONDS)
          || !read(files, file).equals(Optional.of(own))) {
        return;
      }
      files.delete(file, false);
      if (folderIsOwn && files.listStatus(file.getParent()).length == 0) {
        files.delete(file.getParent(), false);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      // It counts for nothing once this process has ended.
      System.getLogger("kintsugi").log(System.Logger.Level.DEBUG, e.getMessage());
    }
  }
}
