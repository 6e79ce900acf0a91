package kintsugi;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;

/**
 * The right to write one output. One process has it at a time, and in that process one thread,
 * which may take it again; another thread waits, another process is refused. The operating system
 * ends it with the process, so that a killed one locks nobody out.
 *
 * <p>Work that reads a file, changes it and writes it again holds its lock all the while:
 *
 * <pre>{@code
 * OutputLock lock = OutputLock.of(file);
 * try (lock) {
 *   kintsugi.save(kintsugi.calibrate(kintsugi.load(file), normal), file);
 * }
 * }</pre>
 */
public final class OutputLock implements AutoCloseable {
  private static final Map<Path, OutputLock> HELD = new HashMap<>();

  private final Path file;
  private final FileChannel channel;

  /** The outermost folder that was created for the lock, null for none. */
  private final Path created;

  private final Thread owner = Thread.currentThread();
  private int depth = 1;

  private OutputLock(Path file, Path created, FileChannel channel) {
    this.file = file;
    this.created = created;
    this.channel = channel;
  }

  /**
   * {@return the lock of a file, which need not exist; its folder is created where there is none}
   *
   * @param output the file; a link stands for what it leads to
   * @throws InputException if another process writes it, or its folder cannot be written
   */
  public static OutputLock of(Path output) {
    try {
      Path folder = AtomicOutput.throughLinks(output).getParent();
      Path created = AtomicOutput.firstMissing(folder);
      Files.createDirectories(folder);
      // Once more: the folder may have another name now that it exists.
      Path place = AtomicOutput.throughLinks(output);
      return of(AtomicOutput.hidden(place, ".lock"), output, created);
    } catch (IOException e) {
      throw AtomicOutput.cannotWrite(output, e);
    }
  }

  /**
   * Takes the lock that a lock file stands for.
   *
   * @param output is named in messages
   * @param created the outermost folder that was created for it, removed again where it stays empty
   */
  static OutputLock of(Path lockFile, Path output, Path created) throws IOException {
    synchronized (HELD) {
      OutputLock held = HELD.get(lockFile);
      while (held != null && held.owner != Thread.currentThread()) {
        await(output);
        held = HELD.get(lockFile);
      }
      if (held != null) {
        held.depth++;
        return held;
      }
      OutputLock lock = new OutputLock(lockFile, created, locked(lockFile, output));
      HELD.put(lockFile, lock);
      return lock;
    }
  }

  private static void await(Path output) {
    try {
      HELD.wait();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InputException(output + ": was not written, the thread was interrupted", e);
    }
  }

  /** The outermost folder that was created for it, null for none. */
  Path created() {
    return created;
  }

  /** Opens and locks the file; again where its last holder removed it in between. */
  private static FileChannel locked(Path file, Path output) throws IOException {
    while (true) {
      if (!Files.exists(file)) {
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
      }
      Object before = identity(file);
      FileChannel channel;
      try {
        channel = FileChannel.open(file, StandardOpenOption.WRITE);
      } catch (NoSuchFileException e) {
        continue;
      }
      if (isTaken(channel)) {
        channel.close();
        throw new InputException(
            output
                + ": another run of Kintsugi is writing there; wait until it has ended, or name"
                + " another place");
      }
      if (before.equals(identity(file))) {
        return channel;
      }
      channel.close();
    }
  }

  private static boolean isTaken(FileChannel channel) {
    try {
      return channel.tryLock() == null;
    } catch (OverlappingFileLockException e) {
      return true;
    } catch (IOException e) {
      // A file system without locks: its outputs are whole all the same.
      return false;
    }
  }

  /** The file itself rather than its name; the name where the system does not tell. */
  private static Object identity(Path file) throws IOException {
    try {
      Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
      return key == null ? file : key;
    } catch (NoSuchFileException e) {
      return "none";
    }
  }

  /** Ends it, and removes its file. */
  @Override
  public void close() {
    synchronized (HELD) {
      depth--;
      if (depth > 0) {
        return;
      }
      HELD.remove(file);
      HELD.notifyAll();
      try (channel) {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw AtomicOutput.cannotWrite(file, e);
      }
      AtomicOutput.removeEmpty(file.getParent(), created);
    }
  }
}
