package kintsugi.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import kintsugi.InputException;
import kintsugi.Sha256;
import kintsugi.image.ImageSource;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;

/**
 * An image that a task will read: a file of any file system that Spark reads, or the bytes of a
 * table's row.
 *
 * @param name for messages and results: the path of a local file, the address of another
 * @param bytes of the encoded image; null for a file
 */
record Located(String name, byte[] bytes) implements Serializable {

  /** A file. */
  static Located file(String name) {
    return new Located(name, null);
  }

  /**
   * The same image with its bytes, read on the calling thread.
   *
   * @throws InputException naming the image if it cannot be read
   */
  Located read(Configuration configuration) {
    return bytes != null ? this : new Located(name, contentOf(name, configuration));
  }

  /** The SHA-256 of the bytes, which are known. */
  String sha256() {
    return Sha256.of(bytes);
  }

  /** The image, whose bytes are known. */
  ImageSource source() {
    return ImageSource.of(name, bytes);
  }

  /**
   * The bytes of a file.
   *
   * @throws InputException naming it if it cannot be read
   */
  static byte[] contentOf(String file, Configuration configuration) {
    Path path = path(file);
    try (FSDataInputStream in = path.getFileSystem(configuration).open(path)) {
      return in.readAllBytes();
    } catch (FileNotFoundException e) {
      throw new InputException(
          file
              + ": there is no such file on this worker; check the name, and"
              + " that every worker sees the folder",
          e);
    } catch (IOException | RuntimeException e) {
      throw new InputException(
          file + ": cannot be read (" + InputException.quoted(e.getMessage()) + ")", e);
    }
  }

  /** A local path may have characters that an address has not, such as a colon. */
  static Path path(String name) {
    return name.startsWith("/") ? new Path("file", null, name) : new Path(name);
  }
}
