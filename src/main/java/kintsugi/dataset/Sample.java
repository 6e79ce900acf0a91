package kintsugi.dataset;

import java.nio.file.Path;

/**
 * A picture and what is known of it.
 *
 * @param file the picture
 * @param anomalous whether something is wrong in it
 * @param mask a picture of the same size whose pixels above 0 are wrong; null where none is known
 */
public record Sample(Path file, boolean anomalous, Path mask) {

  /** A picture without a mask. */
  public Sample(Path file, boolean anomalous) {
    this(file, anomalous, null);
  }

  /** Whether it is known of each pixel if it is wrong: those of a normal picture are not. */
  public boolean hasPixelTruth() {
    return !anomalous || mask != null;
  }
}
