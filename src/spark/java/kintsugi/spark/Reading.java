package kintsugi.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import kintsugi.InputException;
import kintsugi.detector.Fit;
import kintsugi.detector.Session;
import kintsugi.image.ImageSource;
import org.apache.spark.SparkContext;
import org.apache.spark.util.SerializableConfiguration;

/**
 * The reading of images on the workers.
 *
 * @param settings by which a worker opens the library
 * @param failures receives what is wrong with images
 * @param configuration of Hadoop's file systems
 */
record Reading(Settings settings, Failures failures, SerializableConfiguration configuration)
    implements Serializable {
  /** Images that are handed to a fit at once. */
  private static final int TOGETHER = 64;

  /** The reading of a context's workers. */
  static Reading of(SparkContext context, Settings settings) {
    return new Reading(
        settings,
        new Failures(context),
        new SerializableConfiguration(context.hadoopConfiguration()));
  }

  /** Images with their bytes, read as they are asked for. */
  Iterator<Located> read(Iterator<Located> images) {
    return new Iterator<>() {
      private Located next;

      @Override
      public boolean hasNext() {
        while (next == null && images.hasNext()) {
          Located image = images.next();
          try {
            next = image.read(configuration.value());
          } catch (InputException e) {
            if (!settings.skipUnreadable()) {
              throw e;
            }
            failures.skip(image.name());
          }
        }
        return next != null;
      }

      @Override
      public Located next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        Located image = next;
        next = null;
        return image;
      }
    };
  }

  /**
   * Hands images to a fit, some at a time, and notes those that it leaves out.
   *
   * @param session of the fit
   */
  void learn(Fit fit, Session session, Iterator<Located> images) {
    Iterator<Located> read = read(images);
    while (read.hasNext()) {
      List<ImageSource> some = new ArrayList<>();
      while (some.size() < TOGETHER && read.hasNext()) {
        some.add(read.next().source());
      }
      int skipped = session.skipped().size();
      fit.add(some);
      // The tasks of a process have one list of those that were left out.
      session.skipped().stream()
          .skip(skipped)
          .filter(some::contains)
          .forEach(image -> failures.skip(image.name()));
    }
  }

  /** The elements of an iterator, each asked for when the one before is done with. */
  static <T> Stream<T> stream(Iterator<T> each) {
    return StreamSupport.stream(((Iterable<T>) () -> each).spliterator(), false);
  }
}
