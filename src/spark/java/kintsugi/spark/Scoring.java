package kintsugi.spark;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;

/**
 * The scoring of images on the workers.
 *
 * @param reading how workers read images
 * @param model its digest, for the rows
 * @param done the keys of the rows that are there already ({@link Table#keys})
 * @param overlays where heat maps go
 */
record Scoring(Reading reading, String model, Broadcast<long[]> done, Overlays overlays)
    implements Serializable {

  /** A row per image that is new and can be read. */
  JavaRDD<Row> rows(JavaRDD<Located> images) {
    return images.mapPartitions(part -> reading.failures().guard(() -> rows(part)));
  }

  private Iterator<Row> rows(Iterator<Located> images) {
    Iterator<Located> wanted = Reading.stream(reading.read(images)).filter(this::isNew).iterator();
    // A task whose images are all done does without the model.
    if (!wanted.hasNext()) {
      return Collections.emptyIterator();
    }
    Worker worker = Worker.of(reading.settings());
    return Reading.stream(worker.predict(wanted, reading.failures())).map(this::row).iterator();
  }

  private boolean isNew(Located image) {
    return Arrays.binarySearch(done.value(), Table.key(image.name(), image.sha256())) < 0;
  }

  private Row row(Worker.Predicted each) {
    String name = each.image().name();
    String overlay = overlays.write(name, each.prediction(), reading.configuration().value());
    return PredictionRow.of(name, each.image().sha256(), model, each.prediction(), overlay);
  }
}
