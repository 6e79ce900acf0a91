package kintsugi.spark;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkFiles;

/**
 * A file that Spark brings to the workers: each takes it from the driver once. Unlike a broadcast
 * variable, it is never in the driver's heap.
 *
 * @param name of the copy
 * @param file as it was named on the driver, for messages
 */
record Brought(String name, String file) implements Serializable {

  /**
   * Brings a file. The copy has a name of its own, since Spark refuses a second file of one name.
   *
   * @throws InputException if it cannot be read
   */
  static Brought of(SparkContext context, Path file) {
    try {
      Path folder = Files.createTempDirectory("kintsugi-spark");
      Path copy = folder.resolve(UUID.randomUUID() + "-" + file.getFileName());
      folder.toFile().deleteOnExit();
      copy.toFile().deleteOnExit();
      Files.copy(file, copy);
      context.addFile(copy.toUri().toString());
      return new Brought(copy.getFileName().toString(), file.toString());
    } catch (IOException e) {
      throw new InputException(
          file + ": cannot be brought to the workers (" + AtomicOutput.reason(e) + ")", e);
    }
  }

  /** The copy in this process. */
  Path local() {
    return Path.of(SparkFiles.get(name));
  }
}
