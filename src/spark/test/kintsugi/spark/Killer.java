package kintsugi.spark;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/** A listener that kills one executor's process, once, after some tasks are done. */
public final class Killer extends SparkListener {
  private static final AtomicInteger REMAINING = new AtomicInteger(Integer.MAX_VALUE);
  private static volatile Supplier<ProcessHandle> victim;
  private static volatile ProcessHandle killed;

  /** For Spark, which makes it by name. */
  public Killer() {}

  /** Kills the next application's executor after so many of its tasks. */
  static void after(int tasks, Supplier<ProcessHandle> executor) {
    killed = null;
    victim = executor;
    REMAINING.set(tasks);
  }

  /** The process that was killed; null for none. */
  static ProcessHandle killed() {
    return killed;
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    if (REMAINING.decrementAndGet() == 0) {
      killed = victim.get();
      killed.destroyForcibly();
    }
  }
}
