package kintsugi;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * Files for an output folder, all of which appear in it at {@link #commit} or none: they are
 * written into a folder of their own first. To be used in a {@code try}:
 *
 * <pre>{@code
 * try (OutputFolder out = OutputFolder.of(folder)) {
 *   Files.writeString(out.path("metrics.json"), json);
 *   out.commit();
 * }
 * }</pre>
 *
 * A folder that is not there is created; files of the same name are replaced, others stay.
 */
public final class OutputFolder implements AutoCloseable {
  private final Path folder;
  private final Path part;
  private final boolean isNew;
  private boolean committed;

  private OutputFolder(Path folder, Path part, boolean isNew) {
    this.folder = folder;
    this.part = part;
    this.isNew = isNew;
  }

  /**
   * {@return an output folder that nothing is written to yet}
   *
   * @param folder where the files go
   * @throws InputException if it cannot be created
   */
  public static OutputFolder of(Path folder) {
    try {
      boolean isNew = !Files.exists(folder);
      Files.createDirectories(folder);
      return new OutputFolder(folder, Files.createTempDirectory(folder, ".part"), isNew);
    } catch (IOException e) {
      throw AtomicOutput.cannotWrite(folder, e);
    }
  }

  /**
   * {@return where to write a file until {@link #commit}}
   *
   * @param name of the file, or a path of folders and a file
   */
  public Path path(String name) {
    return part.resolve(name);
  }

  /**
   * Writes one file.
   *
   * @param name of the file
   * @param writer writes to the path it is passed
   * @throws InputException if it cannot be written
   */
  public void write(String name, AtomicOutput.Writer writer) {
    Path file = path(name);
    try {
      Files.createDirectories(file.getParent());
      writer.writeTo(file);
    } catch (IOException e) {
      throw AtomicOutput.cannotWrite(folder.resolve(name), e);
    }
  }

  /**
   * Moves everything that was written into the folder.
   *
   * @throws InputException if it cannot be moved
   */
  public void commit() {
    try {
      for (Path path : list(part)) {
        Path place = folder.resolve(part.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(place);
        } else {
          Files.move(
              path, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
      }
      committed = true;
    } catch (IOException e) {
      throw AtomicOutput.cannotWrite(folder, e);
    }
  }

  /** Removes what was not committed, and a folder that was created for it. */
  @Override
  public void close() {
    try {
      for (Path path : list(part).reversed()) {
        Files.delete(path);
      }
      if (isNew && !committed) {
        Files.deleteIfExists(folder);
      }
    } catch (IOException e) {
      throw AtomicOutput.cannotWrite(folder, e);
    }
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths.toList();
    }
  }
}
