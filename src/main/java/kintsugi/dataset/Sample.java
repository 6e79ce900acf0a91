package kintsugi.dataset;

import java.nio.file.Path;
import kintsugi.image.Mask;

/**
 * A labelled image.
 *
 * @param file the image
 * @param anomalous whether it has a defect
 * @param label its class: {@link #NORMAL}, or the class of its defect
 * @param mask an image of the same size whose pixels above 0 are anomalous, or a folder of such;
 *     null if unknown
 * @param background 0xRRGGBB, if the mask shows defects in colours and normal pixels in this one;
 *     else null
 * @param group images of one group, such as patches of one photograph, resemble each other and must
 *     stay in one subset of a split; an image that stands alone is a group of its own
 */
public record Sample(
    Path file, boolean anomalous, String label, Path mask, Integer background, String group) {
  /** The label of normal samples. */
  public static final String NORMAL = "normal";

  /** The label of anomalous samples whose defect is not named. */
  public static final String ANOMALOUS = "anomalous";

  /**
   * An image that stands alone.
   *
   * @param file the image
   * @param anomalous whether it has a defect
   * @param label its class
   * @param mask an image of the same size whose pixels above 0 are anomalous; null if unknown
   */
  public Sample(Path file, boolean anomalous, String label, Path mask) {
    this(file, anomalous, label, mask, null, file.toString());
  }

  /**
   * {@return a normal image}
   *
   * @param file the image
   */
  public static Sample normal(Path file) {
    return new Sample(file, false, NORMAL, null);
  }

  /**
   * {@return the same sample in a group}
   *
   * @param otherGroup the group's name
   */
  public Sample in(String otherGroup) {
    return new Sample(file, anomalous, label, mask, background, otherGroup);
  }

  /**
   * {@return the same sample with a mask}
   *
   * @param file an image of the same size whose pixels above 0 are anomalous
   */
  Sample withMask(Path file) {
    return new Sample(this.file, anomalous, label, file, null, group);
  }

  /**
   * {@return the same sample with a mask that shows defects in colours}
   *
   * @param file an image of the same size
   * @param colour that of normal pixels, 0xRRGGBB
   */
  Sample withMask(Path file, int colour) {
    return new Sample(this.file, anomalous, label, file, colour, group);
  }

  /**
   * {@return which pixels are anomalous}
   *
   * @param maxPixels pixels of the largest mask that is read
   * @throws kintsugi.InputException if the mask cannot be read or is larger
   * @throws NullPointerException if there is no mask
   */
  public Mask readMask(long maxPixels) {
    return background == null
        ? Mask.read(mask, maxPixels)
        : Mask.readColours(mask, background, maxPixels);
  }

  /** {@return whether each pixel's label is known: all pixels of a normal image are normal} */
  public boolean hasPixelTruth() {
    return !anomalous || mask != null;
  }
}
