package kintsugi.serve;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * The images that wait or are being scored: a bounded number. They wait as the bytes that came, and
 * are decoded when there is memory for that; then they share the batches of the library.
 */
final class Waiting {
  /** The bytes per pixel of an image while it is decoded, resized and scored. */
  private static final int BYTES_PER_PIXEL = 12;

  /** What an image takes in any case: the network's input, its features and its map. */
  private static final long BYTES = 8 << 20;

  private static final int PARTS = 1000;
  private static final double NANOS = 1e9;

  /** The weight of the newest image in the mean time per image. */
  private static final double NEWEST = 0.1;

  private final int places;
  private final AtomicInteger taken = new AtomicInteger();
  private final Semaphore memory = new Semaphore(PARTS, true);
  private final long bytes;
  private final AtomicLong nanosPerImage = new AtomicLong();

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

  /** Runs work on an image when there is memory for it; the images take turns in their order. */
  <T> T decoded(int width, int height, Supplier<T> work) {
    double needed = BYTES + (double) BYTES_PER_PIXEL * width * height;
    int parts = (int) Math.clamp(Math.ceil(needed / bytes * PARTS), 1, PARTS);
    memory.acquireUninterruptibly(parts);
    try {
      return work.get();
    } finally {
      memory.release(parts);
    }
  }

  /** Takes in how long an image took from its arrival to its answer, while others did too. */
  void took(long nanos) {
    double each = (double) nanos / Math.max(1, taken.get());
    nanosPerImage.updateAndGet(old -> (long) (old == 0 ? each : old + NEWEST * (each - old)));
  }
}
