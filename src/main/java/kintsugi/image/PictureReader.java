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
import kintsugi.InputException;

/**
 * Reads a picture file into upright RGB.
 *
 * <p>The JDK's own readers come first, since their JPEG decoder agrees with libjpeg to the bit;
 * what they refuse (CMYK, for one) goes to whatever other reader ImageIO finds.
 */
public final class PictureReader {
  private static final int LARGEST_PICTURE = Integer.MAX_VALUE / 3 - 8;

  static {
    ImageIO.setUseCache(false);
  }

  private PictureReader() {}

  /**
   * Reads one picture.
   *
   * @param file the file
   * @return its pixels, upright
   * @throws InputException if the file is missing, empty, cut short or no picture
   */
  public static Pixels read(Path file) {
    byte[] bytes = bytes(file);
    if (bytes.length == 0) {
      throw unreadable(file, "the file is empty", null);
    }
    if (Jpeg.isJpeg(bytes) && !Jpeg.isComplete(bytes)) {
      throw unreadable(file, "the file is cut short", null);
    }
    return Pixels.of(decode(file, bytes)).upright(orientation(bytes));
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new InputException(file + ": there is no such file", e);
    } catch (IOException e) {
      throw unreadable(file, String.valueOf(e.getMessage()), e);
    }
  }

  private static BufferedImage decode(Path file, byte[] bytes) {
    List<ImageReader> readers = readers(bytes);
    if (readers.isEmpty()) {
      throw unreadable(file, "it is in no picture format that can be read here", null);
    }
    Exception first = null;
    for (ImageReader reader : readers) {
      try (var stream = ImageIO.createImageInputStream(new ByteArrayInputStream(bytes))) {
        reader.setInput(stream, true, true);
        if ((long) reader.getWidth(0) * reader.getHeight(0) > LARGEST_PICTURE) {
          throw unreadable(file, "it has too many pixels", null);
        }
        return reader.read(0);
      } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException e) {
        // Decoders throw what they like on broken data; the first complaint is the JDK's.
        first = first == null ? e : first;
      } finally {
        reader.dispose();
      }
    }
    throw unreadable(file, String.valueOf(first.getMessage()), first);
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

  /** The EXIF orientation, or 1 where there is none or it cannot be read. */
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

  private static InputException unreadable(Path file, String why, Exception cause) {
    String line = why.lines().findFirst().orElse("");
    return new InputException(
        file
            + ": cannot be read as a picture ("
            + line
            + "); replace or remove it, or pass --skip-unreadable",
        cause);
  }
}
