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

/** A matrix of fp32 rows, in memory or in a mapped file; reading is the same for both. */
public final class RowMatrix implements AutoCloseable {
  private final MemorySegment values;
  private final int count;
  private final int length;
  private final Arena arena;

  private RowMatrix(MemorySegment values, int count, int length, Arena arena) {
    this.values = values;
    this.count = count;
    this.length = length;
    this.arena = arena;
  }

  /**
   * {@return rows in memory}
   *
   * @param rows {@code [N, D]}; not copied
   * @throws IllegalArgumentException if the tensor is not a matrix
   */
  public static RowMatrix of(Tensor rows) {
    NeighborIndex.requireRows(rows, rows.dim(-1));
    return new RowMatrix(MemorySegment.ofArray(rows.data()), rows.dim(0), rows.dim(1), null);
  }

  /**
   * Allocates rows in memory.
   *
   * @param count how many rows
   * @param length elements per row
   * @return the rows, all zeros
   */
  public static RowMatrix inMemory(int count, int length) {
    return of(Tensor.zeros(count, length));
  }

  /**
   * Allocates rows in a temporary file, which is deleted when the rows are closed or the process
   * ends.
   *
   * @param folder where the file is created
   * @param count how many rows
   * @param length elements per row
   * @return the rows, all zeros
   * @throws IOException if the file cannot be created or there is too little space for it
   */
  public static RowMatrix inFile(Path folder, int count, int length) throws IOException {
    long bytes = (long) count * length * Float.BYTES;
    // Not by the file store, which Java does not find in a changed root (chroot).
    long free = folder.toRealPath().toFile().getUsableSpace();
    if (bytes > free) {
      // A mapping would succeed all the same, and the process would die when it writes.
      throw new IOException("only " + free + " bytes are free");
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
      return new RowMatrix(mapped, count, length, arena);
    } catch (IOException | RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /**
   * {@return the first rows of this matrix; shares its memory}
   *
   * @param rows how many
   */
  public RowMatrix first(int rows) {
    return new RowMatrix(
        values.asSlice(0, (long) rows * length * Float.BYTES), rows, length, arena);
  }

  /** {@return how many rows there are} */
  public int count() {
    return count;
  }

  /** {@return elements per row} */
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
    MemorySegment.copy(values, ValueLayout.JAVA_FLOAT, from, to, at, rows * length);
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
    MemorySegment.copy(from, at, values, ValueLayout.JAVA_FLOAT, to, rows * length);
  }

  /**
   * {@return a copy of some rows}
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

  /** Releases a file; does nothing for rows in memory or when called again. */
  @Override
  public void close() {
    if (arena != null && arena.scope().isAlive()) {
      arena.close();
    }
  }
}
