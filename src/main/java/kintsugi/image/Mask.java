package kintsugi.image;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Stream;
import kintsugi.InputException;

/**
 * A mask: which pixels of an image are anomalous, one bit per pixel, upright.
 *
 * <p>A mask is not an image: its samples are numbers, not colours, and they are read at full depth.
 * A pixel is anomalous if any sample of any of its bands is above zero, be it 1 of 8, 16 or 32 bits
 * or a floating-point number. In a palette image the index counts, not the colour. Opacity is
 * ignored, unless it is all there is: every colour band is constant, but for loss, and the opacity
 * is not.
 *
 * <p>A soft mask has edges that were smoothed, resized or compressed with loss, so that it is above
 * zero next to its regions too. In it, samples above half of the range are anomalous. A mask is
 * soft if its file is a JPEG or a lossy WebP, or if all of these hold:
 *
 * <ul>
 *   <li>its maximum is above half of the range;
 *   <li>it has more than two different values between zero and the maximum;
 *   <li>fewer than half of the pixels with such values lie in areas, which are blocks of 2x2 equal
 *       values.
 * </ul>
 *
 * <p>Labels 0, 1, 2, …, and grey levels that number classes, fill areas, and so are not soft. The
 * range ends at the maximum of the depth up to 8 bits; deeper whole numbers at 255 or at the least
 * 2<sup>n</sup> − 1 that holds the mask's maximum, floating-point numbers at 1, if that holds it,
 * or likewise.
 */
public final class Mask {
  private final int width;
  private final int height;
  private final BitSet anomalous;
  private final boolean soft;

  Mask(int width, int height, BitSet anomalous, boolean soft) {
    this.width = width;
    this.height = height;
    this.anomalous = anomalous;
    this.soft = soft;
  }

  /**
   * Reads a mask.
   *
   * @param file an image file of any format that {@link ImageDecoder} reads, or a folder of them,
   *     as MVTec LOCO AD has one per image: a pixel is then anomalous if it is in any of them
   * @return the mask, upright by EXIF as images are
   * @throws InputException if a file is missing, empty, cut short or not an image, or a folder has
   *     no files or masks of several sizes
   */
  public static Mask read(Path file) {
    return read(file, Decoding.DEFAULT.maxPixels());
  }

  /**
   * Reads a mask of limited size, otherwise like {@link #read(Path)}.
   *
   * @param file an image file or a folder of them
   * @param maxPixels pixels of the largest mask that is read
   * @return the mask
   * @throws InputException if it cannot be read or is larger
   */
  public static Mask read(Path file, long maxPixels) {
    Decoding decoding = Decoding.DEFAULT.withMaxPixels(maxPixels);
    return Files.isDirectory(file)
        ? union(file, decoding)
        : read(file.toString(), ImageDecoder.bytes(file), decoding);
  }

  /**
   * Reads a mask that shows classes of defects in colours, on a background of one colour. A pixel
   * is anomalous if its colour is another; in a palette image the colour counts, not the index. In
   * a JPEG or a lossy WebP a channel must differ by more than half of the range.
   *
   * @param file an image file
   * @param background the colour of normal pixels, 0xRRGGBB
   * @param maxPixels pixels of the largest mask that is read
   * @return the mask, upright by EXIF as images are
   * @throws InputException if it cannot be read or is larger
   */
  public static Mask readColours(Path file, int background, long maxPixels) {
    byte[] encoded = ImageDecoder.bytes(file);
    Decoding decoding = Decoding.DEFAULT.withMaxPixels(maxPixels);
    Pixels pixels =
        Rgb.of(ImageDecoder.decode(file.toString(), encoded, decoding), decoding).pixels();
    boolean lossy = isLossy(encoded);
    int tolerance = lossy ? 127 : 0;
    BitSet anomalous = new BitSet(pixels.width() * pixels.height());
    for (int i = 0; i < pixels.rgb().length; i++) {
      int normal = background >> 16 - i % 3 * 8 & 0xff;
      if (Math.abs((pixels.rgb()[i] & 0xff) - normal) > tolerance) {
        anomalous.set(i / 3);
      }
    }
    return new Mask(pixels.width(), pixels.height(), anomalous, lossy);
  }

  private static Mask union(Path folder, Decoding decoding) {
    Mask union = null;
    for (Path file : files(folder)) {
      Mask mask = read(file.toString(), ImageDecoder.bytes(file), decoding);
      if (union == null) {
        union = mask;
      } else if (mask.width != union.width || mask.height != union.height) {
        throw new InputException(
            folder + ": holds masks of several sizes; they must have that of their image");
      } else {
        union.anomalous.or(mask.anomalous);
        union = new Mask(union.width, union.height, union.anomalous, union.soft || mask.soft);
      }
    }
    if (union == null) {
      throw new InputException(folder + ": holds no masks; put those of one image into it");
    }
    return union;
  }

  private static List<Path> files(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(
              file -> Files.isRegularFile(file) && !file.getFileName().toString().startsWith("."))
          .sorted()
          .toList();
    } catch (IOException | UncheckedIOException e) {
      throw new InputException(folder + ": cannot be listed (" + e.getMessage() + ")", e);
    }
  }

  /**
   * Reads the bytes of a mask's file.
   *
   * @param name the mask's name in messages
   * @param encoded the bytes
   * @return the mask, upright by EXIF as images are
   * @throws InputException if there are no bytes, or they are cut short or not an image
   */
  public static Mask read(String name, byte[] encoded) {
    return read(name, encoded, Decoding.DEFAULT);
  }

  private static Mask read(String name, byte[] encoded, Decoding decoding) {
    DecodedImage image = ImageDecoder.decode(name, encoded, decoding);
    return new MaskSamples(image, isLossy(encoded)).mask();
  }

  /**
   * {@return the mask that an image of the JDK is}
   *
   * @param image its samples are read as those of a file
   */
  public static Mask of(BufferedImage image) {
    return new MaskSamples(DecodedImage.of(image), false).mask();
  }

  /**
   * {@return a mask of given pixels}
   *
   * @param width columns
   * @param height rows
   * @param anomalous the indices of the anomalous pixels, row by row; not copied
   * @throws IllegalArgumentException if an index lies beyond the last pixel
   */
  public static Mask of(int width, int height, BitSet anomalous) {
    if (anomalous.length() > (long) width * height) {
      throw new IllegalArgumentException(
          "a mask of " + width + "x" + height + " has no pixel " + (anomalous.length() - 1));
    }
    return new Mask(width, height, anomalous, false);
  }

  private static boolean isLossy(byte[] encoded) {
    return Jpeg.isJpeg(encoded) || isLossyWebp(encoded);
  }

  /** Whether a RIFF container of WebP has a chunk of lossy pixels. */
  private static boolean isLossyWebp(byte[] encoded) {
    if (!"RIFF".equals(fourCharacters(encoded, 0)) || !"WEBP".equals(fourCharacters(encoded, 8))) {
      return false;
    }
    long at = 12;
    while (at + 8 <= encoded.length) {
      String chunk = fourCharacters(encoded, (int) at);
      if (chunk.equals("VP8 ") || chunk.equals("VP8L")) {
        return chunk.equals("VP8 ");
      }
      long length = 0;
      for (int i = 3; i >= 0; i--) {
        length = length << 8 | encoded[(int) at + 4 + i] & 0xff;
      }
      at += 8 + length + (length & 1);
    }
    return false;
  }

  private static String fourCharacters(byte[] bytes, int at) {
    return at + 4 <= bytes.length ? new String(bytes, at, 4, StandardCharsets.ISO_8859_1) : "";
  }

  /** {@return the columns} */
  public int width() {
    return width;
  }

  /** {@return the rows} */
  public int height() {
    return height;
  }

  /**
   * {@return whether a pixel is anomalous}
   *
   * @param x the column
   * @param y the row
   */
  public boolean at(int x, int y) {
    return anomalous.get(y * width + x);
  }

  /** {@return how many pixels are anomalous} */
  public int count() {
    return anomalous.cardinality();
  }

  /** {@return whether no pixel is anomalous} */
  public boolean isEmpty() {
    return anomalous.isEmpty();
  }

  /** {@return whether every pixel is anomalous} */
  public boolean isFull() {
    return count() == width * height;
  }

  /** {@return whether it was soft, so that samples above half of the range are anomalous} */
  public boolean isSoft() {
    return soft;
  }
}
