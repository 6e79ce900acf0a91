package kintsugi.image;

import java.util.OptionalInt;

/**
 * The choices in which the samples of an image file become 8-bit RGB values.
 *
 * @param bitDepth how many bits of a 16-bit sample carry its value, 8 to 16; empty for all 16
 * @param colorProfile whether an embedded colour profile is applied
 * @param maxPixels pixels of the largest image that is read
 */
public record Decoding(OptionalInt bitDepth, ColorProfile colorProfile, long maxPixels) {
  /** The pixels whose RGB bytes fill an array. */
  public static final long MAX_PIXELS = Integer.MAX_VALUE / 3 - 8;

  /**
   * The pixels of the largest image that is read unless another limit is chosen: 500 million, whose
   * RGB values take 1.5 GB. A few bytes can claim more, and no camera has them.
   */
  public static final long DEFAULT_MAX_PIXELS = 500_000_000;

  /** All 16 bits, the stored values, and every image up to {@link #DEFAULT_MAX_PIXELS}. */
  public static final Decoding DEFAULT =
      new Decoding(OptionalInt.empty(), ColorProfile.KEEP, DEFAULT_MAX_PIXELS);

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if the bit depth is not 8 to 16, or no pixel is allowed
   */
  public Decoding {
    requireBitDepth(bitDepth);
    if (maxPixels < 1 || maxPixels > MAX_PIXELS) {
      throw new IllegalArgumentException("max_pixels: 1 to " + MAX_PIXELS + ", not " + maxPixels);
    }
  }

  static void requireBitDepth(OptionalInt bitDepth) {
    if (bitDepth.isPresent() && (bitDepth.getAsInt() < 8 || bitDepth.getAsInt() > 16)) {
      throw new IllegalArgumentException("bit_depth: 8 to 16");
    }
  }

  /**
   * {@return the same choices with another limit}
   *
   * @param pixels of the largest image that is read
   */
  public Decoding withMaxPixels(long pixels) {
    return new Decoding(bitDepth, colorProfile, pixels);
  }
}
