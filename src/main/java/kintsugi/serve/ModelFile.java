package kintsugi.serve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.OutputLock;

/**
 * The file of a model that is served, and the hidden files next to it: what was replaced by changes
 * and by a rollback, and what is being received.
 */
final class ModelFile {
  /** How many earlier files are kept. */
  private static final int EARLIER = 3;

  private static final String UPLOAD = ".put";

  private final Path file;

  ModelFile(Path file) {
    this.file = file;
  }

  /** {@return how many earlier versions there are to go back to} */
  int earlier() {
    int count = 0;
    while (count < EARLIER && Files.exists(earlier(count + 1))) {
      count++;
    }
    return count;
  }

  /** {@return an earlier file, 1 for the one that is gone back to first} */
  Path earlier(int back) {
    return hidden(".earlier" + back);
  }

  /** {@return a new file for a model that is received, next to this one's} */
  Path upload() {
    try {
      return Files.createTempFile(folder(), start(), UPLOAD);
    } catch (IOException e) {
      throw new Refusal(
          Refusal.FAILED,
          "no model can be received (" + AtomicOutput.reason(e) + "); check the model's folder");
    }
  }

  /** Removes what a server that was killed had received of a model; that it cannot is no harm. */
  void removeUploads(Consumer<String> notices) {
    try (Stream<Path> files = Files.list(folder())) {
      List<Path> uploads =
          files
              .filter(each -> each.getFileName().toString().startsWith(start()))
              .filter(each -> each.getFileName().toString().endsWith(UPLOAD))
              .toList();
      for (Path each : uploads) {
        Files.deleteIfExists(each);
      }
    } catch (IOException e) {
      notices.accept(file + ": what was received of it stays; " + e.getMessage());
    }
  }

  private Path folder() {
    return file.toAbsolutePath().getParent();
  }

  private String start() {
    return hidden("-").getFileName().toString();
  }

  private Path hidden(String end) {
    return file.resolveSibling(".kintsugi-" + file.getFileName() + end);
  }

  /**
   * {@return the right to change the file}
   *
   * @throws Refusal if another program has it, or the folder cannot be written
   */
  OutputLock lock() {
    try {
      return OutputLock.of(file);
    } catch (InputException e) {
      // Without a cause another program has it; with one the folder cannot be written.
      throw new Refusal(e.getCause() == null ? Refusal.CONFLICT : Refusal.FAILED, e.getMessage());
    }
  }

  /** Replaces the file, and keeps what it was as the first of the earlier ones. */
  void replace(Runnable writing) {
    Path before = earlier(0);
    try {
      Files.deleteIfExists(before);
      if (Files.exists(file)) {
        link(before);
      }
      try {
        saving(writing);
      } catch (RuntimeException | Error e) {
        Files.deleteIfExists(before);
        throw e;
      }
      for (int i = EARLIER - 1; i >= 0; i--) {
        if (Files.exists(earlier(i))) {
          Files.move(earlier(i), earlier(i + 1), StandardCopyOption.REPLACE_EXISTING);
        }
      }
      Files.deleteIfExists(before);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** The file is replaced, never written to, so that a link keeps what it is now. */
  private void link(Path kept) throws IOException {
    try {
      Files.createLink(kept, file.toRealPath());
    } catch (UnsupportedOperationException | IOException e) {
      Files.copy(file, kept);
    }
  }

  /** Puts the first of the earlier files back, and keeps what it replaces for a person. */
  void restore() {
    Path kept = hidden(".rolled-back");
    try {
      if (Files.exists(file)) {
        Files.deleteIfExists(kept);
        link(kept);
      }
      saving(
          () ->
              AtomicOutput.file(
                  file, part -> Files.copy(earlier(1), part, StandardCopyOption.REPLACE_EXISTING)));
      forgetFirst();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private void forgetFirst() throws IOException {
    int count = earlier();
    Files.delete(earlier(1));
    for (int i = 2; i <= count; i++) {
      Files.move(earlier(i), earlier(i - 1));
    }
  }

  /** Writes; that a file cannot be written is not the sender's fault. */
  static void saving(Runnable writing) {
    try {
      writing.run();
    } catch (InputException e) {
      throw new Refusal(Refusal.FAILED, e.getMessage());
    }
  }

  private Refusal failed(IOException e) {
    return new Refusal(
        Refusal.FAILED,
        file + ": cannot be changed (" + AtomicOutput.reason(e) + "); check its folder");
  }
}
