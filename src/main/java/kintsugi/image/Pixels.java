package kintsugi.image;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import kintsugi.Sha256;

/**
 * An upright image of 8-bit RGB values.
 *
 * @param width pixels in a row
 * @param height rows
 * @param rgb {@code height * width * 3} bytes, red first, row by row; not copied
 */
public record Pixels(int width, int height, byte[] rgb) {

  /**
   * Checks the size.
   *
   * @throws IllegalArgumentException if the array does not hold exactly the image
   */
  public Pixels {
    if (width < 1 || height < 1 || (long) width * height * 3 != rgb.length) {
      throw new IllegalArgumentException(
          width + "x" + height + " RGB pixels are not " + rgb.length + " bytes");
    }
  }

  /**
   * One channel of one pixel, 0 to 255; channel 0 is red.
   *
   * @param x the column
   * @param y the row
   * @param channel 0 for red, 1 for green, 2 for blue
   * @return the value
   */
  public int at(int x, int y, int channel) {
    return rgb[(y * width + x) * 3 + channel] & 0xff;
  }

  /** {@return the SHA-256 of the width, the height and the RGB values} */
  public byte[] sha256() {
    MessageDigest sha256 = Sha256.digest();
    sha256.update(ByteBuffer.allocate(2 * Integer.BYTES).putInt(width).putInt(height).flip());
    return sha256.digest(rgb);
  }

  /** {@return the same SHA-256 in hexadecimal digits} */
  public String hash() {
    return HexFormat.of().formatHex(sha256());
  }

  /** {@return the same image for the JDK's drawing and writing} */
  public BufferedImage toImage() {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    int[] pixels = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (rgb[3 * i] & 0xff) << 16 | (rgb[3 * i + 1] & 0xff) << 8 | rgb[3 * i + 2] & 0xff;
    }
    return image;
  }

  /**
   * Any image of the JDK as RGB. Stored values are kept as they are: grey is repeated, of 16 bits
   * the upper 8 are taken, alpha is dropped with the colour under it kept, and only a palette or a
   * colour space other than RGB and grey is converted.
   *
   * @param image the image
   * @return its pixels
   * @throws IllegalArgumentException if its RGB bytes do not fit into an array
   */
  public static Pixels of(BufferedImage image) {
    if ((long) image.getWidth() * image.getHeight() > Decoding.MAX_PIXELS) {
      throw new IllegalArgumentException("it has too many pixels");
    }
    return Rgb.of(DecodedImage.of(image), Decoding.DEFAULT).pixels();
  }

  /**
   * The image turned upright.
   *
   * @param orientation the EXIF tag 0x0112: 1 upright, 2 mirrored, 3 turned by 180°, 4 mirrored and
   *     turned by 180°, 5 transposed, 6 to be turned clockwise by 90°, 7 transposed the other way,
   *     8 to be turned anticlockwise by 90°
   */
  Pixels upright(int orientation) {
    if (orientation < 2 || orientation > 8) {
      return this;
    }
    boolean swap = orientation >= 5;
    int w = swap ? height : width;
    int h = swap ? width : height;
    byte[] turned = new byte[rgb.length];
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        int sx = sourceX(orientation, x, y);
        int sy = sourceY(orientation, x, y);
        System.arraycopy(rgb, (sy * width + sx) * 3, turned, (y * w + x) * 3, 3);
      }
    }
    return new Pixels(w, h, turned);
  }

  private int sourceX(int orientation, int x, int y) {
    return switch (orientation) {
      case 2, 3 -> width - 1 - x;
      case 5, 6 -> y;
      case 7, 8 -> width - 1 - y;
      default -> x;
    };
  }

  private int sourceY(int orientation, int x, int y) {
    return switch (orientation) {
      case 3, 4 -> height - 1 - y;
      case 5, 8 -> x;
      case 6, 7 -> height - 1 - x;
      default -> y;
    };
  }
}
