package kintsugi.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * A fixed number of threads for loops whose rounds do not touch each other. Which thread does a
 * round is chance; what a round computes is not, so results do not depend on the number of threads.
 */
public final class Parallel implements AutoCloseable {
  private static final ThreadLocal<Boolean> BUSY = ThreadLocal.withInitial(() -> false);

  private final int threads;
  private final ExecutorService helpers;

  /**
   * @throws IllegalArgumentException if there is to be less than one thread
   */
  public Parallel(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException(threads + " threads can do nothing");
    }
    this.threads = threads;
    this.helpers =
        Executors.newFixedThreadPool(
            Math.max(1, threads - 1), Thread.ofPlatform().daemon().name("kintsugi-", 1).factory());
  }

  /** How many rounds run at once; the caller's thread is one of them. */
  public int threads() {
    return threads;
  }

  /**
   * Runs {@code round} for 0 to {@code count - 1} and returns when all are done. A loop within a
   * round runs on that round's thread alone. If rounds fail no new ones start, and the exception of
   * the first of them in order is thrown.
   */
  public void forEach(int count, IntConsumer round) {
    int workers = BUSY.get() ? 1 : Math.min(threads, count);
    if (workers <= 1) {
      for (int i = 0; i < count; i++) {
        round.accept(i);
      }
      return;
    }
    Loop loop = new Loop(count, round);
    List<Future<?>> helping = new ArrayList<>();
    for (int i = 1; i < workers; i++) {
      helping.add(helpers.submit(loop));
    }
    loop.run();
    helping.forEach(Parallel::join);
    loop.rethrow();
  }

  private static void join(Future<?> future) {
    try {
      future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while other threads were computing", e);
    } catch (java.util.concurrent.ExecutionException e) {
      throw new IllegalStateException("a loop keeps its exceptions to itself", e);
    }
  }

  @Override
  public void close() {
    helpers.shutdown();
  }

  private static final class Loop implements Runnable {
    private final int count;
    private final IntConsumer round;
    private final AtomicInteger next = new AtomicInteger();
    private int failedAt = Integer.MAX_VALUE;
    private Throwable failure;

    Loop(int count, IntConsumer round) {
      this.count = count;
      this.round = round;
    }

    @Override
    public void run() {
      BUSY.set(true);
      try {
        for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
          runRound(i);
        }
      } finally {
        BUSY.set(false);
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
      next.set(count);
      if (i < failedAt) {
        failedAt = i;
        failure = e;
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
