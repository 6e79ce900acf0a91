package kintsugi.image;

import java.util.Optional;
import java.util.function.Supplier;
import kintsugi.InputException;

/**
 * The content of an image file, whose header was checked before anything is allocated for it.
 *
 * @param name of the image in messages
 * @param bytes of the file, without the text of a PNG
 * @param jpeg the structure of a JPEG file
 * @param header the claims of the header, where it could be read
 */
record EncodedImage(String name, byte[] bytes, Optional<Jpeg> jpeg, Optional<ImageHeader> header) {
  /** A pixel of a format whose header is not known: eight bytes as they are decoded. */
  private static final ImageHeader UNKNOWN = new ImageHeader(1, 1, 64, 0);

  /**
   * Checks a file's header.
   *
   * @throws InputException if the file is empty, or its header claims what it cannot hold, or more
   *     than may be read
   */
  static EncodedImage of(String name, byte[] content, long maxPixels) {
    if (content.length == 0) {
      throw Unreadable.because(name, "it is empty", null);
    }
    byte[] bytes = PngText.without(content);
    Optional<Jpeg> jpeg = Jpeg.isJpeg(bytes) ? Optional.of(Jpeg.of(bytes)) : Optional.empty();
    Optional<ImageHeader> header = jpeg.isPresent() ? jpeg.get().header() : ImageHeader.of(bytes);
    EncodedImage image = new EncodedImage(name, bytes, jpeg, header);
    header.ifPresent(claims -> image.require(claims, maxPixels));
    jpeg.map(Jpeg::tooManyScans)
        .ifPresent(
            why -> {
              throw Unreadable.because(name, why, null);
            });
    return image;
  }

  /**
   * Checks the size that a decoder found in the file, in case it reads the file another way.
   *
   * @throws InputException if it is not the header's and may not be read
   */
  void requireSize(int width, int height, long maxPixels) {
    ImageHeader found = header.orElse(UNKNOWN).withSize(width, height);
    if (!header.equals(Optional.of(found))) {
      require(found, maxPixels);
      DecodingMemory.requireFree(found.neededBytes());
    }
  }

  private void require(ImageHeader claims, long maxPixels) {
    try {
      claims.require(bytes.length, maxPixels);
    } catch (IllegalArgumentException e) {
      throw Unreadable.because(name, e.getMessage(), e);
    }
  }

  /**
   * {@return what decoding makes of the file}
   *
   * @throws InputException if that takes more memory than there is, or {@code decoding} throws
   *     anything
   */
  <T> T decoded(Supplier<T> decoding) {
    try {
      return DecodingMemory.with(header.map(ImageHeader::neededBytes).orElse(0L), decoding);
    } catch (InputException e) {
      throw e;
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError | LinkageError e) {
      throw Unreadable.because(name, e, () -> "");
    }
  }
}
