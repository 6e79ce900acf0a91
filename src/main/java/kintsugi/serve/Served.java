package kintsugi.serve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.OutputLock;
import kintsugi.detector.Model;
import kintsugi.image.Region;

/**
 * A model that is served: its file, and the version in use, which is replaced as a whole while
 * requests that began with the one before end with that. One change at a time; each is in the file
 * before it is in use, and the files before it are kept, hidden, next to the model's.
 */
public final class Served {
  /** How many earlier files are kept. */
  static final int EARLIER = 3;

  private final Kintsugi kintsugi;
  private final String name;
  private final Path file;
  private final RegionFileOfModel regionFile;
  private final ReentrantLock changing = new ReentrantLock();
  private volatile Version current;

  /**
   * Loads a model.
   *
   * @param kintsugi the library
   * @param name by which it is called
   * @param file of the model
   * @throws InputException if it cannot be loaded
   */
  Served(Kintsugi kintsugi, String name, Path file) {
    this.kintsugi = kintsugi;
    this.name = name;
    this.file = file;
    this.regionFile = new RegionFileOfModel(file);
    this.current = Version.load(kintsugi, file, regionFile.read());
  }

  /** {@return the name by which it is called} */
  public String name() {
    return name;
  }

  /** {@return the version in use; a request takes it once} */
  Version current() {
    return current;
  }

  /** {@return the model in use} */
  public Model model() {
    return current.model();
  }

  /** {@return how many earlier versions there are to go back to} */
  int earlier() {
    int count = 0;
    while (count < EARLIER && Files.exists(earlier(count + 1))) {
      count++;
    }
    return count;
  }

  private Path earlier(int back) {
    return file.resolveSibling(".kintsugi-" + file.getFileName() + ".earlier" + back);
  }

  /**
   * Saves a changed model and takes it into use.
   *
   * @param change of the model in use
   * @return the new version
   * @throws Refusal if the file is another than the one in use
   */
  Version change(UnaryOperator<Model> change) {
    return exclusively(
        () -> {
          requireUnchanged();
          Model changed = change.apply(current.model());
          replacing(() -> kintsugi.save(changed, file));
          return use(Version.of(changed, Version.sha256(file), current.region()));
        });
  }

  /** Takes what is in the file now into use. */
  Version reload() {
    return exclusively(() -> use(Version.load(kintsugi, file, current.region())));
  }

  /**
   * Replaces the file by a new one and takes it into use, if it is a model.
   *
   * @param upload the new file, in the folder of the model's; moved
   * @throws InputException if it is not a model that can be used here
   */
  Version replace(Path upload) {
    return exclusively(
        () -> {
          Version loaded = Version.load(kintsugi, upload, current.region());
          replacing(
              () ->
                  AtomicOutput.file(
                      file, part -> Files.move(upload, part, StandardCopyOption.REPLACE_EXISTING)));
          return use(loaded);
        });
  }

  /**
   * Takes the version before this one into use, and puts it back into the file.
   *
   * @throws Refusal if there is none
   */
  Version rollback() {
    return exclusively(
        () -> {
          if (earlier() == 0) {
            throw new Refusal(Refusal.CONFLICT, name + " has no earlier version to go back to");
          }
          Version loaded = Version.load(kintsugi, earlier(1), current.region());
          saving(
              () ->
                  AtomicOutput.file(
                      file,
                      part -> Files.copy(earlier(1), part, StandardCopyOption.REPLACE_EXISTING)));
          forgetFirst();
          return use(loaded);
        });
  }

  /** Sets or removes the region of interest of all images. */
  Version look(Optional<Region> region) {
    return exclusively(
        () -> {
          saving(() -> regionFile.write(region));
          return use(current.with(region));
        });
  }

  private Version use(Version version) {
    current = version;
    return version;
  }

  private Version exclusively(Supplier<Version> work) {
    changing.lock();
    try {
      OutputLock lock = OutputLock.of(file);
      try (lock) {
        return work.get();
      }
    } finally {
      changing.unlock();
    }
  }

  private void requireUnchanged() {
    if (!Version.sha256(file).equals(current.sha256())) {
      throw new Refusal(
          Refusal.CONFLICT,
          file + ": was changed by another program; reload it first, then change it again");
    }
  }

  /** Replaces the file, and keeps what it was as the first of the earlier ones. */
  private void replacing(Runnable writing) {
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

  private void forgetFirst() {
    int count = earlier();
    try {
      Files.delete(earlier(1));
      for (int i = 2; i <= count; i++) {
        Files.move(earlier(i), earlier(i - 1));
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Writes; that a file cannot be written is not the sender's fault. */
  private static void saving(Runnable writing) {
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

  /** {@return the file of the model} */
  Path file() {
    return file;
  }
}
