package kintsugi.dataset;

import java.nio.file.Path;

/**
 * A picture and what is known of it.
 *
 * @param file the picture
 * @param anomalous whether something is wrong in it
 * @param label its class: {@link #NORMAL}, or what kind of defect it has
 * @param mask a picture of the same size whose pixels above 0 are wrong; null where none is known
 * @param group pictures of one group, such as patches of one photograph, resemble each other and
 *     must stay on one side of a split; a picture that stands alone is a group of its own
 */
public record Sample(Path file, boolean anomalous, String label, Path mask, String group) {
  /** The label of normal samples. */
  public static final String NORMAL = "normal";

  /**
   * A picture that stands alone.
   *
   * @param file the picture
   * @param anomalous whether something is wrong in it
   * @param label its class
   * @param mask where it is wrong; null where that is not known
   */
  public Sample(Path file, boolean anomalous, String label, Path mask) {
    this(file, anomalous, label, mask, file.toString());
  }

  /**
   * {@return a normal picture}
   *
   * @param file the picture
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
   * {@return whether it is known of each pixel if it is wrong: those of a normal picture are not}
   */
  public boolean hasPixelTruth() {
    return !anomalous || mask != null;
  }
}
