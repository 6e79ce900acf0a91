package kintsugi.spark;

import java.io.Serializable;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import kintsugi.InputException;
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

  /** The elements of an iterator, each asked for when the one before is done with. */
  static <T> Stream<T> stream(Iterator<T> each) {
    return StreamSupport.stream(((Iterable<T>) () -> each).spliterator(), false);
  }
}
