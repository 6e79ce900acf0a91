package kintsugi.examples;

import java.nio.file.Path;
import kintsugi.Kintsugi;
import kintsugi.detector.Fit;
import kintsugi.detector.Methods;
import kintsugi.detector.Recipe;

/** Two folders fitted separately, as on two machines, and one model of both. */
public final class MergeTwoFits {
  private MergeTwoFits() {}

  /**
   * Runs the example.
   *
   * @param arguments two folders of good images, the model file to write
   */
  public static void main(String... arguments) {
    try (Kintsugi kintsugi = Kintsugi.open()) {
      Recipe recipe = Methods.recipe("padim/paper");
      Fit first = kintsugi.begin(recipe, 1);
      first.add(kintsugi.images(Path.of(arguments[0])));
      Fit second = kintsugi.begin(recipe, 1);
      second.add(kintsugi.images(Path.of(arguments[1])));
      first.merge(second);
      System.out.println(first.count() + " images");
      kintsugi.save(first.finish(), Path.of(arguments[2]));
    }
  }
}
