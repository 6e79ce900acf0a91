package kintsugi.examples;

import java.nio.file.Path;
import kintsugi.Kintsugi;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;
import kintsugi.image.Pixels;

/** The prediction for a frame that exists only in memory, as a camera's driver delivers it. */
public final class ScoreCameraFrame {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 480;

  private ScoreCameraFrame() {}

  /**
   * Runs the example.
   *
   * @param arguments a model file
   */
  public static void main(String... arguments) {
    try (Kintsugi kintsugi = Kintsugi.open()) {
      Model model = kintsugi.load(Path.of(arguments[0]));
      Prediction prediction = kintsugi.predict(model, new Pixels(WIDTH, HEIGHT, frame()));
      System.out.println(prediction.verdict() + " " + prediction.regions());
    }
  }

  /** A grey ramp in place of a camera: red, green and blue of each pixel, row by row. */
  private static byte[] frame() {
    byte[] rgb = new byte[WIDTH * HEIGHT * 3];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i / 3 % WIDTH * 255 / WIDTH);
    }
    return rgb;
  }
}
