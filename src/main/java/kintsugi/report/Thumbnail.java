package kintsugi.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import kintsugi.detector.AnomalyDetector.Scored;
import kintsugi.detector.Calibration;
import kintsugi.detector.Evaluation.Seen;
import kintsugi.image.HeatMap;
import kintsugi.image.Interpolation;
import kintsugi.image.Pixels;
import kintsugi.image.Preprocessing;
import kintsugi.image.Resize;
import org.joml.Matrix3x2d;
import org.joml.Vector2d;

/**
 * What a page shows of one picture. The page colours the heat map, so it is grey here, and it is
 * smooth, so half the size does.
 *
 * @param picture a JPEG
 * @param heat the map's grey levels in the picture's frame, a PNG
 * @param mask white where the picture is wrong, a PNG; null where that is not known
 * @param inside what the network saw: left, top, width and height as shares of the picture
 */
record Thumbnail(byte[] picture, byte[] heat, byte[] mask, List<Double> inside) {

  /** Draws one whose longer side is at most so many pixels long. */
  static Thumbnail of(Seen seen, int longestSide) {
    Scored scored = seen.scored();
    Pixels picture = scored.picture();
    double scale = Math.min(1, (double) longestSide / Math.max(picture.width(), picture.height()));
    int width = scaled(picture.width(), scale);
    int height = scaled(picture.height(), scale);
    Preprocessing input = seen.model().detector().recipe().preprocessing();
    Matrix3x2d toPicture = input.toPicture(picture.width(), picture.height());
    Calibration range = seen.model().calibration().orElseThrow();
    BufferedImage heat =
        HeatMap.grey(
            scored.map(),
            toPicture,
            picture,
            scaled(width, 0.5),
            scaled(height, 0.5),
            range.displayLow(),
            range.displayHigh());
    return new Thumbnail(
        encode(Resize.resize(picture, width, height, Interpolation.BILINEAR).toImage(), "jpeg"),
        encode(heat, "png"),
        seen.mask() == null ? null : encode(small(seen.mask(), width, height), "png"),
        inside(toPicture, scored, picture));
  }

  private static int scaled(int length, double scale) {
    return Math.max(1, (int) Math.rint(length * scale));
  }

  int bytes() {
    return picture.length + heat.length + (mask == null ? 0 : mask.length);
  }

  /** A mask none of whose regions gets lost, however small. */
  private static BufferedImage small(Pixels mask, int width, int height) {
    BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_BINARY);
    for (int y = 0; y < mask.height(); y++) {
      for (int x = 0; x < mask.width(); x++) {
        if (mask.at(x, y, 0) > 0) {
          small.getRaster().setSample(x * width / mask.width(), y * height / mask.height(), 0, 1);
        }
      }
    }
    return small;
  }

  private static List<Double> inside(Matrix3x2d toPicture, Scored scored, Pixels picture) {
    Vector2d from = toPicture.transformPosition(new Vector2d());
    Vector2d to =
        toPicture.transformPosition(new Vector2d(scored.map().dim(1), scored.map().dim(0)));
    List<Double> shares = new ArrayList<>();
    for (double share :
        new double[] {
          from.x / picture.width(),
          from.y / picture.height(),
          (to.x - from.x) / picture.width(),
          (to.y - from.y) / picture.height()
        }) {
      shares.add(Math.rint(share * 1e4) / 1e4);
    }
    return shares;
  }

  private static byte[] encode(BufferedImage image, String format) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, format, bytes);
    } catch (IOException e) {
      throw new IllegalStateException("a stream in memory failed", e);
    }
    return bytes.toByteArray();
  }
}
