package kintsugi.examples;

import java.nio.file.Path;
import kintsugi.Kintsugi;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;

/**
 * A method of one's own: the package {@code meanpatch}, and its name in {@code
 * META-INF/services/kintsugi.detector.Method}, are all that a third method needs.
 */
public final class OwnMethod {
  private OwnMethod() {}

  /**
   * Runs the example.
   *
   * @param arguments a folder of good images, an image
   */
  public static void main(String... arguments) {
    try (Kintsugi kintsugi = Kintsugi.open()) {
      Model model = kintsugi.fit("meanpatch", Path.of(arguments[0]));
      System.out.println(model.recipe().name() + " " + model.detector().summary().lines());
      Prediction prediction = kintsugi.predict(model, Path.of(arguments[1]));
      System.out.println(prediction.score() + " " + prediction.verdict());
    }
  }
}
