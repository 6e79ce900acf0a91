package kintsugi.examples;

import java.nio.file.Path;
import kintsugi.Kintsugi;
import kintsugi.detector.Explanation;
import kintsugi.detector.Model;
import kintsugi.image.ImageSource;

/** An explanation: the patches and channels behind an image's score. */
public final class Explain {
  private Explain() {}

  /**
   * Runs the example.
   *
   * @param arguments a calibrated model, an image
   */
  public static void main(String... arguments) {
    try (Kintsugi kintsugi = Kintsugi.open()) {
      Model model = kintsugi.load(Path.of(arguments[0]));
      Explanation explanation =
          kintsugi
              .explain(model, ImageSource.of(Path.of(arguments[1])))
              .explanation()
              .orElseThrow();
      explanation.boxes().forEach(box -> System.out.println("region " + box));
      for (Explanation.Patch patch : explanation.patches()) {
        Explanation.Channel first = patch.channels().getFirst();
        System.out.printf(
            "patch %d,%d at distance %.2f, most of it by channel %d of %s%n",
            patch.row(), patch.column(), patch.distance(), first.channel(), first.tap());
      }
    }
  }
}
