package kintsugi;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Writes beside the place, then moves there: nobody ever sees a half-written file, and work that
 * fails leaves what was there before.
 */
public final class AtomicOutput {
  private AtomicOutput() {}

  /** What fills a file or a folder. */
  public interface Writer {
    /**
     * Writes to the given file, or into the given folder, which is still empty.
     *
     * @param place the file or the folder
     * @throws IOException if it cannot be written
     */
    void writeTo(Path place) throws IOException;
  }

  /**
   * Creates or replaces a file, and its folder where there is none.
   *
   * @param file the file
   * @param writer fills it
   * @throws InputException if it cannot be written
   */
  public static void file(Path file, Writer writer) {
    try {
      Path folder = file.toAbsolutePath().getParent();
      Files.createDirectories(folder);
      // Not createTempFile, whose files nobody else may read.
      String name = "." + file.getFileName() + "." + UUID.randomUUID() + ".part";
      Path beside = Files.createFile(folder.resolve(name));
      try {
        writer.writeTo(beside);
        replace(beside, file);
      } finally {
        Files.deleteIfExists(beside);
      }
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
  }

  /**
   * Adds files to a folder, all of them or none; a folder that is not there is created. Files of
   * the same name are replaced, others stay.
   *
   * @param folder the folder
   * @param writer fills it
   * @throws InputException if they cannot be written
   */
  public static void folder(Path folder, Writer writer) {
    try {
      boolean isNew = !Files.exists(folder);
      Files.createDirectories(folder);
      Path beside = Files.createTempDirectory(folder, ".part");
      boolean done = false;
      try {
        writer.writeTo(beside);
        moveAll(beside, folder);
        done = true;
      } finally {
        delete(beside);
        if (isNew && !done) {
          Files.deleteIfExists(folder);
        }
      }
    } catch (IOException e) {
      throw cannotWrite(folder, e);
    }
  }

  private static void moveAll(Path from, Path to) throws IOException {
    for (Path path : list(from)) {
      Path place = to.resolve(from.relativize(path).toString());
      if (Files.isDirectory(path)) {
        Files.createDirectories(place);
      } else {
        replace(path, place);
      }
    }
  }

  private static void replace(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void delete(Path folder) throws IOException {
    for (Path path : list(folder).reversed()) {
      Files.delete(path);
    }
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths.toList();
    }
  }

  private static InputException cannotWrite(Path place, IOException e) {
    return new InputException(
        place + ": cannot be written (" + e + "); name another place, or make room there", e);
  }
}
