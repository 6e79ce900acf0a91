package kintsugi.serve;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import kintsugi.AtomicOutput;
import kintsugi.InputException;

/**
 * What the operating system tells of changes in folders. It watches a limited number of folders,
 * and gives out a limited number of watches: where it has none left, nothing is told.
 */
final class FolderChanges implements AutoCloseable {
  private final Path root;
  private final Consumer<String> notices;

  /** Null where the system has none left. */
  private final WatchService service;

  private final Set<Path> watched = new HashSet<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private boolean untold;

  /** What is done with a file or folder that has changed. */
  interface Look {
    void at(Path changed) throws IOException;
  }

  /**
   * A watch of no folder yet.
   *
   * @param root which all folders belong to
   * @param notices hears once that the system does not tell of changes
   */
  FolderChanges(Path root, Consumer<String> notices) {
    this.root = root;
    this.notices = notices;
    this.service = service();
  }

  private WatchService service() {
    try {
      return root.getFileSystem().newWatchService();
    } catch (IOException e) {
      noticeUntold(root, e);
      return null;
    }
  }

  private void noticeUntold(Path folder, IOException e) {
    notices.accept(
        folder
            + ": the system does not tell of changes ("
            + AtomicOutput.reason(e)
            + "); the folder is read at intervals");
  }

  /** Watches a folder too. */
  void watch(Path folder) {
    if (service == null || watched.contains(folder)) {
      return;
    }
    try {
      folder.register(
          service,
          StandardWatchEventKinds.ENTRY_CREATE,
          StandardWatchEventKinds.ENTRY_MODIFY,
          StandardWatchEventKinds.ENTRY_DELETE);
      watched.add(folder);
    } catch (ClosedWatchServiceException e) {
      // The end has come from another thread.
      return;
    } catch (IOException e) {
      // One that is gone or cannot be read is told of by those that list it.
      if (!untold && Files.isReadable(folder)) {
        untold = true;
        noticeUntold(folder, e);
      }
    }
  }

  /** Takes note of a folder that is gone: one of its name is watched anew. */
  void forget(Path folder) {
    watched.remove(folder);
  }

  /**
   * Waits for changes, and looks at what has changed.
   *
   * @param nanoseconds the longest wait
   * @return whether all changes were told
   * @throws IOException of the look
   */
  boolean await(long nanoseconds, Look look) throws IOException {
    boolean all = true;
    try {
      if (service == null) {
        closed.await(nanoseconds, TimeUnit.NANOSECONDS);
        return true;
      }
      WatchKey key = service.poll(nanoseconds, TimeUnit.NANOSECONDS);
      for (; key != null; key = service.poll()) {
        all &= take(key, look);
      }
    } catch (ClosedWatchServiceException e) {
      return all;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InputException(root + ": is no longer watched, the thread was interrupted", e);
    }
    return all;
  }

  private boolean take(WatchKey key, Look look) throws IOException {
    boolean all = true;
    Path folder = (Path) key.watchable();
    for (WatchEvent<?> event : key.pollEvents()) {
      if (event.kind() == StandardWatchEventKinds.OVERFLOW) {
        all = false;
      } else {
        look.at(folder.resolve((Path) event.context()));
      }
    }
    if (!key.reset()) {
      watched.remove(folder);
    }
    return all;
  }

  boolean isClosed() {
    return closed.getCount() == 0;
  }

  /** Ends a wait, from any thread. */
  @Override
  public void close() {
    closed.countDown();
    if (service != null) {
      try {
        service.close();
      } catch (IOException e) {
        notices.accept(root + ": the watch could not be ended (" + e.getMessage() + ")");
      }
    }
  }
}
