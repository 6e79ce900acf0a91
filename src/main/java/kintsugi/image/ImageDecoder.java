package kintsugi.image;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import kintsugi.InputException;

/**
 * The decoder of image files into upright RGB pixels.
 *
 * <p>The values are those of Pillow's {@code convert("RGB")}: grey is repeated, a palette looked
 * up, CMYK converted without a profile, and opacity dropped, so that the colour stored under it is
 * kept. Of 16 bits the upper 8 are taken. {@code docs/using.md} lists the formats.
 */
public final class ImageDecoder {
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
    DecodedImage image = samples(file, decoding).withOrientation(Orientation.of(file.bytes()));
    boolean ended = file.jpeg().map(Jpeg::hasEnd).orElse(true);
    return ended ? image : image.withNote("has no end marker; all of its pixels are there");
  }

  private static DecodedImage samples(EncodedImage file, Decoding decoding) {
    try {
      return Containers.read(file, decoding);
    } catch (UnsupportedImageException e) {
      throw new InputException(
          file.name()
              + ": "
              + e.getMessage()
              + ", or leave unreadable images out (skip-unreadable)",
          e);
    } catch (IOException e) {
      throw Unreadable.because(file.name(), e, () -> "it is cut short: its end is missing");
    }
  }

  /**
   * {@return the content of an image file, not decoded}
   *
   * @param file the file
   * @throws InputException if it is missing, not a file, too large, or cannot be read
   */
  public static byte[] bytes(Path file) {
    requireFile(file);
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
      throw new InputException(file + ": there is no such file; check the name", e);
    } catch (IOException | UncheckedIOException | OutOfMemoryError e) {
      throw Unreadable.because(file.toString(), e, () -> "it ended while it was read");
    }
  }

  /** A device or a pipe may have no end. */
  private static void requireFile(Path file) {
    if (Files.isDirectory(file)) {
      throw new InputException(file + ": is a folder; name an image");
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new InputException(file + ": is a device or a pipe; save its content as a file first");
    }
  }

  private static byte[] content(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
