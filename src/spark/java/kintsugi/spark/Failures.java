package kintsugi.spark;

import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import kintsugi.InputException;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.util.CollectionAccumulator;

/**
 * What is wrong with the input of a job, as the tasks find it: lines that travel to the driver as
 * values. A task that threw would be tried three more times, each with a trace in the log, and fail
 * in the same way.
 */
final class Failures implements Serializable {
  private static final long serialVersionUID = 1;

  /** The line of those that failed in this process, so that its other tasks end too. */
  private static final Map<String, String> FAILED = new ConcurrentHashMap<>();

  private final String id = UUID.randomUUID().toString();
  private final CollectionAccumulator<String> lines;
  private final CollectionAccumulator<String> skipped;

  /**
   * For the jobs of a context. At the first failure those on other machines are cancelled; tasks of
   * this process end by themselves, since a cancelled one leaves a trace in the log.
   */
  Failures(SparkContext context) {
    lines = new CollectionAccumulator<>();
    skipped = new CollectionAccumulator<>();
    context.register(lines);
    context.register(skipped);
    context.addSparkListener(
        new SparkListener() {
          @Override
          public void onTaskEnd(SparkListenerTaskEnd end) {
            if (!context.isLocal() && !lines.value().isEmpty()) {
              context.cancelAllJobs();
            }
          }
        });
  }

  /** Notes an image that a task left out. */
  void skip(String name) {
    skipped.add(name + " (partition " + TaskContext.getPartitionId() + ")");
  }

  /** The images that tasks left out, in the order of their names. */
  List<String> skipped() {
    return skipped.value().stream().distinct().sorted().toList();
  }

  /**
   * The results of a task, which end at the first failure. Each task that ends early passes its
   * line on: what a task adds is lost where Spark ends that task or its machine before it is done.
   */
  <T> Iterator<T> guard(Supplier<Iterator<T>> work) {
    return new Iterator<>() {
      private Iterator<T> results;
      private boolean ended;

      @Override
      public boolean hasNext() {
        if (ended || FAILED.containsKey(id)) {
          return end();
        }
        try {
          results = results == null ? work.get() : results;
          return results.hasNext();
        } catch (InputException e) {
          if (TaskContext.get().isInterrupted()) {
            // Of a task that Spark has ended; the input may be right.
            throw e;
          }
          String line = e.getMessage() + " (partition " + TaskContext.getPartitionId() + ")";
          FAILED.putIfAbsent(id, line);
          return end();
        }
      }

      private boolean end() {
        if (!ended) {
          ended = true;
          lines.add(FAILED.get(id));
        }
        return false;
      }

      @Override
      public T next() {
        // Another task may have failed since hasNext.
        if (results == null && !hasNext()) {
          throw new NoSuchElementException();
        }
        return results.next();
      }
    };
  }

  /**
   * The result of a job.
   *
   * @throws InputException the failure whose text comes first, if there is one
   */
  <T> T result(Supplier<T> job) {
    try {
      T result = job.get();
      check(null);
      return result;
    } catch (InputException e) {
      throw e;
    } catch (Exception e) {
      // Also those that Scala throws without declaring them.
      check(e);
      throw e;
    }
  }

  /** Runs a job that has no result, as {@link #result} does. */
  void run(Runnable job) {
    result(
        () -> {
          job.run();
          return null;
        });
  }

  private void check(Exception cause) {
    List<String> found = lines.value().stream().distinct().sorted().toList();
    if (!found.isEmpty()) {
      throw new InputException(found.getFirst(), cause);
    }
  }
}
