package kintsugi.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/**
 * A fixed number of threads for loops whose rounds are independent. Which thread runs a round is
 * left to chance, but not its result, so results do not depend on the number of threads.
 *
 * <p>A network processes an image in some twenty short loops. Waking a sleeping thread for each
 * would cost as much as a small layer, so a helper spins for a moment before it goes to sleep.
 */
public final class Parallel implements AutoCloseable {
  /** The maximum number of threads: far more than processors, and still not a strain to start. */
  public static final int MAXIMUM = 1024;

  /** Spins of an idle helper before it sleeps: some tenths of a millisecond. */
  private static final int SPINS = 10_000;

  private final int threads;
  private final List<Thread> helpers = new ArrayList<>();
  private final AtomicBoolean taken = new AtomicBoolean();
  private volatile Loop current;
  private volatile boolean closed;

  /**
   * Starts the helpers.
   *
   * @param threads how many
   * @throws IllegalArgumentException if this is less than one or more than {@value #MAXIMUM}
   */
  public Parallel(int threads) {
    if (threads < 1 || threads > MAXIMUM) {
      throw new IllegalArgumentException(
          "threads: at least one, at most " + MAXIMUM + ", not " + threads);
    }
    this.threads = threads;
    for (int i = 1; i < threads; i++) {
      helpers.add(Thread.ofPlatform().daemon().name("kintsugi-" + i).start(this::help));
    }
  }

  /** {@return the number of threads; the caller's is one of them} */
  public int threads() {
    return threads;
  }

  /** One round of a loop whose rounds need memory of their own. */
  @FunctionalInterface
  public interface Round {
    /**
     * Runs.
     *
     * @param index of the round
     * @param thread the number of the thread that runs it, from 0 to {@link #threads} − 1; no two
     *     threads of one loop have the same. A loop that runs on its caller's thread alone has the
     *     number 0, also while another loop runs: memory chosen by it must belong to one loop
     */
    void run(int index, int thread);
  }

  /**
   * Runs {@code round} for 0 to {@code count - 1} and returns when all are done. A loop within a
   * round, or one that starts while another runs, runs on its caller's thread alone. After a
   * failure no new rounds start, and of all failures that of the lowest index is thrown.
   *
   * @param count how many rounds
   * @param round receives its index
   */
  public void forEach(int count, IntConsumer round) {
    forEach(count, (index, thread) -> round.accept(index));
  }

  /**
   * The same for rounds that need to know which thread runs them.
   *
   * @param count how many rounds
   * @param round receives its index and the number of its thread
   */
  public void forEach(int count, Round round) {
    if (threads == 1 || count <= 1 || !taken.compareAndSet(false, true)) {
      for (int i = 0; i < count; i++) {
        round.run(i, 0);
      }
      return;
    }
    Loop loop = new Loop(count, round);
    try {
      current = loop;
      helpers.forEach(LockSupport::unpark);
      loop.run();
      loop.await();
    } finally {
      current = null;
      taken.set(false);
    }
    loop.rethrow();
  }

  private void help() {
    Loop last = null;
    int spins = 0;
    while (!closed) {
      Loop loop = current;
      if (loop != null && loop != last) {
        loop.run();
        last = loop;
        spins = 0;
      } else if (spins < SPINS) {
        spins++;
        Thread.onSpinWait();
      } else {
        last = null;
        LockSupport.park(this);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    helpers.forEach(LockSupport::unpark);
  }

  private static final class Loop {
    private final int count;
    private final Round round;
    private final AtomicInteger entered = new AtomicInteger();
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger pending;
    private volatile boolean failed;
    private int failedAt = Integer.MAX_VALUE;
    private Throwable failure;

    Loop(int count, Round round) {
      this.count = count;
      this.round = round;
      this.pending = new AtomicInteger(count);
    }

    void run() {
      int thread = entered.getAndIncrement();
      for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
        if (!failed) {
          runRound(i, thread);
        }
        pending.decrementAndGet();
      }
    }

    private void runRound(int i, int thread) {
      try {
        round.run(i, thread);
      } catch (RuntimeException | Error e) {
        fail(i, e);
      }
    }

    private synchronized void fail(int i, Throwable e) {
      failed = true;
      if (i < failedAt) {
        failedAt = i;
        failure = e;
      }
    }

    /** Waits for the rounds that helpers have started. */
    void await() {
      for (int spins = 0; pending.get() > 0; spins++) {
        if (spins < SPINS) {
          Thread.onSpinWait();
        } else {
          Thread.yield();
        }
      }
    }

    synchronized void rethrow() {
      if (failure instanceof RuntimeException e) {
        throw e;
      }
      if (failure instanceof Error e) {
        throw e;
      }
    }
  }
}
