package kintsugi.spark;

import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import kintsugi.detector.Calibration;
import kintsugi.detector.Model;
import kintsugi.image.ImageSource;

/**
 * The calibration's knowledge of an image, on its way to the driver: some two hundred bytes.
 *
 * @param seen its scores and statistics
 * @param learnt whether the model was fitted to it
 */
record SeenImage(Calibration.Seen seen, boolean learnt) implements Serializable {

  /** The name of the image. */
  String name() {
    return seen.image().name();
  }

  /** The images of a task, scored. */
  static Iterator<SeenImage> of(Reading reading, Iterator<Located> images) {
    Worker worker = Worker.of(reading.settings());
    Model model = worker.model();
    return Reading.stream(worker.score(reading.read(images), reading.failures()))
        .map(
            scored ->
                new SeenImage(
                    Calibration.Seen.of(scored, model.recipe()),
                    model.training().contains(scored.image())))
        .iterator();
  }

  static List<Calibration.Seen> seen(List<SeenImage> images) {
    return images.stream().map(SeenImage::seen).toList();
  }

  /** Those that the model was fitted to, by their names alone. */
  static List<ImageSource> learnt(List<SeenImage> normals, List<SeenImage> anomalies) {
    return Stream.concat(normals.stream(), anomalies.stream())
        .filter(SeenImage::learnt)
        .map(image -> ImageSource.of(image.name(), new byte[0]))
        .toList();
  }
}
