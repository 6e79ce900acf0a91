package kintsugi.report;

import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import kintsugi.image.ColourScale;
import kintsugi.image.HeatMap;
import kintsugi.image.Interpolation;
import kintsugi.image.MapTransform;
import kintsugi.image.Mask;
import kintsugi.image.Pixels;
import kintsugi.image.Resize;
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
    double scale = Math.min(1, (double) longestSide / Math.max(image.width(), image.height()));
    int width = scaled(image.width(), scale);
    int height = scaled(image.height(), scale);
    BufferedImage heat =
        HeatMap.grey(map, transform, image, scaled(width, 0.5), scaled(height, 0.5), colours);
    return new Thumbnail(
        encode(Resize.resize(image, width, height, Interpolation.BILINEAR).toImage(), "jpeg"),
        encode(heat, "png"),
        mask.map(truth -> encode(small(truth, width, height), "png")).orElse(null),
        inside(transform, map, image),
        image.width(),
        image.height());
  }

  private static int scaled(int length, double scale) {
    return Math.max(1, (int) Math.rint(length * scale));
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

  /**
   * {@return the bytes of an image file}
   *
   * @param image the image
   * @param format of ImageIO, such as {@code png}
   */
  public static byte[] encode(BufferedImage image, String format) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    // Not a bare stream, for which ImageIO makes a temporary file.
    try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      ImageIO.write(image, format, out);
    } catch (IOException e) {
      throw new IllegalStateException("a stream in memory failed", e);
    }
    return bytes.toByteArray();
  }
}
