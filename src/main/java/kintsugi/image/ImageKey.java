package kintsugi.image;

import java.util.Optional;
import kintsugi.Sha256;

/**
 * The size of an image and a hash of its content, found without decoding it where its format
 * allows.
 *
 * @param width columns of the upright image
 * @param height rows of the upright image
 * @param hash SHA-256 of the file's bytes, or of an image in memory of its size and RGB values
 */
public record ImageKey(int width, int height, String hash) {
  /** The first of the EXIF orientations that exchange rows and columns. */
  private static final int TRANSPOSED = 5;

  static ImageKey of(Pixels image) {
    return new ImageKey(image.width(), image.height(), image.hash());
  }

  /**
   * The key of an encoded image.
   *
   * @throws kintsugi.InputException if its header is unreadable, or claims what may not be read
   */
  static ImageKey of(String name, byte[] encoded, Decoding decoding) {
    String hash = Sha256.of(encoded);
    EncodedImage file = EncodedImage.of(name, encoded, decoding.maxPixels());
    Optional<ImageHeader> header = size(file);
    if (header.isEmpty()) {
      Pixels image = ImageDecoder.read(name, encoded, decoding).pixels();
      return new ImageKey(image.width(), image.height(), hash);
    }
    int width = (int) header.get().width();
    int height = (int) header.get().height();
    return Orientation.of(file.bytes()) < TRANSPOSED
        ? new ImageKey(width, height, hash)
        : new ImageKey(height, width, hash);
  }

  /** The header, where its size is the image's: that of a TIFF can be its tiles'. */
  private static Optional<ImageHeader> size(EncodedImage file) {
    return TiffDirectory.isTiff(file.bytes()) ? TiffHeader.size(file.bytes()) : file.header();
  }
}
