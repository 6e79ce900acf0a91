package kintsugi.learn;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** The time that learning may take, and the request to end at once. */
final class Budget {
  private final long start = System.nanoTime();
  private final double seconds;
  private final BooleanSupplier interrupted;

  Budget(Duration time, BooleanSupplier interrupted) {
    this.seconds = time.toNanos() / 1e9;
    this.interrupted = interrupted;
  }

  /** Work was given up on request. */
  static final class Interrupted extends RuntimeException {
    private static final long serialVersionUID = 1;

    Interrupted() {
      super("interrupted", null, false, false);
    }
  }

  double elapsed() {
    return (System.nanoTime() - start) / 1e9;
  }

  /** Whether work of some seconds ends in time. */
  boolean allows(double needed) {
    return !isInterrupted() && remaining(needed) >= 0;
  }

  /** The seconds that are left after work of some seconds; below 0 where it ends too late. */
  double remaining(double needed) {
    return seconds - elapsed() - needed;
  }

  boolean isInterrupted() {
    return interrupted.getAsBoolean();
  }

  /**
   * Ends the work at hand where that was asked for.
   *
   * @throws Interrupted then
   */
  void check() {
    if (isInterrupted()) {
      throw new Interrupted();
    }
  }
}
