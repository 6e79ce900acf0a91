package kintsugi.spark;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * A file that Spark brings to the workers, in pieces: the workers pass them on among themselves,
 * and the driver keeps on disk those for which its heap has no room. A file added to the context
 * ({@code addFile}) would come from the driver alone, and not to all queries: Spark ties it to the
 * session that added it, of which a stream has another.
 *
 * @param file as it was named on the driver, for messages
 * @param pieces its bytes
 */
record Brought(String file, List<Broadcast<byte[]>> pieces) implements Serializable {
  private static final int PIECE = 8 << 20;

  /**
   * Brings a file.
   *
   * @throws InputException if it cannot be read
   */
  static Brought of(SparkContext context, Path file) {
    JavaSparkContext java = JavaSparkContext.fromSparkContext(context);
    List<Broadcast<byte[]>> pieces = new ArrayList<>();
    try (InputStream in = Files.newInputStream(file)) {
      for (byte[] piece = in.readNBytes(PIECE); piece.length > 0; piece = in.readNBytes(PIECE)) {
        pieces.add(java.broadcast(piece));
      }
    } catch (IOException e) {
      throw new InputException(
          file + ": cannot be brought to the workers (" + AtomicOutput.reason(e) + ")", e);
    }
    return new Brought(file.toString(), pieces);
  }

  /** Where a mapped file cannot be removed, it is when the process ends. */
  private static void remove(Path copy) {
    try {
      if (copy != null) {
        Files.deleteIfExists(copy);
      }
    } catch (IOException e) {
      System.getLogger("kintsugi").log(System.Logger.Level.DEBUG, e.getMessage());
    }
  }

  /**
   * What is read from a copy of the file, which is removed afterwards.
   *
   * @param reader of the copy; its failures name the file as the driver does
   * @throws InputException if the copy cannot be written, or read
   */
  <T> T read(Function<Path, T> reader) {
    String ending = file.replaceFirst(".*?((\\.\\w+)?)$", "$1");
    Path copy = null;
    try {
      copy = Files.createTempFile("kintsugi-", ending);
      copy.toFile().deleteOnExit();
      try (OutputStream out = Files.newOutputStream(copy)) {
        for (Broadcast<byte[]> piece : pieces) {
          out.write(piece.value());
        }
      }
      return reader.apply(copy);
    } catch (InputException e) {
      throw new InputException(e.getMessage().replace("" + copy, file), e);
    } catch (IOException e) {
      throw new InputException(
          file + ": cannot be copied to this worker (" + AtomicOutput.reason(e) + ")", e);
    } finally {
      remove(copy);
    }
  }
}
