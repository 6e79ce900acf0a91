package kintsugi.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import kintsugi.image.Interpolation;
import kintsugi.image.Pixels;
import kintsugi.image.Resize;

/** Images as the bytes of a file, and as URLs that hold these bytes. */
public final class Encoded {
  private Encoded() {}

  /**
   * {@return the bytes of an image file}
   *
   * @param image the image
   * @param format of ImageIO, such as {@code png}
   */
  public static byte[] bytes(BufferedImage image, String format) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    // Not a bare stream, for which ImageIO makes a temporary file.
    try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      ImageIO.write(image, format, out);
    } catch (IOException e) {
      throw new IllegalStateException("a stream in memory failed", e);
    }
    return bytes.toByteArray();
  }

  /**
   * {@return an image as a URL}
   *
   * @param image the image
   * @param format {@code png} or {@code jpeg}
   */
  public static String url(BufferedImage image, String format) {
    String text = Base64.getEncoder().encodeToString(bytes(image, format));
    return "data:image/" + format + ";base64," + text;
  }

  /**
   * {@return an image, smaller where it has to be, as the URL of a JPEG}
   *
   * @param image the image
   * @param longestSide pixels of its longer side at most
   */
  public static String smallUrl(Pixels image, int longestSide) {
    return url(small(image, longestSide), "jpeg");
  }

  /**
   * {@return an image, smaller where it has to be}
   *
   * @param image the image
   * @param longestSide pixels of its longer side at most
   */
  public static BufferedImage small(Pixels image, int longestSide) {
    double scale = Math.min(1, (double) longestSide / Math.max(image.width(), image.height()));
    int width = scaled(image.width(), scale);
    int height = scaled(image.height(), scale);
    return Resize.resize(image, width, height, Interpolation.BILINEAR).toImage();
  }

  static int scaled(int length, double scale) {
    return Math.max(1, (int) Math.rint(length * scale));
  }
}
