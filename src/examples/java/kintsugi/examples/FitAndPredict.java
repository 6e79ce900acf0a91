package kintsugi.examples;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import kintsugi.Kintsugi;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;

/** PaDiM fitted to a folder of good images, and the heat map of a new one. */
public final class FitAndPredict {
  private FitAndPredict() {}

  /**
   * Runs the example.
   *
   * @param arguments the folder of good images, the new image, the PNG file to write
   * @throws IOException if the PNG cannot be written
   */
  public static void main(String... arguments) throws IOException {
    try (Kintsugi kintsugi = Kintsugi.open()) {
      Model model = kintsugi.fit("padim", Path.of(arguments[0]));
      Prediction prediction = kintsugi.predict(model, Path.of(arguments[1]));
      ImageIO.write(prediction.heatMap(), "png", new File(arguments[2]));
      System.out.println(prediction.score() + " " + prediction.verdict());
    }
  }
}
