package kintsugi;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/**
 * The writing of a file next to its place, and its move there when it is whole: a half-written file
 * is never seen, and work that fails leaves what was there before. {@link OutputFolder} does the
 * same for many files.
 */
public final class AtomicOutput {
  private AtomicOutput() {}

  /** The content of a file. */
  public interface Writer {
    /**
     * Writes to the given file.
     *
     * @param file the file
     * @throws IOException if it cannot be written
     */
    void writeTo(Path file) throws IOException;
  }

  /**
   * Creates or replaces a file, and its folder where there is none.
   *
   * @param file the file
   * @param writer its content
   * @throws InputException if it cannot be written
   */
  public static void file(Path file, Writer writer) {
    try {
      Path folder = file.toAbsolutePath().getParent();
      Files.createDirectories(folder);
      // Not createTempFile, whose files nobody else may read.
      String name = "." + file.getFileName() + "." + UUID.randomUUID() + ".part";
      Path part = Files.createFile(folder.resolve(name));
      try {
        writer.writeTo(part);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
  }

  static InputException cannotWrite(Path place, IOException e) {
    return new InputException(
        place + ": cannot be written (" + e + "); name another place, or make room there", e);
  }
}
