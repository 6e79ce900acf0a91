package kintsugi.serve;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.concurrent.Semaphore;

/**
 * The bodies of requests in memory: each of them limited, and all of them together. What a body
 * takes is counted as it arrives, so that one that is announced and never sent takes no room.
 */
final class Bodies {
  private static final int UNIT = 1024;
  private static final int FIRST = 64 * UNIT;

  private final long limit;
  private final Semaphore free;

  /**
   * A limit.
   *
   * @param limit bytes of one body
   * @param all bytes of all bodies together
   */
  Bodies(long limit, long all) {
    this.limit = limit;
    this.free = new Semaphore(Math.clamp(all / UNIT, 1, Integer.MAX_VALUE));
  }

  /** {@return the bytes that one body may have} */
  long limit() {
    return limit;
  }

  /** A body, which takes its room until it is closed. */
  final class Body implements AutoCloseable {
    private byte[] bytes = {};
    private int held;

    /**
     * Reads a body to its end.
     *
     * @param in the body
     * @param announced its length; negative if it was not announced
     * @throws Refusal if it is above the limit, or there is no room for it
     */
    byte[] read(InputStream in, long announced) throws IOException {
      if (announced > limit) {
        throw tooLarge();
      }
      int length = 0;
      while (true) {
        if (length == bytes.length) {
          int next = in.read();
          if (next < 0) {
            break;
          }
          grow(announced);
          bytes[length++] = (byte) next;
        }
        int count = in.read(bytes, length, bytes.length - length);
        if (count < 0) {
          break;
        }
        length += count;
      }
      bytes = length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
      return bytes;
    }

    private void grow(long announced) {
      if (bytes.length >= limit) {
        throw tooLarge();
      }
      long wanted = Math.max(FIRST, 2L * bytes.length);
      int size = (int) Math.min(announced > 0 ? Math.min(announced, wanted) : wanted, limit);
      int units = Math.ceilDiv(size, UNIT) - held;
      if (!free.tryAcquire(units)) {
        throw Refusal.later(
            Refusal.TOO_MANY, "too many bytes are on their way here; send it again later", 1);
      }
      held += units;
      bytes = Arrays.copyOf(bytes, size);
    }

    private Refusal tooLarge() {
      return new Refusal(
          Refusal.TOO_LARGE,
          "the body has more than "
              + limit
              + " bytes; send a smaller one, or raise the limit"
              + " (max-body-mb)");
    }

    @Override
    public void close() {
      free.release(held);
      held = 0;
    }
  }
}
