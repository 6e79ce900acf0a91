package kintsugi.image;

import com.drew.imaging.ImageMetadataReader;
import com.drew.imaging.ImageProcessingException;
import com.drew.metadata.exif.ExifIFD0Directory;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import kintsugi.FileKind;
import kintsugi.InputException;

/**
 * The decoder of image files into upright RGB pixels.
 *
 * <p>The JDK's own readers come first, since their JPEG decoder agrees with libjpeg to the bit;
 * files that they refuse (CMYK, for example) go to the other readers that ImageIO finds.
 */
public final class ImageDecoder {
  static {
    ImageIO.setUseCache(false);
  }

  private ImageDecoder() {}

  /**
   * Reads an image file as {@link Decoding#DEFAULT} has it.
   *
   * @param file the file
   * @return its pixels, upright
   * @throws InputException if the file is missing, empty, cut short or not an image
   */
  public static Pixels read(Path file) {
    return read(file, Decoding.DEFAULT).pixels();
  }

  /**
   * Reads an image file.
   *
   * @param file the file
   * @param decoding how its samples become RGB values
   * @return its pixels, upright, and what a person should know of the file
   * @throws InputException if the file is missing, empty, cut short, not an image, or its samples
   *     are not those that the choices expect
   */
  public static Decoded read(Path file, Decoding decoding) {
    return read(file.toString(), bytes(file), decoding);
  }

  /**
   * Reads the bytes of an image file as {@link Decoding#DEFAULT} has it.
   *
   * @param name the image's name in messages
   * @param encoded the bytes
   * @return its pixels, upright
   * @throws InputException if there are no bytes, or they are cut short or not an image
   */
  public static Pixels read(String name, byte[] encoded) {
    return read(name, encoded, Decoding.DEFAULT).pixels();
  }

  /**
   * Reads the bytes of an image file.
   *
   * @param name the image's name in messages
   * @param encoded the bytes
   * @param decoding how its samples become RGB values
   * @return its pixels, upright, and what a person should know of the file
   * @throws InputException if there are no bytes, they are cut short or not an image, or the
   *     samples are not those that the choices expect
   */
  public static Decoded read(String name, byte[] encoded, Decoding decoding) {
    DecodedImage image = decode(name, encoded, decoding);
    try {
      return Rgb.of(image, decoding);
    } catch (IllegalArgumentException e) {
      throw new InputException(
          name + ": " + e.getMessage() + ", or leave unreadable images out (skip-unreadable)", e);
    }
  }

  /**
   * The samples of an image file at full depth, with its palette and opacity.
   *
   * @throws InputException if there are no bytes, or they are cut short or not an image
   */
  static DecodedImage decode(String name, byte[] encoded, Decoding decoding) {
    if (encoded.length == 0) {
      throw unreadable(name, "it is empty", null);
    }
    if (Jpeg.isJpeg(encoded) && !Jpeg.isComplete(encoded)) {
      throw unreadable(name, "it is cut short", null);
    }
    return DecodedImage.of(readImage(name, encoded, decoding))
        .withOrientation(orientation(encoded));
  }

  /** The content of a file. */
  static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new InputException(file + ": there is no such file", e);
    } catch (IOException e) {
      throw unreadable(file.toString(), String.valueOf(e.getMessage()), e);
    }
  }

  private static BufferedImage readImage(String name, byte[] bytes, Decoding decoding) {
    List<ImageReader> readers = readers(bytes);
    if (readers.isEmpty()) {
      throw unreadable(name, unknown(FileKind.of(bytes)), null);
    }
    Exception first = null;
    for (ImageReader reader : readers) {
      try (var stream = ImageIO.createImageInputStream(new ByteArrayInputStream(bytes))) {
        reader.setInput(stream, true, true);
        if ((long) reader.getWidth(0) * reader.getHeight(0) > decoding.maxPixels()) {
          throw unreadable(name, "it has too many pixels", null);
        }
        return reader.read(0);
      } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException e) {
        // Decoders throw any of these on broken data; the first message is the JDK's.
        first = first == null ? e : first;
      } finally {
        reader.dispose();
      }
    }
    throw unreadable(name, String.valueOf(first.getMessage()), first);
  }

  private static String unknown(FileKind kind) {
    boolean image = kind == FileKind.IMAGE || kind == FileKind.UNKNOWN;
    return image ? "its image format is unknown" : "it is " + kind.description();
  }

  private static List<ImageReader> readers(byte[] bytes) {
    List<ImageReader> readers = new ArrayList<>();
    try (var stream = ImageIO.createImageInputStream(new ByteArrayInputStream(bytes))) {
      Iterator<ImageReader> found = ImageIO.getImageReaders(stream);
      found.forEachRemaining(readers::add);
    } catch (IOException e) {
      throw new IllegalStateException("a stream in memory failed", e);
    }
    readers.sort(
        Comparator.comparing(reader -> !reader.getClass().getName().startsWith("com.sun")));
    return readers;
  }

  /** The EXIF orientation; 1 where it is absent or unreadable. */
  private static int orientation(byte[] bytes) {
    try {
      var metadata = ImageMetadataReader.readMetadata(new ByteArrayInputStream(bytes));
      var exif = metadata.getFirstDirectoryOfType(ExifIFD0Directory.class);
      Integer tag = exif == null ? null : exif.getInteger(ExifIFD0Directory.TAG_ORIENTATION);
      return tag == null ? 1 : tag;
    } catch (ImageProcessingException | IOException e) {
      return 1;
    }
  }

  private static InputException unreadable(String name, String why, Exception cause) {
    String line = why.lines().findFirst().orElse("");
    return new InputException(
        name
            + ": cannot be read as an image ("
            + line
            + "); replace or remove it, or leave unreadable images out (skip-unreadable)",
        cause);
  }
}
