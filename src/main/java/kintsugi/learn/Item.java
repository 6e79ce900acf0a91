package kintsugi.learn;

import java.util.Optional;
import java.util.function.Supplier;
import kintsugi.image.ImageSource;
import kintsugi.image.Mask;

/**
 * An image that candidates are judged by.
 *
 * @param source the image
 * @param truth what it shows
 * @param fold of the cross-validation, from 0 on; a synthetic defect has its normal image's
 * @param label its class, or the strength and kind of a synthetic defect
 * @param mask reads which pixels are anomalous; empty where that is unknown or the image is normal
 */
public record Item(
    ImageSource source, Truth truth, int fold, String label, Optional<Supplier<Mask>> mask) {

  /** The truth about an image. */
  public enum Truth {
    /** A normal image. */
    GOOD,
    /** An image with a defect. */
    BAD,
    /** A normal image with a defect drawn into it. */
    SYNTHETIC
  }
}
