package kintsugi.report;

import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import kintsugi.image.ColourScale;
import kintsugi.image.HeatMap;
import kintsugi.image.MapTransform;
import kintsugi.image.Mask;
import kintsugi.image.Pixels;
import kintsugi.tensor.Tensor;

/**
 * One image as a page shows it. The page colours the heat map, so it is grey here, and it is
 * smooth, so half the size does.
 *
 * @param image a JPEG
 * @param heat the map's grey levels in the image's frame, a PNG
 * @param mask white where the image is anomalous, a PNG; null where that is unknown
 * @param inside the part that the network saw: left, top, width and height as fractions of the
 *     image
 * @param width of the image itself, in pixels
 * @param height of the image itself
 */
public record Thumbnail(
    byte[] image, byte[] heat, byte[] mask, List<Double> inside, int width, int height) {

  /**
   * Draws one.
   *
   * @param image the image
   * @param map {@code [H, W]}
   * @param transform between map and image
   * @param colours whose range the grey levels cover
   * @param mask the truth; empty where it is unknown
   * @param longestSide pixels of its longer side at most
   */
  static Thumbnail of(
      Pixels image,
      Tensor map,
      MapTransform transform,
      ColourScale colours,
      Optional<Mask> mask,
      int longestSide) {
    BufferedImage small = Encoded.small(image, longestSide);
    int width = small.getWidth();
    int height = small.getHeight();
    int heatWidth = Encoded.scaled(width, 0.5);
    int heatHeight = Encoded.scaled(height, 0.5);
    BufferedImage heat = HeatMap.grey(map, transform, image, heatWidth, heatHeight, colours);
    return new Thumbnail(
        Encoded.bytes(small, "jpeg"),
        Encoded.bytes(heat, "png"),
        mask.map(truth -> Encoded.bytes(small(truth, width, height), "png")).orElse(null),
        inside(transform, map, image),
        image.width(),
        image.height());
  }

  int bytes() {
    return image.length + heat.length + (mask == null ? 0 : mask.length);
  }

  /** A smaller mask that keeps every region, however small. */
  private static BufferedImage small(Mask mask, int width, int height) {
    BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_BINARY);
    for (int y = 0; y < mask.height(); y++) {
      for (int x = 0; x < mask.width(); x++) {
        if (mask.at(x, y)) {
          small.getRaster().setSample(x * width / mask.width(), y * height / mask.height(), 0, 1);
        }
      }
    }
    return small;
  }

  /** The part that the network saw, as fractions of the image. */
  private static List<Double> inside(MapTransform transform, Tensor map, Pixels image) {
    Rectangle2D seen = transform.toImage(0, 0, map.dim(1), map.dim(0));
    return DoubleStream.of(
            seen.getX() / image.width(),
            seen.getY() / image.height(),
            seen.getWidth() / image.width(),
            seen.getHeight() / image.height())
        .map(fraction -> Math.rint(fraction * 1e4) / 1e4)
        .boxed()
        .toList();
  }
}
