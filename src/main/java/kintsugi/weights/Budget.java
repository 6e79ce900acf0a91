package kintsugi.weights;

/**
 * The memory that one checkpoint may take, over all of its parts: eight times its size and 1 MiB.
 * Inflated entries, values and 256 bytes per tensor or node count, also where several tensors show
 * the same bytes, since their user reads each one. A usual checkpoint takes twice its size.
 */
final class Budget {
  private static final int MULTIPLE = 8;
  private static final long SLACK = 1 << 20;
  private static final int OVERHEAD = 256;

  private final long limit;
  private long taken;

  /** The budget of a file, or of the files of a folder, of this size in bytes. */
  Budget(long size) {
    limit = size > (Long.MAX_VALUE - SLACK) / MULTIPLE ? Long.MAX_VALUE : size * MULTIPLE + SLACK;
  }

  /**
   * Takes the memory of one part.
   *
   * @param part its name for the message, such as {@code its tensor conv1.weight}
   * @throws IllegalArgumentException if the parts so far would take more than the file justifies
   */
  void take(String part, long bytes) {
    if (bytes < 0 || bytes > limit - taken - OVERHEAD) {
      throw new IllegalArgumentException(
          part + " claims " + bytes + " bytes, more in all than the file's size justifies");
    }
    taken += bytes + OVERHEAD;
  }
}
