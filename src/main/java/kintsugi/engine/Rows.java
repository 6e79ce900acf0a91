package kintsugi.engine;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import kintsugi.tensor.Tensor;

/**
 * Many rows of fp32 numbers, in memory or in a file that is mapped; whoever reads cannot tell
 * which.
 */
public final class Rows implements AutoCloseable {
  private final MemorySegment numbers;
  private final int count;
  private final int length;
  private final Arena arena;

  private Rows(MemorySegment numbers, int count, int length, Arena arena) {
    this.numbers = numbers;
    this.count = count;
    this.length = length;
    this.arena = arena;
  }

  /**
   * {@return rows in memory}
   *
   * @param rows {@code [N, D]}; not copied
   * @throws IllegalArgumentException if this is no matrix
   */
  public static Rows of(Tensor rows) {
    RowBank.requireRows(rows, rows.dim(-1));
    return new Rows(MemorySegment.ofArray(rows.data()), rows.dim(0), rows.dim(1), null);
  }

  /**
   * Room for rows in memory, all zeros.
   *
   * @param count how many rows
   * @param length numbers of a row
   * @return the rows
   */
  public static Rows inMemory(int count, int length) {
    return of(Tensor.zeros(count, length));
  }

  /**
   * Room for rows in a file that is gone when the rows are closed or the process ends.
   *
   * @param folder where the file is made
   * @param count how many rows
   * @param length numbers of a row
   * @return the rows, all zeros
   * @throws IOException if there is no room for it
   */
  public static Rows inFile(Path folder, int count, int length) throws IOException {
    long bytes = (long) count * length * Float.BYTES;
    long room = Files.getFileStore(folder).getUsableSpace();
    if (bytes > room) {
      // A mapping would succeed all the same, and the process die of it when it writes.
      throw new IOException("only " + room + " bytes are free");
    }
    Path file = Files.createTempFile(folder, "kintsugi-rows", ".tmp");
    Arena arena = Arena.ofShared();
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE)) {
      MemorySegment mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena);
      return new Rows(mapped, count, length, arena);
    } catch (IOException | RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /**
   * {@return the first rows of these; shares the numbers}
   *
   * @param number how many
   */
  public Rows first(int number) {
    return new Rows(
        numbers.asSlice(0, (long) number * length * Float.BYTES), number, length, arena);
  }

  /** {@return how many rows there are} */
  public int count() {
    return count;
  }

  /** {@return numbers of a row} */
  public int length() {
    return length;
  }

  /**
   * Copies rows out.
   *
   * @param row the first row
   * @param rows how many
   * @param to the array
   * @param at where in the array
   */
  public void read(int row, int rows, float[] to, int at) {
    long from = (long) row * length * Float.BYTES;
    MemorySegment.copy(numbers, ValueLayout.JAVA_FLOAT, from, to, at, rows * length);
  }

  /**
   * Copies rows in.
   *
   * @param row the first row
   * @param rows how many
   * @param from the array
   * @param at where in the array
   */
  public void write(int row, int rows, float[] from, int at) {
    long to = (long) row * length * Float.BYTES;
    MemorySegment.copy(from, at, numbers, ValueLayout.JAVA_FLOAT, to, rows * length);
  }

  /**
   * {@return some of the rows, copied}
   *
   * @param indices which rows
   */
  public Tensor gather(int[] indices) {
    Tensor some = Tensor.zeros(indices.length, length);
    for (int i = 0; i < indices.length; i++) {
      read(indices[i], 1, some.data(), i * length);
    }
    return some;
  }

  /** Gives a file back; harmless where there is none, or a second time. */
  @Override
  public void close() {
    if (arena != null && arena.scope().isAlive()) {
      arena.close();
    }
  }
}
