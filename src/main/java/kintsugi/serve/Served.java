package kintsugi.serve;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.OutputLock;
import kintsugi.detector.Model;
import kintsugi.detector.Teaching;
import kintsugi.image.Region;

/**
 * A model that is served: its file, and the version in use, which is replaced as a whole while
 * requests that began with the one before end with that. One change at a time; each is in the file
 * before it is in use, and the files that are replaced here are kept, hidden, next to the model's.
 */
public final class Served {
  private final Kintsugi kintsugi;
  private final String name;
  private final Path file;
  private final ModelFile files;
  private final RegionFileOfModel regionFile;
  private final Waiting waiting;
  private final BiConsumer<Served, Version> used;
  private final ReentrantLock changing = new ReentrantLock();
  private volatile Version current;

  /** Whether a version was sent, and not named by who started the server. */
  private volatile boolean received;

  /**
   * Loads a model.
   *
   * @param kintsugi the library
   * @param name by which it is called
   * @param file of the model
   * @param waiting has threads for the work
   * @param used hears of every later version that is taken into use, in their order
   * @throws InputException if it cannot be loaded
   */
  Served(
      Kintsugi kintsugi,
      String name,
      Path file,
      Waiting waiting,
      BiConsumer<Served, Version> used) {
    this.kintsugi = kintsugi;
    this.name = name;
    this.file = file;
    this.files = new ModelFile(file);
    this.regionFile = new RegionFileOfModel(file);
    this.waiting = waiting;
    this.used = used;
    this.current = Version.load(kintsugi, file, regionFile.read());
    current.warn(kintsugi, name);
    files.removeUploads(kintsugi.session()::notice);
  }

  /** {@return the name by which it is called} */
  public String name() {
    return name;
  }

  /** {@return the version in use; a request takes it once} */
  Version current() {
    return current;
  }

  /** {@return how many earlier versions there are to go back to} */
  int earlier() {
    return files.earlier();
  }

  /** {@return a new file for a model that is received, next to this one's} */
  Path upload() {
    return files.upload();
  }

  /** {@return the model in use} */
  public Model model() {
    return current.model();
  }

  /**
   * {@return where a calibration's images are looked for: once a model was sent, not under the
   * names in it, so that no sender has files of this machine opened}
   */
  Teaching.Elsewhere places() {
    return received ? Teaching.Elsewhere.UNKNOWN : Teaching.Elsewhere.NOWHERE;
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
          files.replace(() -> kintsugi.save(changed, file));
          return use(Version.of(changed, Version.sha256(file), current.region()));
        });
  }

  /** Takes what is in the file now into use; who wrote it replaced what was there before. */
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
          files.replace(
              () ->
                  AtomicOutput.file(
                      file, part -> Files.move(upload, part, StandardCopyOption.REPLACE_EXISTING)));
          received = true;
          return use(loaded);
        });
  }

  /**
   * Takes the version before this one into use, and puts it back into the file; what it replaces is
   * kept for a person.
   *
   * @throws Refusal if there is none, or the file is another than the one in use
   */
  Version rollback() {
    return exclusively(
        () -> {
          if (earlier() == 0) {
            throw new Refusal(Refusal.CONFLICT, name + " has no earlier version to go back to");
          }
          if (Files.exists(file)) {
            requireUnchanged();
          }
          Version loaded = Version.load(kintsugi, files.earlier(1), current.region());
          files.restore();
          return use(loaded);
        });
  }

  /** Sets or removes the region of interest of all images. */
  Version look(Optional<Region> region) {
    return exclusively(
        () -> {
          ModelFile.saving(() -> regionFile.write(region));
          return use(current.with(region));
        });
  }

  private Version use(Version version) {
    current = version;
    used.accept(this, version);
    return version;
  }

  private Version exclusively(Supplier<Version> work) {
    changing.lock();
    try {
      return waiting.working(
          () -> {
            OutputLock lock = files.lock();
            try (lock) {
              return work.get();
            }
          });
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

  /** {@return the file of the model} */
  Path file() {
    return file;
  }
}
