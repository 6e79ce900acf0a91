package kintsugi.spark;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/** A listener that kills executors' processes, each after some tasks are done. */
public final class Killer extends SparkListener {
  private static final AtomicInteger ENDED = new AtomicInteger();
  private static final List<ProcessHandle> KILLED = new CopyOnWriteArrayList<>();
  private static volatile List<Integer> when = List.of();
  private static volatile Supplier<List<ProcessHandle>> executors;

  /** For Spark, which makes it by name. */
  public Killer() {}

  /** Kills the first of the next application's executors after each of some numbers of tasks. */
  static void after(List<Integer> tasks, Supplier<List<ProcessHandle>> alive) {
    KILLED.clear();
    ENDED.set(0);
    executors = alive;
    when = tasks;
  }

  /** The processes that were killed. */
  static List<ProcessHandle> killed() {
    return List.copyOf(KILLED);
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    int ended = ENDED.incrementAndGet();
    if (when.size() > KILLED.size() && ended >= when.get(KILLED.size())) {
      // Of an application that has none at the moment, after the next task.
      executors.get().stream()
          .findFirst()
          .ifPresent(
              executor -> {
                KILLED.add(executor);
                executor.destroyForcibly();
              });
    }
  }
}
