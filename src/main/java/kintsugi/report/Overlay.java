package kintsugi.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.List;
import kintsugi.detector.Calibration;
import kintsugi.detector.Explanation;
import kintsugi.detector.Model;
import kintsugi.image.HeatMap;
import kintsugi.image.Pixels;
import kintsugi.tensor.Tensor;

/** A picture with its heat map, all of a model's over one range so that they can be compared. */
final class Overlay {
  private Overlay() {}

  /** Draws between the calibration's display limits, at the picture's own size. */
  static BufferedImage draw(Model model, Pixels picture, Tensor map) {
    var input = model.detector().recipe().preprocessing();
    var toPicture = input.toPicture(picture.width(), picture.height());
    Calibration range = model.calibration().orElseThrow();
    return HeatMap.overlay(picture, map, toPicture, range.displayLow(), range.displayHigh());
  }

  /** Draws rectangles, white between two black lines so that they show on any ground. */
  static void drawBoxes(BufferedImage overlay, List<Explanation.Box> boxes) {
    Graphics2D graphics = overlay.createGraphics();
    for (Explanation.Box box : boxes) {
      Rectangle2D edge = new Rectangle2D.Double(box.x(), box.y(), box.width(), box.height());
      float width = Math.max(1, Math.max(overlay.getWidth(), overlay.getHeight()) / 400f);
      graphics.setStroke(new BasicStroke(3 * width));
      graphics.setColor(Color.BLACK);
      graphics.draw(edge);
      graphics.setStroke(new BasicStroke(width));
      graphics.setColor(Color.WHITE);
      graphics.draw(edge);
    }
    graphics.dispose();
  }
}
