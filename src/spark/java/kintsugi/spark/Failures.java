package kintsugi.spark;

import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
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

  private final CollectionAccumulator<String> lines;
  private final CollectionAccumulator<String> skipped;

  /** For the jobs of a context, which are cancelled at the first failure. */
  Failures(SparkContext context) {
    lines = new CollectionAccumulator<>();
    skipped = new CollectionAccumulator<>();
    context.register(lines);
    context.register(skipped);
    context.addSparkListener(
        new SparkListener() {
          @Override
          public void onTaskEnd(SparkListenerTaskEnd end) {
            if (!lines.value().isEmpty()) {
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

  /** The results of a task, which end at the first failure. */
  <T> Iterator<T> guard(Supplier<Iterator<T>> work) {
    return new Iterator<>() {
      private Iterator<T> results;

      @Override
      public boolean hasNext() {
        try {
          results = results == null ? work.get() : results;
          return results.hasNext();
        } catch (InputException e) {
          lines.add(e.getMessage() + " (partition " + TaskContext.getPartitionId() + ")");
          results = List.<T>of().iterator();
          return false;
        }
      }

      @Override
      public T next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        return results.next();
      }
    };
  }

  /**
   * Runs a job.
   *
   * @throws InputException the failure whose text comes first, if there is one
   */
  void run(Runnable job) {
    try {
      job.run();
    } catch (RuntimeException e) {
      check(e);
      throw e;
    }
    check(null);
  }

  private void check(RuntimeException cause) {
    List<String> found = lines.value().stream().distinct().sorted().toList();
    if (!found.isEmpty()) {
      throw new InputException(found.getFirst(), cause);
    }
  }
}
