package kintsugi.detector;

import kintsugi.engine.Parallel;
import kintsugi.tensor.Tensor;

/**
 * The scale of a layer's vectors, whose lengths differ from layer to layer and from image to image.
 * Every image is scaled by itself alone.
 */
public enum LayerScale {
  /** As the network has it. */
  NONE,

  /**
   * Divided by their mean length in the image (in the tile, where images are cut), so that layers
   * and images count alike.
   */
  IMAGE,

  /** Each divided by its own length, so that only its direction counts. */
  PATCH;

  /**
   * {@return the choice of a scale}
   *
   * @param path where a recipe holds it
   */
  public static Choice choice(String path) {
    return Choice.of(
        "layer_scale",
        path,
        "HOW",
        "Scale of each layer's vectors: none, or divided by their mean length in the image, or each"
            + " by its own length (none, image, patch).");
  }

  /**
   * Scales vectors in place; those of length 0 stay.
   *
   * @param layer the layer as the network has it, {@code [N, h, w, c]}
   * @param vectors what was made of its neighbourhoods, {@code [N, h, w, d]}
   * @param parallel the threads
   */
  public void apply(Tensor layer, Tensor vectors, Parallel parallel) {
    int positions = layer.dim(1) * layer.dim(2);
    switch (this) {
      case NONE -> {}
      case IMAGE ->
          parallel.forEach(
              layer.dim(0),
              n -> {
                double sum = 0;
                for (int p = n * positions; p < (n + 1) * positions; p++) {
                  sum += length(layer, p);
                }
                for (int p = n * positions; p < (n + 1) * positions; p++) {
                  divide(vectors, p, sum / positions);
                }
              });
      case PATCH ->
          parallel.forEach(layer.dim(0) * positions, p -> divide(vectors, p, length(vectors, p)));
    }
  }

  /** The length of the vector at a position. */
  private static double length(Tensor vectors, int position) {
    int channels = vectors.dim(3);
    double sum = 0;
    for (int i = position * channels; i < (position + 1) * channels; i++) {
      sum += (double) vectors.data()[i] * vectors.data()[i];
    }
    return Math.sqrt(sum);
  }

  private static void divide(Tensor vectors, int position, double by) {
    int channels = vectors.dim(3);
    for (int i = position * channels; by > 0 && i < (position + 1) * channels; i++) {
      vectors.data()[i] = (float) (vectors.data()[i] / by);
    }
  }
}
