package kintsugi.serve;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * The images that wait or are being scored: a bounded number. They wait as the bytes that came, and
 * are decoded when there is memory for that; then they share the batches of the library. All heavy
 * work has threads of its own, so that what is small is answered meanwhile.
 */
final class Waiting {
  /** The bytes per pixel of an image while it is decoded, resized, scored and drawn. */
  private static final int BYTES_PER_PIXEL = 19;

  /** What an image takes in any case: the network's input, its features and its map. */
  private static final long BYTES = 8 << 20;

  /** The library's batch that is scored, and the one that is decoded meanwhile. */
  private static final int THREADS = 32;

  private static final int IDLE_SECONDS = 10;
  private static final int PARTS = 1000;
  private static final double NANOS = 1e9;

  /** The weight of the newest image in the mean time per image. */
  private static final double NEWEST = 0.1;

  private final int places;
  private final AtomicInteger taken = new AtomicInteger();
  private final Semaphore memory = new Semaphore(PARTS, true);
  private final long bytes;
  private final AtomicLong nanosPerImage = new AtomicLong();
  private final ExecutorService threads = threads();

  /**
   * An empty queue.
   *
   * @param places images that may wait or be scored at once
   * @param bytes that decoded images may take together
   */
  Waiting(int places, long bytes) {
    this.places = places;
    this.bytes = bytes;
  }

  /** Threads of the system: virtual ones would keep the few that carry all requests. */
  private static ExecutorService threads() {
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("kintsugi-line-", 0).factory());
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  /** {@return how many images wait or are being scored} */
  int taken() {
    return taken.get();
  }

  int places() {
    return places;
  }

  /**
   * Throws at once if there is no place, before a body is read.
   *
   * @throws Refusal with the seconds after which there may be one
   */
  void requirePlace() {
    if (taken.get() >= places) {
      throw full();
    }
  }

  /**
   * Works on some images while they have their places.
   *
   * @throws Refusal if there are not enough
   */
  <T> T entered(int images, Supplier<T> work) {
    if (images > places) {
      throw new Refusal(
          Refusal.TOO_LARGE,
          images
              + " images are more than the "
              + places
              + " that may wait here; send fewer at once, or raise the limit (queue)");
    }
    int before = taken.getAndUpdate(t -> t + images <= places ? t + images : t);
    if (before + images > places) {
      throw full();
    }
    try {
      return work.get();
    } finally {
      taken.addAndGet(-images);
    }
  }

  private Refusal full() {
    long wait = Math.ceilDiv(taken.get() * nanosPerImage.get(), (long) NANOS);
    return Refusal.later(
        Refusal.TOO_MANY, places + " images wait already; send it again later", wait);
  }

  /**
   * Runs heavy work on an image when there is memory for it, which it has until the work is done.
   */
  <T> T decoded(int width, int height, Supplier<T> work) {
    return holding(width, height, () -> working(work));
  }

  /** Has memory for an image; the images take turns in their order. */
  <T> T holding(int width, int height, Supplier<T> work) {
    double needed = BYTES + (double) BYTES_PER_PIXEL * width * height;
    int parts = (int) Math.clamp(Math.ceil(needed / bytes * PARTS), 1, PARTS);
    memory.acquireUninterruptibly(parts);
    try {
      return work.get();
    } finally {
      memory.release(parts);
    }
  }

  /**
   * Runs heavy work on a thread for it and waits; the work itself must not wait for memory, a lock
   * of requests, or more such work.
   */
  <T> T working(Supplier<T> work) {
    try {
      return CompletableFuture.supplyAsync(work, threads).join();
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        default -> throw e;
      }
    }
  }

  /** Takes in how long an image took from its arrival to its answer, while others did too. */
  void took(long nanos) {
    double each = (double) nanos / Math.max(1, taken.get());
    nanosPerImage.updateAndGet(old -> (long) (old == 0 ? each : old + NEWEST * (each - old)));
  }
}
