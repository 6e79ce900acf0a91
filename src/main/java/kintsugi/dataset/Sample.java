package kintsugi.dataset;

import java.nio.file.Path;

/**
 * A labelled image.
 *
 * @param file the image
 * @param anomalous whether it has a defect
 * @param label its class: {@link #NORMAL}, or the class of its defect
 * @param mask an image of the same size whose pixels above 0 are anomalous, or a folder of such;
 *     null if unknown
 * @param group images of one group, such as patches of one photograph, resemble each other and must
 *     stay in one subset of a split; an image that stands alone is a group of its own
 */
public record Sample(Path file, boolean anomalous, String label, Path mask, String group) {
  /** The label of normal samples. */
  public static final String NORMAL = "normal";

  /**
   * An image that stands alone.
   *
   * @param file the image
   * @param anomalous whether it has a defect
   * @param label its class
   * @param mask an image of the same size whose pixels above 0 are anomalous; null if unknown
   */
  public Sample(Path file, boolean anomalous, String label, Path mask) {
    this(file, anomalous, label, mask, file.toString());
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
    return new Sample(file, anomalous, label, mask, otherGroup);
  }

  /**
   * {@return the same sample with a mask}
   *
   * @param file an image of the same size whose pixels above 0 are anomalous
   */
  Sample withMask(Path file) {
    return new Sample(this.file, anomalous, label, file, group);
  }

  /** {@return whether each pixel's label is known: all pixels of a normal image are normal} */
  public boolean hasPixelTruth() {
    return !anomalous || mask != null;
  }
}
