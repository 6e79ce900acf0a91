package kintsugi.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The file through which bytes reach a reader of files; in memory where the system has that. */
final class Scratch {
  private static final Path FOLDER = folder();

  private Scratch() {}

  private static Path folder() {
    Path memory = Path.of("/dev/shm");
    try {
      Path folder =
          Files.isWritable(memory)
              ? Files.createTempDirectory(memory, "kintsugi-fuzz")
              : Files.createTempDirectory("kintsugi-fuzz");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
      return folder;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) {
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (IOException e) {
      // What is left of it is in the system's folder of temporary files.
    }
  }

  /**
   * {@return a new file with this content}
   *
   * <p>Never the file of the call before: that one may still be mapped, and a mapped file that
   * becomes shorter ends the process.
   */
  static Path file(String name, byte[] data) throws IOException {
    Path file = FOLDER.resolve(name);
    Files.deleteIfExists(file);
    return Files.write(file, data);
  }

  /** {@return a path without a file} */
  static Path free(String name) throws IOException {
    Path file = FOLDER.resolve(name);
    Files.deleteIfExists(file);
    return file;
  }
}
