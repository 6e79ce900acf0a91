package kintsugi.report;

import java.awt.image.BufferedImage;
import kintsugi.detector.AnomalyDetector.Scored;
import kintsugi.detector.Model;
import kintsugi.image.HeatMap;
import kintsugi.image.Pixels;

/** A picture with its heat map, all of a model's over one range so that they can be compared. */
final class Overlay {
  private Overlay() {}

  /** Draws from 0 to the calibration's display limit, at the picture's own size. */
  static BufferedImage draw(Model model, Scored scored) {
    Pixels picture = scored.picture();
    var input = model.detector().recipe().preprocessing();
    var toPicture = input.toPicture(picture.width(), picture.height());
    double high = model.calibration().orElseThrow().displayHigh();
    return HeatMap.overlay(picture, scored.map(), toPicture, 0, high);
  }
}
