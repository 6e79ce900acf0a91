package kintsugi.detector;

import kintsugi.tensor.Tensor;

/**
 * The scores of a batch of images, with the intermediate results of every step.
 *
 * @param patches the patch embeddings, {@code [N, h, w, D]}
 * @param distances the patches' anomaly scores, {@code [N, h, w]}
 * @param maps the score maps at the input's size, {@code [N, H, W]}
 * @param images the image scores, one per image
 */
public record Scores(Tensor patches, Tensor distances, Tensor maps, double[] images) {}
