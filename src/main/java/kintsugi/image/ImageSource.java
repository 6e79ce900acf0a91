package kintsugi.image;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import kintsugi.InputException;

/**
 * An image to be read: a file, encoded bytes, a {@link BufferedImage}, or raw {@link Pixels}.
 *
 * <p>Nothing is read or copied before {@link #read}, and nothing is kept after it: every call reads
 * again.
 */
public final class ImageSource {
  private static final String UNNAMED = "image in memory";

  private final String name;
  private final Path file;
  private final Function<Decoding, Decoded> reader;
  private final Function<Decoding, ImageKey> keyReader;

  private ImageSource(
      String name,
      Path file,
      Function<Decoding, Decoded> reader,
      Function<Decoding, ImageKey> keyReader) {
    this.name = Objects.requireNonNull(name, "name");
    this.file = file;
    this.reader = reader;
    this.keyReader = keyReader;
  }

  /** An image in memory, whose key is that of its pixels. */
  private ImageSource(String name, Function<Decoding, Decoded> reader) {
    this(name, null, reader, decoding -> ImageKey.of(reader.apply(decoding).pixels()));
  }

  /**
   * {@return an image file; its path is its name}
   *
   * @param file the file, of any format that {@link ImageDecoder} reads
   */
  public static ImageSource of(Path file) {
    return new ImageSource(
        file.toString(),
        file,
        decoding -> ImageDecoder.read(file, decoding),
        decoding -> ImageKey.of(file.toString(), ImageDecoder.bytes(file), decoding));
  }

  /**
   * {@return an encoded image}
   *
   * @param name for messages and results
   * @param encoded the bytes of an image file; not copied
   */
  public static ImageSource of(String name, byte[] encoded) {
    Objects.requireNonNull(encoded, "encoded");
    return new ImageSource(
        name,
        null,
        decoding -> ImageDecoder.read(name, encoded, decoding),
        decoding -> ImageKey.of(name, encoded, decoding));
  }

  /**
   * {@return an encoded image without a name of its own}
   *
   * @param encoded the bytes of an image file; not copied
   */
  public static ImageSource of(byte[] encoded) {
    return of(UNNAMED, encoded);
  }

  /**
   * {@return an image of the JDK, converted as {@link Pixels#of} does}
   *
   * @param name for messages and results
   * @param image the image, upright; not copied
   */
  public static ImageSource of(String name, BufferedImage image) {
    Objects.requireNonNull(image, "image");
    return new ImageSource(name, decoding -> converted(name, image, decoding));
  }

  /**
   * {@return an image of the JDK without a name of its own}
   *
   * @param image the image, upright; not copied
   */
  public static ImageSource of(BufferedImage image) {
    return of(UNNAMED, image);
  }

  /**
   * {@return an image that is already decoded}
   *
   * @param name for messages and results
   * @param pixels the image, upright; not copied
   */
  public static ImageSource of(String name, Pixels pixels) {
    Objects.requireNonNull(pixels, "pixels");
    return new ImageSource(name, decoding -> new Decoded(pixels, 0, List.of()));
  }

  /**
   * {@return an image that is already decoded, without a name of its own}
   *
   * @param pixels the image, upright; not copied
   */
  public static ImageSource of(Pixels pixels) {
    return of(UNNAMED, pixels);
  }

  /**
   * {@return an image that is computed whenever it is read}
   *
   * @param name for messages and results
   * @param pixels computes the image, upright, for a decoding; the same each time
   */
  public static ImageSource computed(String name, Function<Decoding, Pixels> pixels) {
    Objects.requireNonNull(pixels, "pixels");
    return new ImageSource(name, decoding -> new Decoded(pixels.apply(decoding), 0, List.of()));
  }

  private static Decoded converted(String name, BufferedImage image, Decoding decoding) {
    try {
      return Rgb.of(DecodedImage.of(image), decoding);
    } catch (IllegalArgumentException e) {
      throw new InputException(name + ": " + e.getMessage(), e);
    }
  }

  /** {@return the name for messages and results: the path of a file} */
  public String name() {
    return name;
  }

  /** {@return the name of the file without its folders, or the name of an image in memory} */
  public String fileName() {
    return file == null ? name : "" + file.getFileName();
  }

  /** {@return the file, empty for an image in memory} */
  public Optional<Path> file() {
    return Optional.ofNullable(file);
  }

  /**
   * {@return the pixels, upright, as {@link Decoding#DEFAULT} has them}
   *
   * @throws InputException naming the image if it is missing, empty, cut short or not an image
   */
  public Pixels read() {
    return read(Decoding.DEFAULT);
  }

  /**
   * {@return the pixels, upright}
   *
   * @param decoding how samples become RGB values
   * @throws InputException naming the image if it is missing, empty, cut short, not an image, or
   *     its samples are not those that the choices expect
   */
  public Pixels read(Decoding decoding) {
    return decode(decoding).pixels();
  }

  /**
   * {@return the pixels, upright, and what a person should know of the file}
   *
   * @param decoding how samples become RGB values
   * @throws InputException as {@link #read(Decoding)}
   */
  public Decoded decode(Decoding decoding) {
    return reader.apply(decoding);
  }

  /**
   * {@return the size of the image and a hash of its content, of most formats without decoding}
   *
   * @param decoding the limit of pixels, and how samples become RGB values
   * @throws InputException naming the image if it is missing, or its header unreadable
   */
  public ImageKey key(Decoding decoding) {
    return keyReader.apply(decoding);
  }

  @Override
  public String toString() {
    return name;
  }
}
