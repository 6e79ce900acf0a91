package kintsugi.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.List;
import kintsugi.detector.Explanation;

/** Rectangles over a heat map. */
final class Boxes {
  private Boxes() {}

  /**
   * Draws rectangles, white between two black lines so that they show on any background.
   *
   * @param imageWidth columns of the image that the rectangles belong to; the overlay of a very
   *     large one is smaller
   */
  static void draw(BufferedImage overlay, int imageWidth, List<Explanation.Box> boxes) {
    double scale = (double) overlay.getWidth() / imageWidth;
    Graphics2D graphics = overlay.createGraphics();
    for (Explanation.Box box : boxes) {
      Rectangle2D edge =
          new Rectangle2D.Double(
              box.x() * scale, box.y() * scale, box.width() * scale, box.height() * scale);
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
