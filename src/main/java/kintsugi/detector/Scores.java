package kintsugi.detector;

import kintsugi.tensor.Tensor;

/**
 * The scores of a batch of images, with the intermediate results of every step.
 *
 * @param patches the patch embeddings and the patches' anomaly scores
 * @param maps the score maps at the input's size, {@code [N, H, W]}
 * @param images the image scores, one per image
 * @param inside what of the maps was looked at
 */
public record Scores(Patches patches, Tensor maps, double[] images, Inside inside) {

  /**
   * The scores of images that were not moved.
   *
   * @param patches the patch embeddings and the patches' anomaly scores
   * @param maps the score maps at the input's size, {@code [N, H, W]}
   * @param images the image scores, one per image
   */
  public Scores(Patches patches, Tensor maps, double[] images) {
    this(patches, maps, images, patches.inside());
  }

  /** {@return the patches' anomaly scores, {@code [N, T·h, w]}} */
  public Tensor distances() {
    return patches.distances();
  }
}
