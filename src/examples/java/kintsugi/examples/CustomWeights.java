package kintsugi.examples;

import java.nio.file.Path;
import java.util.Map;
import kintsugi.Kintsugi;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Choices;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Recipe;
import kintsugi.weights.Weights;

/** A model on weights of one's own, with other feature layers than the recipe's. */
public final class CustomWeights {
  private CustomWeights() {}

  /**
   * Runs the example.
   *
   * @param arguments a checkpoint of a residual network, a folder of good images, an image
   */
  public static void main(String... arguments) {
    Weights weights = Weights.read(Path.of(arguments[0]));
    System.out.println(ResNet.name(weights) + " " + weights.fingerprint());
    try (Kintsugi kintsugi = Kintsugi.builder().weights(weights).open()) {
      Recipe recipe =
          Choices.with(Methods.recipe("patchcore"), Map.of("taps", "layer2", "resize", "128x128"));
      Model model = kintsugi.fit(recipe, 1, kintsugi.images(Path.of(arguments[1])));
      System.out.println(recipe.name() + " " + model.detector().summary().lines());
      System.out.println(kintsugi.predict(model, Path.of(arguments[2])).score());
    }
  }
}
