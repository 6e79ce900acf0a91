package kintsugi.detector;

/**
 * The place that a patch of a memory bank was taken from.
 *
 * @param image the training image's file, without its folders; null where it is not known
 * @param imageId the first 16 digits of the SHA-256 of its width, height and RGB values; null where
 *     it is not known
 * @param row of its patch grid; the grids of an image's tiles stand one below the other; null where
 *     it is not known
 * @param column of its patch grid; null where it is not known
 */
public record Origin(String image, String imageId, Integer row, Integer column) {
  /** That of a patch of an earlier build's bank, or of another program's. */
  public static final Origin UNKNOWN = new Origin(null, null, null, null);

  /** {@return whether image and place are known} */
  public boolean hasPlace() {
    return imageId != null;
  }

  /** {@return image and place in words} */
  @Override
  public String toString() {
    return hasPlace()
        ? (image == null ? imageId : image) + ", row " + row + ", column " + column
        : "an image that the model file does not name";
  }
}
