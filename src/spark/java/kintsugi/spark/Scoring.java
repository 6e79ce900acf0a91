package kintsugi.spark;

import java.io.Serializable;
import java.util.Iterator;
import java.util.NoSuchElementException;
import kintsugi.InputException;
import kintsugi.Sha256;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Row;
import org.apache.spark.util.SerializableConfiguration;

/**
 * The scoring of images on the workers.
 *
 * @param settings by which a worker opens the library
 * @param failures receives what is wrong with images
 * @param configuration of Hadoop's file systems
 */
record Scoring(Settings settings, Failures failures, SerializableConfiguration configuration)
    implements Serializable {

  /** A row per image that can be read. */
  JavaRDD<Row> rows(JavaRDD<Located> images) {
    return images.mapPartitions(part -> failures.guard(() -> rows(part)));
  }

  private Iterator<Row> rows(Iterator<Located> images) {
    if (!images.hasNext()) {
      return java.util.Collections.emptyIterator();
    }
    Iterator<Worker.Predicted> predicted = Worker.of(settings).predict(read(images), failures);
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return predicted.hasNext();
      }

      @Override
      public Row next() {
        Worker.Predicted each = predicted.next();
        return PredictionRow.of(
            each.image().name(), Sha256.of(each.image().bytes()), each.prediction(), null);
      }
    };
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
}
