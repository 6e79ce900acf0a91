package kintsugi.image;

import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * The heap that decoders take at the same time, shared by all threads: half of it is handed out in
 * parts, and an image that needs more than that is decoded alone.
 */
final class DecodingMemory {
  private static final int PARTS = 1000;
  private static final long HEAP = Runtime.getRuntime().maxMemory();
  private static final Semaphore FREE = new Semaphore(PARTS, true);

  /** From this part of the heap on an image is held against what is free before it is decoded. */
  private static final long LARGE = HEAP / 16;

  private DecodingMemory() {}

  /**
   * Decodes when its memory is at hand.
   *
   * @param bytes that the decoding takes, about
   * @throws OutOfMemoryError if the heap does not have them; nothing was allocated then
   */
  static <T> T with(long bytes, Supplier<T> decoding) {
    int parts = (int) Math.clamp(Math.ceil(bytes / (HEAP / 2.0) * PARTS), 1, PARTS);
    FREE.acquireUninterruptibly(parts);
    try {
      requireFree(bytes);
      return decoding.get();
    } finally {
      FREE.release(parts);
    }
  }

  /**
   * Asks for the memory of an image that is larger than its header said.
   *
   * @throws OutOfMemoryError if the heap does not have it
   */
  static void requireFree(long bytes) {
    if (bytes <= LARGE) {
      return;
    }
    if (bytes > free()) {
      // What is used includes garbage, which only a collection tells from the rest.
      System.gc();
    }
    long free = free();
    if (bytes > free) {
      throw new OutOfMemoryError(
          String.format(
              Locale.ROOT,
              "%d MB are needed to decode it and %d MB of the heap are free",
              bytes >> 20,
              Math.max(0, free) >> 20));
    }
  }

  private static long free() {
    Runtime runtime = Runtime.getRuntime();
    return HEAP - (runtime.totalMemory() - runtime.freeMemory());
  }
}
