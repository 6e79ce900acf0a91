package kintsugi.spark;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * A bounded wait. What counts is the time in which this process runs: on a machine that stops it
 * for a while, it waits longer.
 */
final class Patience {
  private static final long STEP = 100;

  private Patience() {}

  /** Whether a condition is met in time. */
  static boolean until(Duration most, BooleanSupplier condition) {
    for (long waited = 0; waited < most.toMillis(); waited += STEP) {
      if (condition.getAsBoolean()) {
        return true;
      }
      try {
        Thread.sleep(STEP);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return condition.getAsBoolean();
  }
}
