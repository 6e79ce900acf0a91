package kintsugi.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/**
 * A fixed number of threads for loops whose rounds do not touch each other. Which thread does a
 * round is chance; what a round computes is not, so results do not depend on the number of threads.
 *
 * <p>A picture's way through a network is some twenty short loops. To wake a sleeping thread for
 * each would cost as much as a small layer, so a helper looks for the next loop for a moment before
 * it goes to sleep.
 */
public final class Parallel implements AutoCloseable {
  /** How often a helper looks for work before it sleeps: some tenths of a millisecond. */
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
   * @throws IllegalArgumentException if there is to be less than one thread
   */
  public Parallel(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException(threads + " threads can do nothing");
    }
    this.threads = threads;
    for (int i = 1; i < threads; i++) {
      helpers.add(Thread.ofPlatform().daemon().name("kintsugi-" + i).start(this::help));
    }
  }

  /** {@return how many rounds run at once; the caller's thread is one of them} */
  public int threads() {
    return threads;
  }

  /**
   * Runs {@code round} for 0 to {@code count - 1} and returns when all are done. A loop within a
   * round, or one that comes while another runs, runs on its caller's thread alone. If rounds fail
   * no new ones start, and the exception of the first of them in order is thrown.
   *
   * @param count how many rounds
   * @param round is given its number
   */
  public void forEach(int count, IntConsumer round) {
    if (threads == 1 || count <= 1 || !taken.compareAndSet(false, true)) {
      for (int i = 0; i < count; i++) {
        round.accept(i);
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
    int looked = 0;
    while (!closed) {
      Loop loop = current;
      if (loop != null && loop != last) {
        loop.run();
        last = loop;
        looked = 0;
      } else if (looked < SPINS) {
        looked++;
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
    private final IntConsumer round;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger pending;
    private volatile boolean failed;
    private int failedAt = Integer.MAX_VALUE;
    private Throwable failure;

    Loop(int count, IntConsumer round) {
      this.count = count;
      this.round = round;
      this.pending = new AtomicInteger(count);
    }

    void run() {
      for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
        if (!failed) {
          runRound(i);
        }
        pending.decrementAndGet();
      }
    }

    private void runRound(int i) {
      try {
        round.accept(i);
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

    /** Waits for the rounds that helpers have begun. */
    void await() {
      for (int looked = 0; pending.get() > 0; looked++) {
        if (looked < SPINS) {
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
