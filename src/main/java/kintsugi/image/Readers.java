package kintsugi.image;

import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import kintsugi.FileKind;
import kintsugi.InputException;

/**
 * The readers that ImageIO finds. The JDK's own come first, since their JPEG decoder agrees with
 * libjpeg to the bit; files that they refuse go to the others.
 */
final class Readers {
  static {
    ImageIO.setUseCache(false);
  }

  private Readers() {}

  /** The part of a file that is wanted of a reader. */
  private interface Wanted<T> {
    T of(ImageReader reader) throws IOException;
  }

  /**
   * The first image of a file.
   *
   * @throws InputException with the first reader's message if none can read it, or there is none
   */
  static BufferedImage read(EncodedImage file, Decoding decoding) {
    List<ImageReader> readers = readers(file.bytes());
    if (readers.isEmpty()) {
      throw Unreadable.because(file.name(), unknown(FileKind.of(file.bytes())), null);
    }
    InputException first = null;
    for (ImageReader reader : readers) {
      try {
        return read(file, reader, decoding, wanted -> wanted.read(0));
      } catch (InputException e) {
        // The first reader's message, which is the JDK's.
        first = first == null ? e : first;
      } finally {
        reader.dispose();
      }
    }
    throw first;
  }

  /**
   * The components of a JPEG as they are stored.
   *
   * @throws InputException if they cannot be read
   */
  static WritableRaster storedJpeg(EncodedImage file, Decoding decoding) {
    ImageReader reader = jdkJpeg();
    try {
      return read(file, reader, decoding, wanted -> (WritableRaster) wanted.readRaster(0, null));
    } finally {
      reader.dispose();
    }
  }

  private static ImageReader jdkJpeg() {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("jpeg");
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if (isJdk(reader)) {
        return reader;
      }
    }
    throw new IllegalStateException("this Java has no JPEG reader");
  }

  private static boolean isJdk(ImageReader reader) {
    return reader.getClass().getName().startsWith("com.sun");
  }

  /**
   * The image as one reader has it.
   *
   * @throws InputException whatever the reader throws, or if it did not have all of the image's
   *     data
   */
  private static <T> T read(
      EncodedImage file, ImageReader reader, Decoding decoding, Wanted<T> wanted) {
    ReadingRecord record = new ReadingRecord();
    int height = 0;
    try (var stream = new EndedStream(file.bytes())) {
      reader.setInput(stream, true, true);
      height = reader.getHeight(0);
      file.requireSize(reader.getWidth(0), height, decoding.maxPixels());
      reader.addIIOReadWarningListener(record);
      boolean gif = Gif.isGif(file.bytes());
      if (gif) {
        reader.addIIOReadUpdateListener(record);
      }
      T image = wanted.of(reader);
      // The JDK's readers are silent at a JPEG that lacks scans, and at a GIF that lacks rows.
      boolean whole = file.jpeg().map(Jpeg::hasAllScans).orElse(!gif || record.hasAllRows(height));
      if (record.hasRunOut() || !whole) {
        throw new EOFException();
      }
      return image;
    } catch (InputException e) {
      throw e;
    } catch (IOException
        | RuntimeException
        | StackOverflowError
        | OutOfMemoryError
        | LinkageError e) {
      int rows = height;
      throw Unreadable.because(file.name(), e, () -> filled(file, reader).missing(rows));
    }
  }

  /** The rows that a reader fills until it fails, or until the data runs out. */
  private static ReadingRecord filled(EncodedImage file, ImageReader reader) {
    ReadingRecord record = new ReadingRecord();
    try (var stream = new EndedStream(file.bytes())) {
      reader.reset();
      reader.setInput(stream, true, true);
      reader.addIIOReadWarningListener(record);
      reader.addIIOReadUpdateListener(record);
      reader.read(0);
    } catch (IOException | RuntimeException | Error e) {
      // It failed before; the record is what is wanted.
    }
    return record;
  }

  private static String unknown(FileKind kind) {
    boolean image = kind == FileKind.IMAGE || kind == FileKind.UNKNOWN;
    return image ? "its image format is unknown" : "it is " + kind.description();
  }

  private static List<ImageReader> readers(byte[] bytes) {
    List<ImageReader> readers = new ArrayList<>();
    try (var stream = new EndedStream(bytes)) {
      Iterator<ImageReader> found = ImageIO.getImageReaders(stream);
      found.forEachRemaining(readers::add);
    } catch (IOException e) {
      throw new IllegalStateException("a stream in memory failed", e);
    }
    readers.sort(Comparator.comparing(reader -> !isJdk(reader)));
    return readers;
  }
}
