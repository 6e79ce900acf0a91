package kintsugi.examples;

import java.nio.file.Path;
import java.util.stream.Stream;
import kintsugi.Kintsugi;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;

/** The predictions for a folder of any size, in bounded memory; prints the anomalous images. */
public final class BatchOverFolder {
  private BatchOverFolder() {}

  /**
   * Runs the example.
   *
   * @param arguments a calibrated model, a folder of images
   */
  public static void main(String... arguments) {
    try (Kintsugi kintsugi = Kintsugi.builder().skipUnreadable().open()) {
      Model model = kintsugi.load(Path.of(arguments[0]));
      try (Stream<Prediction> predictions =
          kintsugi.predict(model, kintsugi.images(Path.of(arguments[1])).stream())) {
        predictions
            .filter(Prediction::isAnomalous)
            .forEach(p -> System.out.println(p.score() + " " + p.source().name()));
      }
      kintsugi.skipped().forEach(image -> System.out.println("left out " + image.name()));
    }
  }
}
