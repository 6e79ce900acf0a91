package kintsugi.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import kintsugi.InputException;
import kintsugi.Sha256;
import kintsugi.image.ImageSource;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.security.AccessControlException;

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
   * @throws InputException naming it if it is not there or may not be read
   * @throws UncheckedIOException naming it after a failure that may pass, such as of the network:
   *     Spark tries the task again
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
    } catch (AccessDeniedException
        | AccessControlException
        | UnsupportedFileSystemException
        | RuntimeException e) {
      throw new InputException(unreadable(file, e), e);
    } catch (IOException e) {
      throw new UncheckedIOException(unreadable(file, e), e);
    }
  }

  private static String unreadable(String file, Exception e) {
    return file + ": cannot be read (" + InputException.quoted(e.getMessage()) + ")";
  }

  /** A place on the command line, so that it means the same on every machine. */
  static String absolute(String place) {
    return place.matches("\\w[\\w+.-]+:/.*")
        ? place
        : java.nio.file.Path.of(place).toAbsolutePath().normalize().toString();
  }

  /**
   * The address of a place on the command line, for all that reads and writes there: Spark and
   * Hadoop would take a bare path for one of their default file system.
   */
  static String address(String place) {
    return path(absolute(place)).toString();
  }

  /** A local path may have characters that an address has not, such as a colon. */
  static Path path(String name) {
    return name.startsWith("/") ? new Path("file", null, name) : new Path(name);
  }
}
