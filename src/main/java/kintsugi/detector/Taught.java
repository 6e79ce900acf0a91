package kintsugi.detector;

/**
 * An image that was taught to a model after its fit, as the history in the model's file has it.
 *
 * @param id by which it is undone: the first digits of the hash
 * @param time when it was taught, by ISO 8601
 * @param name of the image, such as the path of its file
 * @param pixelsSha256 the SHA-256 of its width, its height and its RGB values, in hexadecimal
 *     digits; not that of a file's bytes
 * @param patches that the model keeps of it: those that its Gaussians or its memory bank take in
 * @param candidates as many of its patches as a fit would have chosen those from, or {@code
 *     patches} where a method does not choose
 * @param note of who taught it, or why; may be empty
 */
public record Taught(
    String id,
    String time,
    String name,
    String pixelsSha256,
    int patches,
    int candidates,
    String note) {
  /** Digits of an id. */
  static final int ID_LENGTH = 12;

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if the hash is not one, or the id is not its beginning
   */
  public Taught {
    Recipe.require(pixelsSha256.matches("[0-9a-f]{64}"), "taught: a SHA-256, not " + pixelsSha256);
    Recipe.require(
        id.length() == ID_LENGTH && pixelsSha256.startsWith(id),
        "taught: the id of " + pixelsSha256);
    Recipe.require(patches >= 0, "taught: a count of patches, not " + patches);
    Recipe.require(candidates >= 0, "taught: a count of candidates, not " + candidates);
  }
}
