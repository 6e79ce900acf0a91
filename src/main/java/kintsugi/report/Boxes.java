package kintsugi.report;

import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.List;
import kintsugi.detector.Explanation;
import kintsugi.image.Contours;

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
    for (Explanation.Box box : boxes) {
      Contours.draw(
          overlay,
          new Rectangle2D.Double(
              box.x() * scale, box.y() * scale, box.width() * scale, box.height() * scale),
          Contours.ABOVE);
    }
  }
}
