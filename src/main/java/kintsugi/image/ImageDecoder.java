package kintsugi.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
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

  /** The bytes of the largest file: those of the largest array. */
  private static final long MAX_BYTES = Integer.MAX_VALUE - 8;

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
    EncodedImage file = EncodedImage.of(name, encoded, decoding.maxPixels());
    return file.decoded(
        () -> {
          DecodedImage image = decode(file, decoding);
          try {
            return Rgb.of(image, decoding);
          } catch (IllegalArgumentException e) {
            throw new InputException(
                name + ": " + e.getMessage() + ", or leave unreadable images out (skip-unreadable)",
                e);
          }
        });
  }

  /**
   * The samples of an image file at full depth, with its palette and opacity.
   *
   * @throws InputException if there are no bytes, or they are cut short or not an image
   */
  static DecodedImage decode(String name, byte[] encoded, Decoding decoding) {
    EncodedImage file = EncodedImage.of(name, encoded, decoding.maxPixels());
    return file.decoded(() -> decode(file, decoding));
  }

  private static DecodedImage decode(EncodedImage file, Decoding decoding) {
    DecodedImage image =
        DecodedImage.of(readImage(file, decoding)).withOrientation(Orientation.of(file.bytes()));
    boolean ended = file.jpeg().map(Jpeg::hasEnd).orElse(true);
    return ended ? image : image.withNote("has no end marker; all of its pixels are there");
  }

  /** The content of a file. */
  static byte[] bytes(Path file) {
    try {
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw Unreadable.because(
            file.toString(),
            "it has " + size + " bytes, and at most " + MAX_BYTES + " are read",
            null);
      }
      return DecodingMemory.with(size, () -> content(file));
    } catch (NoSuchFileException e) {
      throw new InputException(file + ": there is no such file", e);
    } catch (IOException | UncheckedIOException | OutOfMemoryError e) {
      throw Unreadable.because(file.toString(), e, () -> "it ended while it was read");
    }
  }

  private static byte[] content(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static BufferedImage readImage(EncodedImage file, Decoding decoding) {
    List<ImageReader> readers = readers(file.bytes());
    if (readers.isEmpty()) {
      throw Unreadable.because(file.name(), unknown(FileKind.of(file.bytes())), null);
    }
    InputException first = null;
    for (ImageReader reader : readers) {
      try {
        return readImage(file, reader, decoding);
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
   * The image as one reader has it.
   *
   * @throws InputException whatever the reader throws, or if it did not have all of the image's
   *     data
   */
  private static BufferedImage readImage(EncodedImage file, ImageReader reader, Decoding decoding) {
    ReadingRecord record = new ReadingRecord();
    int height = 0;
    try (var stream = ImageIO.createImageInputStream(new ByteArrayInputStream(file.bytes()))) {
      reader.setInput(stream, true, true);
      height = reader.getHeight(0);
      file.requireSize(reader.getWidth(0), height, decoding.maxPixels());
      reader.addIIOReadWarningListener(record);
      BufferedImage image = reader.read(0);
      if (record.hasRunOut() || !file.jpeg().map(Jpeg::hasAllScans).orElse(true)) {
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
    try (var stream = ImageIO.createImageInputStream(new ByteArrayInputStream(file.bytes()))) {
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
}
