package kintsugi.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
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
 * elsewhere once it is {@link #STALE} old.
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
  private final ScheduledExecutorService alive =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("kintsugi-table-lock").factory());

  /**
   * The driver that has a lock.
   *
   * @param start of the process, in ms: its number alone may be another's by now
   * @param id of the lock
   */
  private record Holder(String host, long process, long start, String id) {
    static Holder own() {
      return new Holder(
          ownHost(),
          ProcessHandle.current().pid(),
          start(ProcessHandle.current()),
          UUID.randomUUID().toString());
    }

    private static String ownHost() {
      try {
        return InetAddress.getLocalHost().getHostName();
      } catch (IOException e) {
        return "localhost";
      }
    }

    private static long start(ProcessHandle process) {
      return process.info().startInstant().map(at -> at.toEpochMilli()).orElse(0L);
    }

    /** Nothing of a file that is not whole, as it is while it is written. */
    static Optional<Holder> of(String text) {
      String[] words = text.strip().split(" ");
      try {
        return words.length == 4
            ? Optional.of(
                new Holder(words[0], Long.parseLong(words[1]), Long.parseLong(words[2]), words[3]))
            : Optional.empty();
      } catch (NumberFormatException e) {
        return Optional.empty();
      }
    }

    /** Whether its process was on this machine and is not there any more. */
    boolean isGone() {
      return host.equals(ownHost())
          && ProcessHandle.of(process).filter(each -> start(each) == start).isEmpty();
    }

    byte[] text() {
      return (host + " " + process + " " + start + " " + id + "\n")
          .getBytes(StandardCharsets.UTF_8);
    }
  }

  private TableLock(FileSystem files, Path file, Holder own) {
    this.files = files;
    this.file = file;
    this.own = own;
    long sign = SIGN.toMillis();
    alive.scheduleAtFixedRate(this::sign, sign, sign, TimeUnit.MILLISECONDS);
  }

  /**
   * The lock of a table.
   *
   * @param folder the table's address
   * @throws InputException if another driver has it, or the folder cannot be written
   */
  static TableLock of(String folder, Configuration configuration) {
    Path file = new Path(Located.address(folder), NAME);
    try {
      FileSystem files = file.getFileSystem(configuration);
      Holder own = Holder.own();
      if (!isCreated(files, file, own)) {
        requireStale(folder, files, file);
        files.delete(file, false);
        if (!isCreated(files, file, own)) {
          throw taken(folder, "");
        }
      }
      // Where creating a file that is there succeeds, the last one has it.
      if (!read(files, file).equals(Optional.of(own))) {
        throw taken(folder, "");
      }
      return new TableLock(files, file, own);
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

  private static void requireStale(String folder, FileSystem files, Path file) throws IOException {
    Optional<Holder> other = read(files, file);
    if (other.filter(Holder::isGone).isPresent()) {
      return;
    }
    long age = System.currentTimeMillis() - files.getFileStatus(file).getModificationTime();
    // A process that was only stopped for a while is still there.
    boolean here = other.filter(holder -> holder.host().equals(Holder.ownHost())).isPresent();
    if (here || age < STALE.toMillis()) {
      throw taken(
          folder,
          other.map(each -> " (process " + each.process() + " on " + each.host() + ")").orElse(""));
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
      if (read(files, file).equals(Optional.of(own))) {
        try (OutputStream out = files.create(file, true)) {
          out.write(own.text());
        }
      }
    } catch (IOException | RuntimeException e) {
      System.getLogger("kintsugi").log(System.Logger.Level.DEBUG, e.getMessage());
    }
  }

  /** Ends it, and removes its file, and the folder where nothing came into it. */
  @Override
  public void close() {
    alive.shutdown();
    try {
      if (!alive.awaitTermination(SIGN.toSeconds(), TimeUnit.SECONDS)
          || !read(files, file).equals(Optional.of(own))) {
        return;
      }
      files.delete(file, false);
      if (files.listStatus(file.getParent()).length == 0) {
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
